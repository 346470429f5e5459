//! Statuses: what controllers may say of an object.

mod balancer;
mod claim;
mod job;
mod pod;

pub(super) use balancer::{ingress, service};
pub(super) use claim::claim;
pub(super) use job::job;
pub(super) use pod::pod;

use super::rules::{self, below_text, non_negative};
use super::spot::{Rule, Spot, below};
use super::{internal, quotas};
use serde_json::Value;

pub(super) fn deployment(at: &Spot) {
    at.at("status").check(DEPLOYMENT);
}

const DEPLOYMENT: &[Rule] = &[
    ("observedGeneration", non_negative),
    ("replicas", non_negative),
    ("updatedReplicas", non_negative),
    ("readyReplicas", non_negative),
    ("availableReplicas", non_negative),
    ("unavailableReplicas", non_negative),
    ("terminatingReplicas", non_negative),
    ("collisionCount", non_negative),
    ("", |at| up_to_replicas(at, &["updatedReplicas", "readyReplicas", "availableReplicas"])),
    ("", |at| available_are_ready(at, "readyReplicas")),
];

pub(super) fn replica_set(at: &Spot) {
    at.at("status").check(REPLICA_SET);
}

const REPLICA_SET: &[Rule] = &[
    ("replicas", non_negative),
    ("fullyLabeledReplicas", non_negative),
    ("readyReplicas", non_negative),
    ("availableReplicas", non_negative),
    ("observedGeneration", non_negative),
    ("terminatingReplicas", non_negative),
    ("", |at| up_to_replicas(at, &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"])),
    ("", |at| available_are_ready(at, "readyReplicas")),
];

pub(super) fn stateful_set(at: &Spot) {
    at.at("status").check(STATEFUL_SET);
}

const STATEFUL_SET: &[Rule] = &[
    ("replicas", non_negative),
    ("readyReplicas", non_negative),
    ("currentReplicas", non_negative),
    ("updatedReplicas", non_negative),
    ("availableReplicas", non_negative),
    ("observedGeneration", non_negative),
    ("collisionCount", non_negative),
    ("", |at| {
        let counts = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];
        up_to_replicas(at, &counts);
    }),
    ("", |at| available_are_ready(at, "status.readyReplicas")),
];

pub(super) fn daemon_set(at: &Spot) {
    at.at("status").check(DAEMON_SET);
}

const DAEMON_SET: &[Rule] = &[
    ("currentNumberScheduled", non_negative),
    ("numberMisscheduled", non_negative),
    ("desiredNumberScheduled", non_negative),
    ("numberReady", non_negative),
    ("observedGeneration", non_negative),
    ("updatedNumberScheduled", non_negative),
    ("numberAvailable", non_negative),
    ("numberUnavailable", non_negative),
    ("collisionCount", non_negative),
];

/// Some of the replicas are no more than all.
fn up_to_replicas(status: &Spot, counts: &[&str]) {
    for name in counts {
        let count = status.at(name);
        if count.number() > status.at("replicas").number() {
            count.invalid_as(count.number(), "cannot be greater than status.replicas");
        }
    }
}

fn available_are_ready(status: &Spot, ready: &str) {
    let count = status.at("availableReplicas");
    if count.number() > status.at("readyReplicas").number() {
        count.invalid_as(count.number(), &format!("cannot be greater than {ready}"));
    }
}

/// The number of names that were taken only grows.
pub(super) fn collisions_grow(new: &Spot, old: &Value) {
    let count = new.at("status");
    let count = count.at("collisionCount");
    let before = below(old, "status.collisionCount").as_i64();
    if before.is_some_and(|before| !count.given() || count.number() < before) {
        count.invalid_as(count.number(), "cannot be decremented");
    }
}

pub(super) fn autoscaler(at: &Spot) {
    let status = at.at("status");
    status.at("conditions").each(|item| non_negative(&item.at("observedGeneration")));
    status.check(&[("currentReplicas", non_negative), ("desiredReplicas", non_negative)]);
}

pub(super) fn quota(at: &Spot) {
    let status = at.at("status");
    status.check(&[("hard", quotas::amounts), ("used", quotas::amounts)]);
}

/// The phase of a namespace follows from whether it is deleted.
pub(super) fn namespace(at: &Spot) {
    let deleted = at.at("metadata.deletionTimestamp").given();
    let phase = at.at("status.phase");
    let (wanted, is) = if deleted { ("Terminating", "not empty") } else { ("Active", "empty") };
    if phase.text() != wanted {
        // The place is written this way.
        let place = at.at("status.Phase");
        place.invalid_as(
            phase.text(),
            &format!("may only be '{wanted}' if `deletionTimestamp` is {is}"),
        );
    }
}

/// A node's addresses are there once.
pub(super) fn node(at: &Spot) {
    let addresses = at.at("status");
    let addresses = addresses.at("addresses");
    let list = addresses.value().as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, address) in list.iter().enumerate() {
        let is = |other: &&Value| {
            ["type", "address"]
                .iter()
                .all(|name| below_text(other, name) == below_text(address, name))
        };
        if list.iter().take(index).any(|other| is(&other)) {
            addresses.index(index).duplicate(internal::shown(address, "core.NodeAddress"));
        }
    }
}

/// Conditions of which only the type must be given, once.
pub(super) fn typed_conditions(at: &Spot) {
    let conditions = at.at("status");
    let conditions = conditions.at("conditions");
    let list = conditions.value().as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, condition) in list.iter().enumerate() {
        let (item, name) = (conditions.index(index), below_text(condition, "type"));
        if list.iter().take(index).any(|other| below_text(other, "type") == name) {
            item.at("type").duplicate(name);
        }
        rules::required(&item.at("type"));
    }
}
