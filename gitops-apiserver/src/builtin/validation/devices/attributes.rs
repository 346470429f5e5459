//! What is known of a device.

use super::names;
use crate::builtin::validation::format;
use crate::builtin::validation::spot::Spot;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// The most attributes and capacities together.
const MAX: usize = 32;
/// The most values of all attributes.
const VALUES_MAX: usize = 48;
/// The longest text, in bytes.
const TEXT_MAX: usize = 64;
/// How much of a key is shown.
const KEY_MAX: usize = names::DOMAIN_MAX + 1 + names::ID_MAX;

/// The attributes of a device.
pub(super) fn attributes(device: &Spot) {
    let at = device.at("attributes");
    let all = at.len() + device.at("capacity").len();
    if all > MAX {
        let message =
            format!("the total number of attributes and capacities must not exceed {MAX}");
        device.invalid_as(all, &message);
    }
    if at.len() > VALUES_MAX {
        let message = format!("the total number of attribute values must not exceed {VALUES_MAX}");
        device.invalid_as(at.len(), &message);
    }
    for (key, value) in at.entries() {
        names::qualified(&at, key);
        let shown = shortened(key);
        let place = at.key(&shown);
        let place = place.with(value.value());
        attribute(&place);
        if shown != key && given(&place).len() != 1 {
            // What is declared has another place, and leaves the word to this.
            let message = "exactly one value must be specified";
            match given(&place).as_slice() {
                [] => place.invalid_as("", message),
                _ => place.invalid_in_memory("resource.DeviceAttribute", message),
            }
        }
    }
}

/// A key, of which the middle is left out if it is too long.
pub(super) fn shortened(key: &str) -> String {
    if key.len() <= KEY_MAX {
        return key.to_owned();
    }
    let rest = KEY_MAX - "...".len();
    let (start, end) = (rest.div_ceil(2), key.len() - rest / 2);
    let part = |range: std::ops::Range<usize>| {
        let bytes = key.as_bytes().get(range).unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    };
    format!("{}...{}", part(0..start), part(end..key.len()))
}

/// One attribute. Lists of values are behind a gate, and gone before this.
fn attribute(at: &Spot) {
    let (text, version) = (at.at("string"), at.at("version"));
    if text.len() > TEXT_MAX {
        text.too_long(TEXT_MAX);
    }
    version.given_then(|version| {
        if !VERSION.is_match(version.text()) {
            version.invalid("must be a string compatible with semver.org spec 2.0.0");
        }
        if version.len() > TEXT_MAX {
            version.too_long(TEXT_MAX);
        }
    });
}

/// A semantic version.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    let (number, word) = (r"(0|[1-9]\d*)", "[0-9A-Za-z-]+");
    let before = r"(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)";
    format::pattern_of(&format!(
        r"(?-u)^{number}\.{number}\.{number}(-{before}(\.{before})*)?(\+{word}(\.{word})*)?$"
    ))
});

const MEMBERS: &[&str] =
    &["int", "bool", "string", "version", "ints", "bools", "strings", "versions"];

fn given(at: &Spot) -> Vec<&'static str> {
    MEMBERS.iter().copied().filter(|name| at.at(name).given()).collect()
}

/// What is declared of an attribute: it has one value.
pub(super) fn attribute_declared(at: &Spot) {
    let members: Vec<String> = MEMBERS.iter().map(|name| format!("`{name}`")).collect();
    let members = members.join(", ");
    match given(at).as_slice() {
        [] => at.invalid_as("", &format!("must specify one of: {members}")),
        [_] => {}
        several => at.invalid_as(
            Value::from(format!("{{{}}}", several.join(", "))),
            &format!("must specify exactly one of: {members}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{VERSION, shortened};

    #[test]
    fn versions_are_semantic() {
        for text in ["0.0.1", "1.2.3-alpha.1+b.7", "1.0.0--", "1.0.0-0a", "10.20.30+001"] {
            assert!(VERSION.is_match(text), "{text}");
        }
        for text in ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "v1.2.3"]
        {
            assert!(!VERSION.is_match(text), "{text}");
        }
    }

    #[test]
    fn long_keys_lose_their_middle() {
        assert_eq!(shortened("a/b"), "a/b");
        let long = shortened(&format!("{}{}", "a".repeat(60), "b".repeat(60)));
        assert_eq!(long, format!("{}...{}", "a".repeat(47), "b".repeat(46)));
    }
}
