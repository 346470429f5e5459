//! Formats of text: each a function from a text to what the server says is wrong with it.

use crate::names::pattern;
pub(crate) use crate::names::{
    config_key, http_header, label, label_1035, label_key, label_value, path_segment, percent,
    port_name, relaxed_environment_variable as env_name, subdomain, subdomain_with_underscore,
    wildcard_subdomain,
};
use regex::Regex;

/// A format. It complains in the server's words; a well-formed text gets no complaint.
pub(crate) type Format = fn(&str) -> Vec<String>;

/// A pattern that stands in the code.
#[allow(clippy::expect_used)]
pub(crate) fn pattern_of(text: &str) -> Regex {
    Regex::new(text).expect("constant patterns are well formed")
}

/// A subdomain whose case doesn't matter: names of CSI drivers.
pub(crate) fn subdomain_of_any_case(text: &str) -> Vec<String> {
    subdomain(&text.to_lowercase())
}

/// A subdomain, of which the server counts the bytes.
pub(crate) fn long_name(text: &str) -> Vec<String> {
    let long = (text.len() > 253).then(|| "must be no more than 253 bytes".to_owned());
    let rest = subdomain(text).into_iter().filter(|problem| !problem.ends_with(" characters"));
    long.into_iter().chain(rest).collect()
}

/// The same, whose case doesn't matter.
pub(crate) fn long_name_of_any_case(text: &str) -> Vec<String> {
    let words = ("a lowercase RFC 1123 subdomain", "an RFC 1123 subdomain");
    let any_case = |problem: String| {
        problem
            .replace(words.0, words.1)
            .replace("of lower case alphanumeric", "of alphanumeric")
            .replace("'example.com'", "'Example.com'")
    };
    long_name(&text.to_lowercase()).into_iter().map(any_case).collect()
}

/// A label, of which the server counts the bytes.
pub(crate) fn short_name(text: &str) -> Vec<String> {
    let long = (text.len() > 63).then(|| "must be no more than 63 bytes".to_owned());
    let rest = label(text).into_iter().filter(|problem| !problem.ends_with(" characters"));
    long.into_iter().chain(rest).collect()
}

/// The key of an annotation: one of a label, whose case doesn't matter.
pub(crate) fn annotation_key(text: &str) -> Vec<String> {
    label_key(&text.to_lowercase())
}

/// The reason of a condition.
pub(crate) fn condition_reason(text: &str) -> Vec<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let right = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(word)
        && text.chars().all(|c| word(c) || c == ',' || c == ':');
    if right {
        return Vec::new();
    }
    let words = "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";
    let examples = &["my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB"];
    vec![pattern(words, "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?", examples)]
}
