//! Nodes, revisions, and services of other API servers.

use super::pod::taint_effect;
use super::rules::{self, immutable};
use super::spot::{Rule, Spot, below};
use super::{address, format, internal, resources};
use serde_json::Value;

pub(super) const NODE: &[Rule] = &[
    ("", |at| {
        // Problems of taints have the place of metadata.
        let place = at.at("metadata");
        let place = place.at("taints");
        taints(&place.with(at.at("spec.taints").value()));
    }),
    ("status.capacity", capacity),
    ("status.allocatable", capacity),
    ("spec.podCIDRs", |at| {
        at.each(address::cidr);
        let six = |item: &Spot| item.text().contains(':');
        let both = at.items().any(|item| six(&item)) && at.items().any(|item| !six(&item));
        if at.len() > 1 && (!both || at.len() > 2) {
            at.invalid("may specify no more than one CIDR for each IP family");
        }
    }),
];

/// What stays of a node.
pub(super) fn node_change(new: &Spot, old: &Value) {
    let (spec, before) = (new.at("spec"), below(old, "spec"));
    let ranges = spec.at("podCIDRs");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (is, was) = (list(ranges.value()), list(below(before, "podCIDRs")));
    let changed = match is.len() == was.len() {
        true => is.iter().zip(&was).filter(|(is, was)| is != was).count(),
        false => usize::from(!was.is_empty()),
    };
    for _ in 0..changed {
        ranges.forbidden("node updates may not change podCIDR except from \"\" to valid");
    }
    let provider = spec.at("providerID");
    let had = rules::below_text(before, "providerID");
    if !had.is_empty() && provider.text() != had {
        let verb = if provider.empty() { "cleared" } else { "modified" };
        provider.invalid_as(Value::Null, &format!("field cannot be {verb} once set"));
    }
    let place = new.at("metadata");
    let place = place.at("taints");
    taints(&place.with(spec.at("taints").value()));
}

/// The amounts of a node's resources.
pub(super) fn node_amounts(at: &Spot) {
    at.check(&[("status.capacity", capacity), ("status.allocatable", capacity)]);
}

fn capacity(at: &Spot) {
    for (resource, amount) in at.entries() {
        let place = at.at(resource);
        resources::amount(&place.with(amount.value()), resource);
    }
}

fn taints(at: &Spot) {
    let mut seen: Vec<(String, String)> = Vec::new();
    for item in at.items() {
        let (key, value, effect) = (item.at("key"), item.at("value"), item.at("effect"));
        key.in_format(format::label_key);
        let problems = format::label_value(value.text());
        if !problems.is_empty() {
            value.invalid(&problems.join(";"));
        }
        if effect.empty() {
            effect.required("");
        } else {
            taint_effect(&effect);
        }
        let both = (key.text().to_owned(), effect.text().to_owned());
        if seen.contains(&both) {
            let shown = internal::shown(item.value(), "core.Taint");
            item.duplicate_with(shown, "taints must be unique by key and effect pair");
        } else {
            seen.push(both);
        }
    }
}

pub(super) const REVISION: &[Rule] = &[
    ("revision", rules::non_negative),
    ("data", |at| {
        if !at.given() {
            at.required("data is mandatory");
        } else if !at.value().is_object() {
            at.required("data must be a valid JSON object");
        }
    }),
];

pub(super) fn revision_again(new: &Spot, _: &Value) {
    rules::non_negative(&new.at("revision"));
}

pub(super) fn revision_fixed(new: &Spot, old: &Value) {
    immutable(&new.at("data"), below(old, "data"));
}

pub(super) const API_SERVICE: &[Rule] = &[("", api_service)];

fn api_service(at: &Spot) {
    let spec = at.at("spec");
    let (group, version) = (spec.at("group"), spec.at("version"));
    if group.empty() && version.text() != "v1" {
        group.required("only v1 may have an empty group and it better be legacy kube");
    }
    group.in_format_if_any(format::subdomain);
    for problem in format::label_1035(version.text()) {
        version.invalid_as(version.text(), &problem);
    }
    for (name, max) in [("groupPriorityMinimum", 20_000), ("versionPriority", 1000)] {
        let priority = spec.at(name);
        if !(1..=max).contains(&priority.number()) {
            priority
                .invalid_as(priority.number(), &format!("must be positive and less than {max}"));
        }
    }
    let (service, insecure, bundle) =
        (spec.at("service"), spec.at("insecureSkipTLSVerify"), spec.at("caBundle"));
    if !service.given() {
        if !bundle.empty() {
            let bytes = super::configuration::decoded(bundle.text()).len();
            bundle
                .invalid_as(format!("{bytes} bytes"), "local APIServices may not have a caBundle");
        }
        if insecure.flag() {
            insecure.invalid("local APIServices may not have insecureSkipTLSVerify");
        }
        return;
    }
    rules::required(&service.at("namespace"));
    rules::required(&service.at("name"));
    let port = service.at("port");
    if !(1..=65535).contains(&port.number()) {
        port.invalid_as(port.number(), "port is not valid: must be between 1 and 65535, inclusive");
    }
    if insecure.flag() && !bundle.empty() {
        insecure.invalid("may not be true if caBundle is present");
    }
}
