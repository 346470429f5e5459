//! What a driver says of its devices.

use super::nodes::Ways;
use super::{counters, device, lists, names};
use crate::builtin::validation::pod::node_selector;
use crate::builtin::validation::rules::{self, below_text, immutable_text};
use crate::builtin::validation::spot::{Rule, Spot, below};
use crate::builtin::validation::storage;
use serde_json::Value;

const DEVICES_MAX: usize = 128;
/// With taints, or counters.
const COMPLEX_DEVICES_MAX: usize = 64;
const COUNTER_SETS_MAX: usize = 8;

pub(super) const SLICE: &[Rule] = &[("spec", |at| slice(at, None))];

/// A changed slice: driver, pool and node stay.
pub(super) fn slice_again(new: &Spot, old: &Value) {
    slice(&new.at("spec"), Some(below(old, "spec")));
}

fn slice(at: &Spot, old: Option<&Value>) {
    let (driver, pool) = (at.at("driver"), at.at("pool"));
    storage::csi_driver_name(&driver);
    names::pool(&pool.at("name"));
    rules::positive(&pool.at("resourceSliceCount"));
    if pool.at("generation").number() < 0 {
        pool.at("generation").invalid("must be greater than or equal to zero");
    }
    if let Some(old) = old {
        immutable_text(&pool.at("name"), below(old, "pool.name"));
        immutable_text(&driver, below(old, "driver"));
        rules::immutable(&at.at("nodeName"), below(old, "nodeName"));
    }
    NODES.check(at);
    let devices = at.at("devices");
    if at.at("sharedCounters").given() && devices.given() {
        at.invalid_as("", "only one of `sharedCounters` or `devices` is allowed");
    }
    let complex = |one: &Spot| !one.at("taints").empty() || !one.at("consumesCounters").empty();
    let complex = devices.items().any(|one| complex(&one));
    if lists::at_most(&devices, if complex { COMPLEX_DEVICES_MAX } else { DEVICES_MAX }) {
        let before = old.map(|old| below(old, "devices")).and_then(Value::as_array);
        let old_of = |one: &Spot| {
            let name = one.at("name").text();
            before.into_iter().flatten().find(|old| below_text(old, "name") == name)
        };
        let of_nodes = at.at("perDeviceNodeSelection").flag();
        devices.each(|one| device::device(one, old_of(one), of_nodes));
        let name = |one: &Value| below_text(one, "name").to_owned();
        lists::repeated(&devices, name, |one| one.duplicate(one.at("name").text()));
    }
    lists::each_of_some(&at.at("sharedCounters"), COUNTER_SETS_MAX, counters::counters);
}

/// Which nodes can use the devices.
const NODES: Ways = Ways {
    empty_name: "must be either unset or set to a non-empty string",
    selector: |at| {
        node_selector(at);
        let terms = at.at("nodeSelectorTerms");
        if terms.len() != 1 {
            let detail = "must have exactly one node selector term";
            terms.invalid_in_memory("[]core.NodeSelectorTerm", detail);
        }
    },
    flags: &["`allNodes`", "`perDeviceNodeSelection`"],
    none: "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
    several: "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set",
};

/// What the server declares, and says after all else.
pub(super) const SLICE_DECLARED: &[Rule] = &[
    ("spec.devices[]", device::device_declared),
    ("spec.sharedCounters", |at| {
        if lists::at_most(at, COUNTER_SETS_MAX) {
            lists::distinct(at, "v1.CounterSet", |one| below_text(one, "name").to_owned());
            at.each(|one| counters::counters_declared(one, "name"));
        }
    }),
];
