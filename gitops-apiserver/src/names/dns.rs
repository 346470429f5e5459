//! Names as DNS knows them.

use super::messages::{pattern, too_long};

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_WORDS: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const SUBDOMAIN_WORDS: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const UNDERSCORED: &str = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
const UNDERSCORED_WORDS: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
const LABEL_1035: &str = "[a-z]([-a-z0-9]*[a-z0-9])?";
const LABEL_1035_WORDS: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const WILDCARD_WORDS: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";

const LABEL_MAX: usize = 63;
pub(super) const SUBDOMAIN_MAX: usize = 253;

fn plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(value: &str) -> bool {
    let bytes = value.as_bytes();
    let ends = bytes.first().is_some_and(|b| plain(*b)) && bytes.last().is_some_and(|b| plain(*b));
    ends && bytes.iter().all(|b| plain(*b) || *b == b'-')
}

fn is_underscored_label(value: &str) -> bool {
    let bytes = value.strip_prefix('_').unwrap_or(value).as_bytes();
    let ends = bytes.first().is_some_and(|b| plain(*b)) && bytes.last().is_some_and(|b| plain(*b));
    ends && bytes.iter().all(|b| plain(*b) || matches!(b, b'-' | b'_'))
}

/// Whether `value` has the form of a subdomain, whatever its length.
pub(super) fn is_subdomain(value: &str) -> bool {
    value.split('.').all(is_label)
}

/// The complaint about a text that has not the form of a subdomain.
pub(super) fn no_subdomain() -> String {
    pattern(SUBDOMAIN_WORDS, SUBDOMAIN, &["example.com"])
}

fn check(value: &str, max: usize, wrong: Option<String>) -> Vec<String> {
    let long = (value.len() > max).then(|| too_long(max));
    long.into_iter().chain(wrong).collect()
}

/// A label of RFC 1123: `my-name`.
pub fn label(value: &str) -> Vec<String> {
    let wrong = match (is_label(value), is_subdomain(value)) {
        (true, _) => None,
        (false, true) => Some("must not contain dots".to_owned()),
        (false, false) => Some(pattern(LABEL_WORDS, LABEL, &["my-name", "123-abc"])),
    };
    check(value, LABEL_MAX, wrong)
}

/// A subdomain of RFC 1123, what most names of objects are: `my-name.example.com`.
pub fn subdomain(value: &str) -> Vec<String> {
    check(value, SUBDOMAIN_MAX, (!is_subdomain(value)).then(no_subdomain))
}

/// The same with underscores, as of search paths of DNS.
pub fn subdomain_with_underscore(value: &str) -> Vec<String> {
    let wrong = !value.split('.').all(is_underscored_label);
    let complaint = || pattern(UNDERSCORED_WORDS, UNDERSCORED, &["example.com"]);
    check(value, SUBDOMAIN_MAX, wrong.then(complaint))
}

/// A label of RFC 1035, which starts with a letter: names of Services were that.
pub fn label_1035(value: &str) -> Vec<String> {
    let right = is_label(value) && value.starts_with(|c: char| c.is_ascii_lowercase());
    let complaint = || pattern(LABEL_1035_WORDS, LABEL_1035, &["my-name", "abc-123"]);
    check(value, LABEL_MAX, (!right).then(complaint))
}

/// A subdomain below `*.`, as hosts of Ingresses.
pub fn wildcard_subdomain(value: &str) -> Vec<String> {
    let right = value.strip_prefix("*.").is_some_and(is_subdomain);
    let regex = || format!("\\*\\.{SUBDOMAIN}");
    let complaint = || pattern(WILDCARD_WORDS, &regex(), &["*.example.com"]);
    check(value, SUBDOMAIN_MAX, (!right).then(complaint))
}

/// A `generateName` in the form in which it is checked like a name: a dash at its end, which more
/// text will follow, gives way to a letter.
pub fn masked(prefix: &str) -> String {
    // The server drops the character before the dash as well; so do we, where that is one byte.
    match prefix.len().checked_sub(2).and_then(|end| prefix.get(..end)) {
        Some(start) if prefix.ends_with('-') => format!("{start}a"),
        _ => prefix.to_owned(),
    }
}
