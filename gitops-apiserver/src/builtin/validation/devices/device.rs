//! A device.

use super::nodes::Ways;
use super::{attributes, capacity, counters, lists, taints};
use crate::builtin::validation::format;
use crate::builtin::validation::pod::node_selector;
use crate::builtin::validation::rules::{below_text, same};
use crate::builtin::validation::spot::{Spot, below};
use serde_json::Value;
use std::collections::BTreeSet;

const TAINTS_MAX: usize = 16;
const CONSUMPTIONS_MAX: usize = 2;
const CONDITIONS_MAX: usize = 4;

/// A device of a slice, and what it was. `of_nodes` says that each device names the nodes that can use it.
pub(super) fn device(at: &Spot, old: Option<&Value>, of_nodes: bool) {
    at.at("name").with(&at.at("name").text().into()).in_format(format::label);
    attributes::attributes(at);
    // What is as it was may stay, whatever becomes of the device.
    if !old.is_some_and(|old| same(below(old, "capacity"), at.at("capacity").value())) {
        capacity::capacity(at);
    }
    let taints = at.at("taints");
    if lists::at_most(&taints, TAINTS_MAX) {
        taints.each(taints::taint);
    }
    lists::each_of_some(&at.at("consumesCounters"), CONSUMPTIONS_MAX, counters::counters);
    if of_nodes {
        NODES.check(at);
    } else if ["nodeName", "nodeSelector", "allNodes"].iter().any(|name| at.at(name).given()) {
        at.invalid_as(Value::Null, "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec");
    }
    binding(at);
}

const ONE_WAY: &str = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";

/// Which nodes can use the device.
const NODES: Ways = Ways {
    empty_name: "must not be empty",
    selector: node_selector,
    flags: &["`allNodes`"],
    none: ONE_WAY,
    several: ONE_WAY,
};

/// What must be true before a device is used, and what must not.
pub(super) fn binding(at: &Spot) {
    let (wanted, failures) = (at.at("bindingConditions"), at.at("bindingFailureConditions"));
    for list in [&wanted, &failures] {
        lists::each_of_some(list, CONDITIONS_MAX, |one| one.in_format(format::label_key));
    }
    lists::distinct_texts(&wanted);
    let conditions = wanted.value().as_array().into_iter().flatten().filter_map(Value::as_str);
    let conditions: BTreeSet<&str> = conditions.collect();
    let mut seen = BTreeSet::new();
    for one in failures.items() {
        if !seen.insert(one.text()) {
            one.duplicate(one.text());
        }
        if conditions.contains(one.text()) {
            one.invalid("bindingFailureConditions must not overlap with bindingConditions");
        }
    }
    match (wanted.empty(), failures.empty()) {
        (true, false) => {
            wanted.invalid("bindingConditions are required to use bindingFailureConditions");
        }
        (false, true) => {
            failures.invalid("bindingFailureConditions are required to use bindingConditions");
        }
        _ => {}
    }
}

/// What is declared of that.
pub(super) fn binding_declared(at: &Spot) {
    lists::at_most(&at.at("bindingConditions"), CONDITIONS_MAX);
    lists::at_most(&at.at("bindingFailureConditions"), CONDITIONS_MAX);
}

/// What is declared of a device.
pub(super) fn device_declared(at: &Spot) {
    for (_, attribute) in at.at("attributes").entries() {
        attributes::attribute_declared(&attribute);
    }
    let consumed = at.at("consumesCounters");
    if lists::at_most(&consumed, CONSUMPTIONS_MAX) {
        let set = |one: &Value| below_text(one, "counterSet").to_owned();
        lists::distinct(&consumed, "v1.DeviceCounterConsumption", set);
        consumed.each(|one| counters::counters_declared(one, "counterSet"));
    }
    at.at("taints").each(taints::taint_declared);
    binding_declared(at);
}
