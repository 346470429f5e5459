//! Taints of devices, what tolerates them, and the rules that set them.

use super::{lists, names};
use crate::builtin::validation::rules;
use crate::builtin::validation::spot::{Rule, Spot};
use crate::builtin::validation::{format, storage};

const EFFECTS: &[&str] = &["NoExecute", "NoSchedule", "None"];

/// A taint.
pub(super) fn taint(at: &Spot) {
    at.at("key").with(&at.at("key").text().into()).in_format(format::label_key);
    at.at("value").in_format_if_any(format::label_value);
}

/// What is declared of a taint.
pub(super) fn taint_declared(at: &Spot) {
    at.at("effect").required_one_of(EFFECTS);
}

/// What tolerates a taint.
pub(super) fn toleration(at: &Spot) {
    let value = at.at("value");
    match at.at("operator").text() {
        "Exists" if !value.empty() => value.invalid("must be empty for operator `Exists`"),
        "Equal" => value.in_format(format::label_value),
        _ => {}
    }
}

/// What is declared of that.
pub(super) fn toleration_declared(at: &Spot) {
    at.at("key").in_format_if_any(format::label_key);
    at.at("operator").required_one_of(&["Equal", "Exists"]);
    if !at.at("effect").empty() {
        at.at("effect").one_of(EFFECTS);
    }
}

pub(super) const RULE: &[Rule] = &[
    ("spec.deviceSelector.driver", |at| at.given_then(storage::csi_driver_name)),
    ("spec.deviceSelector.pool", |at| at.given_then(names::pool)),
    ("spec.deviceSelector.device", |at| at.given_then(|at| at.in_format(format::label))),
    ("spec.taint", taint),
];

/// What the server declares, and says after all else.
pub(super) const RULE_DECLARED: &[Rule] = &[("spec.taint", taint_declared)];

/// The most conditions of a status.
pub(super) const CONDITIONS_MAX: usize = 8;

/// What has come of a rule.
pub(super) fn rule_status(at: &Spot) {
    let conditions = at.at("status.conditions");
    rules::conditions(&conditions);
    lists::at_most(&conditions, CONDITIONS_MAX);
}
