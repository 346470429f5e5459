//! Lists of a limited size, whose items differ.

use crate::builtin::validation::internal;
use crate::builtin::validation::spot::Spot;
use serde_json::Value;
use std::collections::BTreeSet;

/// Runs a rule for each item of a list, unless there are more than `max`: what is declared says so.
pub(super) fn each_of_some(at: &Spot, max: usize, check: impl FnMut(&Spot)) {
    if at.len() <= max {
        at.each(check);
    }
}

/// At most `max` items. Says whether there are no more.
pub(super) fn at_most(at: &Spot, max: usize) -> bool {
    let fine = at.len() <= max;
    if !fine {
        at.too_many(max);
    }
    fine
}

/// Items that differ by what `key` takes from them; a double is shown as clients see its type.
pub(super) fn distinct<K: Ord>(at: &Spot, ty: &str, key: impl Fn(&Value) -> K) {
    repeated(at, key, |item| item.duplicate(internal::shown(item.value(), ty)));
}

/// Texts that differ.
pub(super) fn distinct_texts(at: &Spot) {
    let text = |item: &Value| item.as_str().unwrap_or_default().to_owned();
    repeated(at, text, |item| item.duplicate(item.text()));
}

/// Runs a rule for each item that equals one before it. O(n log n): not all lists are limited.
pub(super) fn repeated<K: Ord>(at: &Spot, key: impl Fn(&Value) -> K, mut check: impl FnMut(&Spot)) {
    let mut seen = BTreeSet::new();
    at.each(|item| {
        if !seen.insert(key(item.value())) {
            check(item);
        }
    });
}
