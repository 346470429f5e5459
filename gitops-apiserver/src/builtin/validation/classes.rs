//! What provides volumes: classes, drivers, and the room that there is.

use super::spot::{Rule, Spot, below};
use super::{format, resources, rules};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const CLASS: &[Rule] = &[
    ("provisioner", provisioner),
    ("parameters", parameters),
    ("reclaimPolicy", |at| {
        if !at.empty() {
            at.one_of(&["Delete", "Retain"]);
        }
    }),
    ("volumeBindingMode", |at| {
        if at.given() {
            at.one_of(&["Immediate", "WaitForFirstConsumer"]);
        } else {
            at.required("");
        }
    }),
    ("allowedTopologies", topologies),
];

/// What the server declares, and says after all else.
pub(super) const CLASS_DECLARED: &[Rule] = &[("provisioner", rules::required)];

fn provisioner(at: &Spot) {
    let lower = at.text().to_lowercase().into();
    at.with(&lower).in_format_if_any(format::label_key);
}

fn parameters(at: &Spot) {
    if at.len() > 512 {
        at.too_long(512);
    }
    let mut size = 0;
    for (key, value) in at.entries() {
        if key.is_empty() {
            at.invalid_as("", "field can not be empty.");
        }
        size += key.len() + value.len();
    }
    if size > 256 * 1024 {
        at.too_long(256 * 1024);
    }
}

fn topologies(at: &Spot) {
    let mut terms: Vec<BTreeMap<String, BTreeSet<String>>> = Vec::new();
    for term in at.items() {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut keys: Vec<String> = Vec::new();
        for item in term.at("matchLabelExpressions").items() {
            let (key, values) = (item.at("key"), item.at("values"));
            rules::required(&values);
            let mut seen: Vec<String> = Vec::new();
            for value in values.items() {
                if seen.iter().any(|seen| seen == value.text()) {
                    value.duplicate(value.text());
                }
                seen.push(value.text().to_owned());
            }
            key.in_format(format::label_key);
            if keys.iter().any(|seen| seen == key.text()) {
                key.duplicate(key.text());
            }
            keys.push(key.text().to_owned());
            found.insert(key.text().to_owned(), seen.into_iter().collect());
        }
        // The server compares with as many empty terms as there are terms, too.
        let empty = if found.is_empty() { at.len() } else { 0 };
        let same = terms.iter().filter(|term| **term == found).count();
        for _ in 0..empty + same {
            term.at("matchLabelExpressions").duplicate("");
        }
        terms.push(found);
    }
}

/// What stays of a class: declared, and so told without the value.
pub(super) fn class_fixed(new: &Spot, old: &Value) {
    for name in ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"] {
        let at = new.at(name);
        if name == "provisioner" {
            rules::required(&at);
        }
        if !rules::same(at.value(), below(old, name)) {
            at.invalid_as(Value::Null, rules::IMMUTABLE);
        }
    }
}

pub(super) const DRIVER: &[Rule] = &[
    ("spec.fsGroupPolicy", |at| {
        at.one_of_if_given(&["File", "None", "ReadWriteOnceWithFSType"]);
    }),
    ("spec.tokenRequests", token_requests),
    ("spec.volumeLifecycleModes", |at| {
        for mode in at.items().filter(|mode| !matches!(mode.text(), "Persistent" | "Ephemeral")) {
            at.unsupported(mode.text(), &["Persistent", "Ephemeral"]);
        }
    }),
    ("spec.nodeAllocatableUpdatePeriodSeconds", |at| {
        if at.given() && at.number() < 10 {
            at.invalid("must be greater than or equal to 10 seconds");
        }
    }),
    ("spec", |at| {
        let flag = at.at("serviceAccountTokenInSecrets");
        if flag.given() && at.at("tokenRequests").empty() {
            flag.invalid("serviceAccountTokenInSecrets is set but no tokenRequests are specified");
        }
    }),
];

fn token_requests(at: &Spot) {
    let mut seen: Vec<String> = Vec::new();
    for item in at.items() {
        let (audience, time) = (item.at("audience"), item.at("expirationSeconds"));
        if seen.iter().any(|seen| seen == audience.text()) {
            audience.duplicate(audience.text());
            continue;
        }
        seen.push(audience.text().to_owned());
        if time.given() && time.number() < 600 {
            time.invalid("may not specify a duration less than 10 minutes");
        }
        if time.number() > 1 << 32 {
            time.invalid("may not specify a duration larger than 2^32 seconds");
        }
    }
}

pub(super) fn driver_fixed(new: &Spot, old: &Value) {
    let (spec, before) = (new.at("spec"), below(old, "spec"));
    let attach = spec.at("attachedRequired");
    rules::immutable(
        &attach.with(spec.at("attachRequired").value()),
        below(before, "attachRequired"),
    );
    rules::immutable(&spec.at("volumeLifecycleModes"), below(before, "volumeLifecycleModes"));
}

pub(super) const ATTRIBUTES: &[Rule] = &[
    ("driverName", rules::required),
    ("driverName", provisioner),
    ("parameters", |at| {
        parameters(at);
        if at.empty() {
            at.required("must contain at least one key/value pair");
        }
    }),
];

/// Attributes stay as they are: whoever wants others makes another class.
pub(super) fn attributes_fixed(new: &Spot, old: &Value) {
    for name in ["driverName", "parameters"] {
        let at = new.at(name);
        if !rules::same(at.value(), below(old, name)) {
            at.forbidden(&format!("updates to {name} are forbidden."));
        }
    }
}

pub(super) const CAPACITY: &[Rule] = &[
    ("nodeTopology", rules::label_selector),
    ("storageClassName", |at| at.in_format(format::subdomain)),
    ("capacity", |at| at.given_then(resources::non_negative)),
];

/// What a capacity is of stays as it is.
pub(super) fn capacity_fixed(new: &Spot, old: &Value) {
    let (topology, before) = (new.at("nodeTopology"), below(old, "nodeTopology"));
    rules::immutable_in_memory(&topology, before, "*v1.LabelSelector");
    rules::immutable_text(&new.at("storageClassName"), below(old, "storageClassName"));
}
