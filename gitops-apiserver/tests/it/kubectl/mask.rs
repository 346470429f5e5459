//! What must differ between two servers, and only that.

use regex::{Captures, Regex};
use std::sync::LazyLock;

const RULES: [(&str, &str); 21] = [
    // kubectl's log lines. When it gives up a watch it is up to chance whether it says so.
    (r"[EIW]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ", "<log> "),
    (r"(?m)^<log> reflector.go.*\n", ""),
    // The real server's repair of addresses now and then meets a Service that is just being made.
    (r"(?m)^.*(ip|port)allocator-repair-controller.*\n", ""),
    (r"Events:\n +Type.*\n +----.*\n([^ ]|\z)", "Events:  <none>\n$1"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<time>"),
    (r"\w{3} \d\d? \d\d:\d\d:\d\d\.\d+", "<time>"),
    (r"\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4})?( UTC)?", "<time>"),
    (r"https?://127\.0\.0\.1:\d+", "<server>"),
    (r"127\.0\.0\.1:\d+", "<server>"),
    (r#"(resourceVersion"?: ?"?)\d+"#, "${1}<version>"),
    (r"(Resource Version: +)\d+", "${1}<version>"),
    (r#"(resourceVersion\\": ?\\")\d+"#, "${1}<version>"),
    (r"((large|Expected) resource version.*(current:|was) )\d+", "${1}<version>"),
    // Addresses and ports that the servers choose.
    (r"\b10\.0\.\d+\.\d+\b", "<ip>"),
    (r"\b3[0-2]\d{3}\b", "<port>"),
    // Files that kubectl makes up.
    (r"/tmp/[A-Za-z0-9/_.-]+", "<file>"),
    // Generated names.
    (r"\b(gen|debugger)-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "$1-<random>"),
    (r"eyJ[A-Za-z0-9_.-]+", "<token>"),
    (r"(?m)(^| {2})((\d+d)?(\d+h)?(\d+m)?\d+(\.\d+)?s|\d+m|<invalid>)( |$)", "$1<age>$7"),
];

static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    RULES.iter().map(|(pattern, with)| (Regex::new(pattern).unwrap(), *with)).collect()
});
/// Columns are as wide as what is in them.
static BLANKS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\S) {2,}").unwrap());

pub(crate) fn mask(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in &*COMPILED {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    let text = BLANKS.replace_all(&text, |found: &Captures<'_>| format!("{}  ", &found[1]));
    in_order(&text).unwrap_or_else(|| sorted_owners(&text))
}

/// The entries of `managedFields` in YAML: they are sorted by time, and a second may pass on one
/// side only.
fn sorted_owners(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        if line.trim() != "managedFields:" {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let (item, more) = (format!("{:indent$}- ", ""), format!("{:indent$}  ", ""));
        let mut entries: Vec<String> = Vec::new();
        while let Some(line) =
            lines.next_if(|line| line.starts_with(&item) || line.starts_with(&more))
        {
            match entries.last_mut().filter(|_| !line.starts_with(&item)) {
                Some(entry) => entry.push_str(line),
                None => entries.push(line.to_owned()),
            }
        }
        entries.sort_unstable();
        out.extend(entries);
    }
    out
}

/// JSON says the same in any order of its fields.
fn in_order(text: &str) -> Option<String> {
    let mut value: serde_json::Value = serde_json::from_str(text).ok()?;
    sort_owners(&mut value);
    let pretty = text.contains("\n ");
    if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.ok()
}

/// The same in JSON.
fn sort_owners(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            if let Some(owners) = map.get_mut("managedFields").and_then(Value::as_array_mut) {
                owners.sort_by_key(Value::to_string);
            }
            map.values_mut().for_each(sort_owners);
        }
        Value::Array(items) => items.iter_mut().for_each(sort_owners),
        _ => {}
    }
}

#[test]
fn only_what_must_differ_is_masked() {
    assert_eq!(mask("NAME   AGE\na      12s\nb      1m3s\n"), "NAME  AGE\na  <age>\nb  <age>\n");
    assert_eq!(mask("cpu: 5m\nperiod: 10s\n"), "cpu: 5m\nperiod: 10s\n");
    assert_eq!(mask("{\"b\":1,\"a\":2}"), "{\"a\":2,\"b\":1}");
    let repaired = "Events:\n  Type  Reason\n  ----  ------\n  Warning  A  b  ipallocator-repair-controller  c\n";
    assert_eq!(mask(repaired), "Events:  <none>\n");
    let owners = |first: &str, second: &str| {
        format!("metadata:\n  managedFields:\n{first}{second}  name: a\n")
    };
    let (one, two) = ("  - manager: a\n    x:\n      - b\n", "  - manager: c\n");
    assert_eq!(mask(&owners(two, one)), mask(&owners(one, two)));
    assert_eq!(mask(&owners(one, two)), owners(one, two));
    assert_eq!(mask("    resourceVersion: \"12\""), "    resourceVersion: \"<version>\"");
}
