//! Counters that devices share.

use crate::builtin::validation::format;
use crate::builtin::validation::rules;
use crate::builtin::validation::spot::Spot;

const MAX: usize = 32;

/// A set of counters, or what a device takes of one.
pub(super) fn counters(at: &Spot) {
    let counters = at.at("counters");
    if counters.len() > MAX {
        counters.too_many(MAX);
    }
}

/// What is declared of it; `name` is the field that names the set.
pub(super) fn counters_declared(at: &Spot, name: &str) {
    at.at(name).required_in_format(format::short_name);
    let counters = at.at("counters");
    rules::required(&counters);
    for (key, _) in counters.entries() {
        for problem in format::short_name(key) {
            counters.invalid_as(key, &problem);
        }
    }
}
