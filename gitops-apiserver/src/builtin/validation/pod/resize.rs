//! Resources of a pod that change while it runs.

use super::pod_and_metadata;
use crate::builtin::strategy;
use crate::builtin::validation::metadata::{self, NameRule};
use crate::builtin::validation::rules::{below_text, same};
use crate::builtin::validation::spot::{Spot, below, put};
use serde_json::{Map, Value};

const MIRROR: &str = "kubernetes.io/config.mirror";
const LISTS: [&str; 2] = ["containers", "initContainers"];
const ONLY: &str = "only cpu and memory resources are mutable";

/// A resized pod beside the old one.
pub(in crate::builtin::validation) fn resized(new: &Spot, old: &Value) {
    if below(old, "metadata.annotations").get(MIRROR).is_some() {
        return new.root().key("").forbidden("static pods cannot be resized");
    }
    if below_text(old, "spec.os.name") == "windows" {
        return new.root().key("").forbidden("windows pods cannot be resized");
    }
    metadata::on_update(new, old);
    metadata::known_finalizers(new);
    metadata::on_create(new, true, NameRule::Subdomain);
    metadata::known_finalizers(new);
    pod_and_metadata(new);
    let (spec, before) = (new.at("spec"), below(old, "spec"));
    let class = match below_text(old, "status.qosClass") {
        "" => strategy::quality_of_service(old),
        class => class,
    };
    if class != strategy::quality_of_service(new.value()) {
        let shown = below_text(new.value(), "status.qosClass");
        spec.invalid_as(shown, "Pod QOS Class may not change as a result of resizing");
    }
    if !node_resizes(old) {
        spec.forbidden("Pod running on node without support for resize");
    }
    of_whole_pod(&spec, before);
    let found = spec.found();
    LISTS.iter().for_each(|list| same_containers(&spec.at(list), below(before, list), list));
    if spec.found() > found {
        return;
    }
    for list in ["initContainers", "containers"] {
        for (at, old) in spec.at(list).items().zip(items(below(before, list))) {
            let resources = at.at("resources");
            nothing_removed(&resources, below(old, "resources"), "resource");
        }
    }
    for (at, old) in spec.at("containers").items().zip(items(below(before, "containers"))) {
        if !same_but_resources(at.value(), old) {
            spec.forbidden(ONLY);
        }
    }
    for (at, old) in spec.at("initContainers").items().zip(items(below(before, "initContainers"))) {
        init_container(&at, old);
    }
    if !same(spec.at("volumes").value(), below(before, "volumes")) {
        spec.at("volumes").forbidden("volumes are immutable on resize when InPlacePodVerticalScalingMemoryBackedVolumes feature gate is disabled");
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Whether the pod's node has said that it knows of resources, as far as it has said anything.
fn node_resizes(pod: &Value) -> bool {
    let mut statuses = items(below(pod, "status.containerStatuses")).iter();
    let running = statuses.find(|one| !below(one, "state.running").is_null());
    running.is_none_or(|one| !below(one, "resources").is_null())
}

/// Resources that all containers share.
fn of_whole_pod(spec: &Spot, old: &Value) {
    let (at, before) = (spec.at("resources"), below(old, "resources"));
    let some = |resources: &Value| {
        ["requests", "limits"].iter().any(|list| !amounts(resources, list).is_empty())
    };
    if !some(at.value()) && !some(before) {
        return;
    }
    if !before.is_null() {
        if !at.given() {
            return at.forbidden("pod-level resources cannot be removed");
        }
        nothing_removed(&at, before, "pod-level resource");
    }
    if !same(&masked(at.value(), before), &masked(before, before)) {
        spec.forbidden(&format!("{ONLY} at pod-level"));
    }
}

fn amounts(resources: &Value, list: &str) -> Map<String, Value> {
    below(resources, list).as_object().cloned().unwrap_or_default()
}

fn nothing_removed(at: &Spot, old: &Value, what: &str) {
    for list in ["requests", "limits"] {
        let (has, had) = (amounts(at.value(), list), amounts(old, list));
        if had.keys().any(|name| !has.contains_key(name)) {
            at.at(list).forbidden(&format!("{what} {list} cannot be removed"));
        }
    }
}

/// Resources with the amounts of CPU and memory of others.
fn masked(resources: &Value, others: &Value) -> Value {
    let mut out = resources.clone();
    for list in ["requests", "limits"] {
        let (mut all, others) = (amounts(resources, list), amounts(others, list));
        for name in ["cpu", "memory"] {
            all.remove(name);
            all.extend(others.get(name).map(|amount| (name.to_owned(), amount.clone())));
        }
        if !out.is_object() && !all.is_empty() {
            out = Value::Object(Map::new());
        }
        put(&mut out, list, if all.is_empty() { Value::Null } else { all.into() });
    }
    if out.as_object().is_some_and(Map::is_empty) { Value::Null } else { out }
}

fn same_but_resources(new: &Value, old: &Value) -> bool {
    let with_resources = |container: &Value| {
        let mut container = container.clone();
        let resources = masked(below(&container, "resources"), below(old, "resources"));
        put(&mut container, "resources", resources);
        container
    };
    same(&with_resources(new), &with_resources(old))
}

/// Containers neither come nor go, nor change places.
fn same_containers(at: &Spot, old: &Value, list: &str) {
    let old = items(old);
    if at.len() != old.len() {
        return at.forbidden(&format!("{list} may not be added or removed on resize"));
    }
    for (container, old) in at.items().zip(old) {
        let name = container.at("name");
        if name.text() != below_text(old, "name") {
            name.forbidden(&format!("{list} may not be renamed or reordered on resize"));
        }
    }
}

fn init_container(at: &Spot, old: &Value) {
    if !same_but_resources(at.value(), old) {
        at.forbidden("only cpu and memory resources for init or sidecar containers are mutable");
    }
    if at.at("restartPolicy").text() == "Always" || same(at.value(), old) {
        return;
    }
    at.at("resizePolicy").each(|policy| {
        if policy.at("restartPolicy").text() == "RestartContainer" {
            at.forbidden("non-sidecar init containers with a resize policy of RestartContainer cannot be resized");
        }
    });
}
