//! Where pods want to be.

use super::placement::match_label_keys;
use crate::builtin::validation::spot::Spot;
use crate::builtin::validation::{format, rules};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn affinity(at: &Spot) {
    let nodes = at.at("nodeAffinity");
    nodes.at(REQUIRED).given_then(node_selector);
    nodes.at(PREFERRED).each(|at| {
        weight(at);
        node_selector_term(&at.at("preference"), true);
    });
    for pods in ["podAffinity", "podAntiAffinity"] {
        let pods = at.at(pods);
        pods.at(REQUIRED).each(term);
        pods.at(PREFERRED).each(|at| {
            weight(at);
            term(&at.at("podAffinityTerm"));
        });
    }
}

fn weight(at: &Spot) {
    let weight = at.at("weight");
    if !(1..=100).contains(&weight.number()) {
        weight.invalid_as(weight.number(), "must be in the range 1-100");
    }
}

fn term(at: &Spot) {
    rules::label_selector(&at.at("labelSelector"));
    rules::label_selector(&at.at("namespaceSelector"));
    for name in at.at("namespaces").items() {
        for problem in format::label(name.text()) {
            at.at("namespace").invalid_as(name.text(), &problem);
        }
    }
    match_label_keys(at);
    let key = at.at("topologyKey");
    if key.empty() {
        key.required("can not be empty");
    }
    key.in_format(format::label_key);
}

/// Nodes that something runs on.
pub(in crate::builtin::validation) fn node_selector(at: &Spot) {
    let terms = at.at("nodeSelectorTerms");
    if terms.empty() {
        return terms.required("must have at least one node selector term");
    }
    terms.each(|term| node_selector_term(term, false));
}

/// One of several descriptions of nodes.
pub(in crate::builtin::validation) fn node_selector_term(at: &Spot, any_value: bool) {
    at.at("matchExpressions").each(|at| label_of_node(at, any_value));
    at.at("matchFields").each(field_of_node);
}

fn label_of_node(at: &Spot, any_value: bool) {
    let (operator, values) = (at.at("operator"), at.at("values"));
    match operator.text() {
        "In" | "NotIn" if values.empty() => {
            values.required("must be specified when `operator` is 'In' or 'NotIn'");
        }
        "Exists" | "DoesNotExist" if !values.empty() => {
            values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        "Gt" | "Lt" if values.len() != 1 => {
            values.required("must be specified single value when `operator` is 'Lt' or 'Gt'");
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => operator.invalid_as(other, "not a valid selector operator"),
    }
    at.at("key").in_format(format::label_key);
    if !any_value {
        values.each(|value| value.in_format(format::label_value));
    }
}

fn field_of_node(at: &Spot) {
    let (operator, values, key) = (at.at("operator"), at.at("values"), at.at("key"));
    match operator.text() {
        "In" | "NotIn" if values.len() == 1 => {}
        "In" | "NotIn" => values.required(
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
        ),
        other => operator.invalid_as(other, "not a valid selector operator"),
    }
    if key.text() == "metadata.name" {
        values.each(|value| value.in_format(format::subdomain));
    } else {
        key.invalid_as(key.text(), "not a valid field selector key");
    }
}
