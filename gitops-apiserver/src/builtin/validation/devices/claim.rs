//! Claims for devices, and templates of such claims.

use super::names::{Requests, fully_qualified_declared};
use super::{lists, opaque, requests};
use crate::builtin::validation::pod::only_labels_and_annotations;
use crate::builtin::validation::rules::{IMMUTABLE, same};
use crate::builtin::validation::spot::{Rule, Spot, below};
use serde_json::Value;

pub(super) const CLAIM: &[Rule] = &[("spec", claim)];
pub(super) const TEMPLATE: &[Rule] =
    &[("spec.metadata", only_labels_and_annotations), ("spec", |at| claim(&at.at("spec")))];

/// The most constraints, and the most configurations.
const MAX: usize = 32;

fn claim(at: &Spot) {
    let devices = at.at("devices");
    let names = Requests::of(devices.value());
    lists::each_of_some(&devices.at("requests"), requests::MAX, requests::request);
    lists::each_of_some(&devices.at("constraints"), MAX, |one| {
        references(&one.at("requests"), &names);
        if !one.at("matchAttribute").given() && !one.at("distinctAttribute").given() {
            one.required("exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set");
        }
    });
    lists::each_of_some(&devices.at("config"), MAX, |one| {
        references(&one.at("requests"), &names);
        opaque::configuration(one, false);
    });
}

/// References to requests.
pub(super) fn references(at: &Spot, names: &Requests) {
    lists::each_of_some(at, requests::MAX, |one| names.reference(one));
}

/// What is declared of references to requests.
pub(super) fn references_declared(at: &Spot) {
    if lists::at_most(at, requests::MAX) {
        lists::distinct_texts(at);
    }
}

/// What the server declares, and says after all else.
pub(super) const CLAIM_DECLARED: &[Rule] = &[("spec", |at| claim_declared(&at.at("devices")))];
pub(super) const TEMPLATE_DECLARED: &[Rule] =
    &[("spec", |at| claim_declared(&at.at("spec.devices")))];

fn claim_declared(at: &Spot) {
    requests::requests_declared(&at.at("requests"));
    let constraints = at.at("constraints");
    if lists::at_most(&constraints, MAX) {
        constraints.each(|one| {
            references_declared(&one.at("requests"));
            one.at("matchAttribute").given_then(fully_qualified_declared);
            one.at("distinctAttribute").given_then(fully_qualified_declared);
        });
    }
    let config = at.at("config");
    if lists::at_most(&config, MAX) {
        config.each(|one| {
            references_declared(&one.at("requests"));
            opaque::configuration_declared(one);
        });
    }
}

/// A claim stays what it is. Declared, and so told without the value.
pub(super) fn claim_fixed(new: &Spot, old: &Value) {
    if !same(new.at("spec").value(), below(old, "spec")) {
        new.at("spec").invalid_as(Value::Null, IMMUTABLE);
    }
}

/// A template stays what it is.
pub(super) fn template_fixed(new: &Spot, old: &Value) {
    let spec = new.at("spec");
    if !same(spec.value(), below(old, "spec")) {
        spec.invalid_in_memory("resource.ResourceClaimTemplateSpec", IMMUTABLE);
    }
}
