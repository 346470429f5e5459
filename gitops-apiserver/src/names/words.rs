//! Keys, values and names that are no DNS names.

use super::{
    dns::{SUBDOMAIN_MAX, is_subdomain, no_subdomain},
    messages::{EMPTY, in_range, pattern, too_long, too_long_bytes},
};

const KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const KEY_WORDS: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const KEY_EXAMPLES: [&str; 3] = ["MyName", "my.name", "123-abc"];
const VALUE: &str = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";
const VALUE_WORDS: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const VARIABLE: &str = "[-._a-zA-Z][-._a-zA-Z0-9]*";
const VARIABLE_WORDS: &str = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit";
const RELAXED_VARIABLE_WORDS: &str = "a valid environment variable name must consist only of printable ASCII characters other than '='";
const CONFIG_KEY_WORDS: &str =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
const IDENTIFIER_WORDS: &str = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
const HEADER_WORDS: &str = "a valid HTTP header must consist of alphanumeric characters or '-'";
const PERCENT_WORDS: &str =
    "a valid percent string must be a numeric string followed by an ending '%'";
const INTEGER_WORDS: &str = "must be a valid decimal integer in canonical form";
const NAME_MAX: usize = 63;

fn all(value: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !value.is_empty() && value.bytes().all(allowed)
}

fn is_key_name(value: &str) -> bool {
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    ends(value.as_bytes().first())
        && ends(value.as_bytes().last())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// The key of a label or annotation, a "qualified name": `app`, `example.com/app`.
pub fn label_key(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = match value.split_once('/') {
        None => value,
        Some((_, rest)) if rest.contains('/') => {
            let why = pattern(KEY_WORDS, KEY, &KEY_EXAMPLES);
            return vec![format!(
                "a valid label key {why} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
        Some(("", name)) => {
            wrong.push(format!("prefix part {EMPTY}"));
            name
        }
        Some((prefix, name)) => {
            if prefix.len() > SUBDOMAIN_MAX {
                wrong.push(format!("prefix part {}", too_long_bytes(SUBDOMAIN_MAX)));
            }
            if !is_subdomain(prefix) {
                wrong.push(format!("prefix part {}", no_subdomain()));
            }
            name
        }
    };
    if name.is_empty() {
        wrong.push(format!("name part {EMPTY}"));
    } else if name.len() > NAME_MAX {
        wrong.push(format!("name part {}", too_long_bytes(NAME_MAX)));
    }
    if !is_key_name(name) {
        wrong.push(format!("name part {}", pattern(KEY_WORDS, KEY, &KEY_EXAMPLES)));
    }
    wrong
}

/// The value of a label.
pub fn label_value(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if value.len() > NAME_MAX {
        wrong.push(too_long_bytes(NAME_MAX));
    }
    if !value.is_empty() && !is_key_name(value) {
        wrong.push(pattern(VALUE_WORDS, VALUE, &["MyValue", "my_value", "12345"]));
    }
    wrong
}

/// A name of a port: at most 15 bytes of `[-a-z0-9]` with a letter.
pub fn port_name(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if value.len() > 15 {
        wrong.push(too_long(15));
    }
    let mut must = |right: bool, what: &str| {
        if !right {
            wrong.push(what.to_owned());
        }
    };
    must(
        all(value, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    must(value.bytes().any(|b| b.is_ascii_lowercase()), "must contain at least one letter (a-z)");
    must(!value.contains("--"), "must not contain consecutive hyphens");
    must(!value.starts_with('-') && !value.ends_with('-'), "must not begin or end with a hyphen");
    wrong
}

/// A number of a port.
pub fn port_number(value: i64) -> Vec<String> {
    if (1..=65535).contains(&value) { Vec::new() } else { vec![in_range(1, 65535)] }
}

/// Keys of ConfigMaps become names of files: none may lead out of a folder.
fn leads_out(value: &str) -> Option<String> {
    let what = match value {
        "." => "must not be '.'",
        ".." => "must not be '..'",
        value if value.starts_with("..") => "must not start with '..'",
        _ => return None,
    };
    Some(what.to_owned())
}

/// A key of a ConfigMap or Secret.
pub fn config_key(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if value.len() > SUBDOMAIN_MAX {
        wrong.push(too_long(SUBDOMAIN_MAX));
    }
    if !all(value, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) {
        let examples = ["key.name", "KEY_NAME", "key-name"];
        wrong.push(pattern(CONFIG_KEY_WORDS, "[-._a-zA-Z0-9]+", &examples));
    }
    wrong.extend(leads_out(value));
    wrong
}

/// The name of an environment variable.
pub fn environment_variable(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let right = all(value, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        && !value.starts_with(|c: char| c.is_ascii_digit());
    if !right {
        let examples = ["my.env-name", "MY_ENV.NAME", "MyEnvName1"];
        wrong.push(pattern(VARIABLE_WORDS, VARIABLE, &examples));
    }
    wrong.extend(leads_out(value));
    wrong
}

/// The name of an environment variable where all of printable ASCII but `=` is allowed.
pub fn relaxed_environment_variable(value: &str) -> Vec<String> {
    if value.is_empty() {
        return vec![format!("environment variable name {EMPTY}")];
    }
    let right = value.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'=');
    if right { Vec::new() } else { vec![RELAXED_VARIABLE_WORDS.to_owned()] }
}

/// A name that can be a segment of a path, as of Roles.
pub fn path_segment(value: &str) -> Vec<String> {
    match value {
        "." | ".." => vec![format!("may not be '{value}'")],
        _ => path_segment_prefix(value),
    }
}

/// The start of such a name.
pub fn path_segment_prefix(value: &str) -> Vec<String> {
    let found = ["/", "%"].into_iter().filter(|one| value.contains(one));
    found.map(|one| format!("may not contain '{one}'")).collect()
}

/// An identifier of C.
pub fn c_identifier(value: &str) -> Vec<String> {
    let right = all(value, |b| b.is_ascii_alphanumeric() || b == b'_')
        && !value.starts_with(|c: char| c.is_ascii_digit());
    let examples = ["my_name", "MY_NAME", "MyName"];
    let complaint = || pattern(IDENTIFIER_WORDS, "[A-Za-z_][A-Za-z0-9_]*", &examples);
    (!right).then(complaint).into_iter().collect()
}

/// The name of a header.
pub fn http_header(value: &str) -> Vec<String> {
    let right = all(value, |b| b.is_ascii_alphanumeric() || b == b'-');
    let complaint = || pattern(HEADER_WORDS, "[-A-Za-z0-9]+", &["X-Header-Name"]);
    (!right).then(complaint).into_iter().collect()
}

/// A share such as `25%`.
pub fn percent(value: &str) -> Vec<String> {
    let right = value.strip_suffix('%').is_some_and(|number| all(number, |b| b.is_ascii_digit()));
    let complaint = || pattern(PERCENT_WORDS, "[0-9]+%", &["1%", "93%"]);
    (!right).then(complaint).into_iter().collect()
}

/// A whole number, written as people do.
pub fn decimal_integer(value: &str) -> Vec<String> {
    if value.is_empty() {
        return vec![EMPTY.to_owned()];
    }
    let digits = value.strip_prefix('-').unwrap_or(value);
    let right = value == "0" || (all(digits, |b| b.is_ascii_digit()) && !digits.starts_with('0'));
    if right { Vec::new() } else { vec![INTEGER_WORDS.to_owned()] }
}
