//! Rules that many kinds share, for values of any place.

use super::format;
use super::spot::Spot;
use crate::names::{LabelSelector, in_range};
use serde_json::Value;

/// What the server says of a value that may not change.
pub(crate) const IMMUTABLE: &str = "field is immutable";
const NEGATIVE: &str = "must be greater than or equal to 0";

/// A number that may be zero but not less.
pub(crate) fn non_negative(at: &Spot) {
    if at.number() < 0 {
        at.invalid(NEGATIVE);
    }
}

/// A number above zero; none is as bad as zero.
pub(crate) fn positive(at: &Spot) {
    if at.number() <= 0 {
        at.invalid_as(at.number(), "must be greater than zero");
    }
}

/// Text, a list or a map that has content.
pub(crate) fn required(at: &Spot) {
    if at.empty() {
        at.required("");
    }
}

/// A value that must be as it was.
pub(crate) fn immutable(at: &Spot, old: &Value) {
    if !same(at.value(), old) {
        at.invalid(IMMUTABLE);
    }
}

/// The same of text, where none is empty text.
pub(crate) fn immutable_text(at: &Spot, old: &Value) {
    if at.text() != old.as_str().unwrap_or_default() {
        at.invalid_as(at.text(), IMMUTABLE);
    }
}

/// The same, shown as the server has it in memory: behind a pointer, which may point to nothing.
pub(crate) fn immutable_in_memory(at: &Spot, old: &Value, ty: &str) {
    if same(at.value(), old) {
        return;
    }
    if at.value().is_null() {
        at.invalid_as(Value::Null, IMMUTABLE);
    } else {
        at.invalid_in_memory(ty, IMMUTABLE);
    }
}

/// Rules on text, which may be used as lines of tables in closures.
impl Spot<'_> {
    /// Text in a format; each of the format's complaints is a problem.
    pub(crate) fn in_format(&self, format: format::Format) {
        for problem in format(self.text()) {
            self.invalid_as(self.text(), &problem);
        }
    }

    /// Text in a format, if there is any.
    pub(crate) fn in_format_if_any(&self, format: format::Format) {
        if !self.text().is_empty() {
            self.in_format(format);
        }
    }

    /// Text that must be there, in a format.
    pub(crate) fn required_in_format(&self, format: format::Format) {
        if self.text().is_empty() {
            self.required("");
        } else {
            self.in_format(format);
        }
    }

    /// One of some words; empty text is none of them.
    pub(crate) fn one_of(&self, words: &[&str]) {
        if !words.contains(&self.text()) {
            self.unsupported(self.text(), words);
        }
    }

    /// One of some words, if there is a value.
    pub(crate) fn one_of_if_given(&self, words: &[&str]) {
        if self.given() {
            self.one_of(words);
        }
    }

    /// One of some words, which must be there.
    pub(crate) fn required_one_of(&self, words: &[&str]) {
        if self.text().is_empty() {
            self.required("");
        } else {
            self.one_of(words);
        }
    }

    /// A value that must be there, and a rule on it.
    pub(crate) fn given_or_required(&self, check: impl FnOnce(&Self)) {
        if self.given() {
            check(self);
        } else {
            self.required("");
        }
    }

    /// A number between two others, both inclusive.
    pub(crate) fn between(&self, low: i64, high: i64) {
        if !(low..=high).contains(&self.number()) {
            self.invalid_as(self.number(), &in_range(low, high));
        }
    }
}

/// A port number.
pub(crate) fn port(at: &Spot) {
    at.between(1, 65535);
}

/// The id of a user or group.
pub(crate) fn id(at: &Spot) {
    at.between(0, i32::MAX.into());
}

/// The id of a user or group, if there is one.
pub(crate) fn id_if_given(at: &Spot) {
    at.given_then(id);
}

/// A port's number, or its name.
pub(crate) fn port_or_name(at: &Spot) {
    match at.value() {
        Value::String(_) => at.in_format(format::port_name),
        _ => port(at),
    }
}

/// A count, or a share of all: `3`, `25%`.
pub(crate) fn count_or_share(at: &Spot) {
    match at.value() {
        Value::String(_) => at.in_format(format::percent),
        _ => non_negative(at),
    }
}

/// Not more than all.
pub(crate) fn share_of_100_at_most(at: &Spot) {
    if share(at.value()).is_some_and(|share| share > 100) {
        at.invalid("must not be greater than 100%");
    }
}

/// The number of a share.
fn share(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    if !format::percent(text).is_empty() {
        return None;
    }
    // More digits than a number has are as good as the largest number.
    Some(text.trim_end_matches('%').parse().unwrap_or(i64::MAX))
}

/// The number of a count or share.
pub(crate) fn count_or_share_value(value: &Value) -> i64 {
    let text = || value.as_str().and_then(|text| text.parse().ok());
    share(value).or_else(|| value.as_i64()).or_else(text).unwrap_or_default()
}

/// Labels: keys and values.
pub(crate) fn labels(at: &Spot) {
    for (key, value) in at.entries() {
        for problem in format::label_key(key) {
            at.invalid_as(key, &problem);
        }
        for problem in format::label_value(value.text()) {
            at.invalid_as(value.text(), &problem);
        }
    }
}

/// A selector of labels.
pub(crate) fn label_selector(at: &Spot) {
    at.add(LabelSelector::check(at.value(), false, &at.path()));
}

/// Whether a selector has no term.
pub(crate) fn has_no_term(selector: &Value) -> bool {
    let terms = |name| match selector.get(name) {
        Some(Value::Object(terms)) => terms.len(),
        Some(Value::Array(terms)) => terms.len(),
        _ => 0,
    };
    terms("matchLabels") + terms("matchExpressions") == 0
}

/// Whether two values are the same to the server: no list is an empty list.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Array(items), Value::Null) | (Value::Null, Value::Array(items)) => items.is_empty(),
        (Value::Object(a), Value::Object(b)) => {
            let both = |name: &String| {
                same(a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null))
            };
            a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))).all(both)
        }
        _ => a == b,
    }
}

/// A condition of an object's status.
pub(crate) fn conditions(at: &Spot) {
    let mut seen: Vec<&str> = Vec::new();
    let items: Vec<Spot> = at.items().collect();
    for item in &items {
        let name = item.at("type");
        let text = below_text(item.value(), "type");
        if seen.contains(&text) {
            item.duplicate(text);
        } else {
            seen.push(text);
        }
        if text.is_empty() {
            name.required("is required");
        } else {
            name.in_format(format::label_key);
        }
        item.at("status").required_one_of(&["False", "True", "Unknown"]);
        if item.at("observedGeneration").number() < 0 {
            item.at("observedGeneration").invalid("must be greater than or equal to zero");
        }
        required(&item.at("lastTransitionTime"));
        let reason = item.at("reason");
        if reason.text().is_empty() {
            reason.required("");
        } else {
            reason.in_format(format::condition_reason);
            if reason.len() > 1024 {
                reason.too_long(1024);
            }
        }
        if item.at("message").len() > 32 * 1024 {
            item.at("message").too_long(32 * 1024);
        }
    }
}

/// Text of a field; empty if there is none.
pub(crate) fn below_text<'a>(value: &'a Value, path: &str) -> &'a str {
    super::spot::below(value, path).as_str().unwrap_or_default()
}
