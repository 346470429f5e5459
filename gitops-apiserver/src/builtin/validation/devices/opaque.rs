//! Parameters that only drivers understand.

use super::names;
use crate::builtin::validation::spot::Spot;
use serde_json::Value;

/// The longest parameters, in bytes.
pub(super) const PARAMETERS_MAX: usize = 10 * 1024;

/// How to configure a device. `known` lets parameters that were there before be of any length.
pub(super) fn configuration(at: &Spot, known: bool) {
    at.at("opaque").given_or_required(|opaque| {
        names::driver_by_bytes(&opaque.at("driver"));
        raw(&opaque.at("parameters"), known, PARAMETERS_MAX);
    });
}

/// What is declared of it.
pub(super) fn configuration_declared(at: &Spot) {
    at.at("opaque").given_then(|opaque| names::driver_declared(&opaque.at("driver")));
}

/// An object of no declared type, of at most `max` bytes.
pub(super) fn raw(at: &Spot, known: bool, max: usize) {
    match at.value() {
        Value::Null => at.required(""),
        value if !known && value.to_string().len() > max => at.too_long(max),
        Value::Object(_) => {}
        _ => at.invalid_as("<value omitted>", "must be a valid JSON object"),
    }
}
