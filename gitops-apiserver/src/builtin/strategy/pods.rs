//! What the server adds to pods, and keeps of them.

use super::{conditions, qos, resources};
use crate::builtin::defaults::field;
use serde_json::{Value, json};

/// A pod is to be created.
pub(super) fn created(pod: &mut Value, now: &str) {
    if !field::is_empty(pod, "spec.schedulingGates") {
        let why = ("SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates");
        conditions::set(pod, "PodScheduled", "False", Some(why), now);
    }
    label_keys_of_affinity(pod);
    label_keys_of_spread(pod);
    app_armor_annotations(pod);
    resources::fill_in(pod);
    let class = qos::class(pod);
    field::put(pod, "status.qosClass", class);
}

/// A pod, or the part of it that is the subresource, is to be replaced.
pub(super) fn updated(subresource: &str, new: &mut Value, old: &Value) {
    match subresource {
        "" => keep_resources(new, old),
        "status" => status_updated(new, old),
        "ephemeralcontainers" => only(&["spec.ephemeralContainers"], new, old),
        "resize" => resized(new, old),
        _ => {}
    }
}

/// Resources of the pod as a whole can't be taken away.
fn keep_resources(new: &mut Value, old: &Value) {
    if field::get(new, "spec.resources").is_none() {
        field::copy(new, "spec.resources", old);
    }
}

fn status_updated(new: &mut Value, old: &Value) {
    field::take(new, "metadata.deletionTimestamp");
    let kept = [
        "status.qosClass",
        "status.resourceClaimStatuses",
        "status.extendedResourceClaimStatus",
        "status.nodeAllocatableResourceClaimStatuses",
        "status.observedGeneration",
    ];
    for path in kept {
        if field::is_empty(new, path) {
            field::copy(new, path, old);
        }
    }
    // The n-th condition of a type keeps what the n-th of that type was based on.
    let mut before: Vec<&Value> = field::items(old, "status.conditions").iter().collect();
    for condition in field::items_mut(new, "status.conditions") {
        let at = before.iter().position(|one| one.get("type") == condition.get("type"));
        let one = at.map(|at| before.remove(at));
        if field::is_empty(condition, "observedGeneration")
            && let Some(one) = one
        {
            field::copy(condition, "observedGeneration", one);
        }
    }
}

/// Everything but these fields is as before.
fn only(paths: &[&str], new: &mut Value, old: &Value) {
    let metadata = ["labels", "annotations", "finalizers", "ownerReferences", "deletionTimestamp"];
    let given: Vec<Option<Value>> = paths.iter().map(|path| field::take(new, path)).collect();
    field::copy(new, "spec", old);
    field::copy(new, "status", old);
    for name in metadata {
        field::copy(new, &format!("metadata.{name}"), old);
    }
    for (path, value) in paths.iter().zip(given) {
        match value {
            Some(value) => field::put(new, path, value),
            None => {
                field::take(new, path);
            }
        }
    }
}

/// Only resources change. If containers come, go or change places, that is found invalid later.
fn resized(new: &mut Value, old: &Value) {
    let lists = ["spec.containers", "spec.initContainers"];
    let count = |pod: &Value, list| field::items(pod, list).len();
    if lists.iter().all(|list| count(new, list) == count(old, list)) {
        only_sizes(new, old, lists);
    }
    keep_resources(new, old);
    resources::fill_in(new);
}

fn only_sizes(new: &mut Value, old: &Value, lists: [&str; 2]) {
    for list in lists {
        let named = |pod: &Value| -> Vec<Value> {
            field::items(pod, list).iter().map(|one| one["name"].clone()).collect()
        };
        if named(new) != named(old) {
            continue;
        }
        let before = field::items(old, list).to_vec();
        for (container, mut kept) in field::items_mut(new, list).iter_mut().zip(before) {
            for name in ["resources", "resizePolicy"] {
                field::copy(&mut kept, name, container);
            }
            *container = kept;
        }
    }
    only(&["spec.containers", "spec.initContainers", "spec.resources"], new, old);
}

/// What `matchLabelKeys` names becomes part of the selector, with the pod's own values.
fn add_label_keys(term: &mut Value, keys: &str, operator: &str, labels: &Value) {
    if field::get(term, "labelSelector").is_none() {
        return;
    }
    let keys: Vec<Value> = field::items(term, keys).to_vec();
    let found = keys.iter().filter_map(|key| Some((key, labels.get(key.as_str()?)?)));
    let added: Vec<Value> = found
        .map(|(key, value)| json!({"key": key, "operator": operator, "values": [value]}))
        .collect();
    if added.is_empty() {
        return;
    }
    let mut all = field::items(term, "labelSelector.matchExpressions").to_vec();
    all.extend(added);
    field::put(term, "labelSelector.matchExpressions", all);
}

fn label_keys_of_affinity(pod: &mut Value) {
    let labels = field::get(pod, "metadata.labels").cloned().unwrap_or_default();
    for kind in ["podAffinity", "podAntiAffinity"] {
        let preferred =
            format!("spec.affinity.{kind}.preferredDuringSchedulingIgnoredDuringExecution");
        for weighted in field::items_mut(pod, &preferred) {
            if let Some(term) = field::get_mut(weighted, "podAffinityTerm") {
                add_label_keys(term, "matchLabelKeys", "In", &labels);
                add_label_keys(term, "mismatchLabelKeys", "NotIn", &labels);
            }
        }
        let required =
            format!("spec.affinity.{kind}.requiredDuringSchedulingIgnoredDuringExecution");
        for term in field::items_mut(pod, &required) {
            add_label_keys(term, "matchLabelKeys", "In", &labels);
            add_label_keys(term, "mismatchLabelKeys", "NotIn", &labels);
        }
    }
}

fn label_keys_of_spread(pod: &mut Value) {
    let labels = field::get(pod, "metadata.labels").cloned().unwrap_or_default();
    for constraint in field::items_mut(pod, "spec.topologySpreadConstraints") {
        add_label_keys(constraint, "matchLabelKeys", "In", &labels);
    }
}

/// Old annotations that name a profile for a container become the field.
fn app_armor_annotations(pod: &mut Value) {
    if field::text(pod, "spec.os.name") == "windows" {
        return;
    }
    let annotations = field::get(pod, "metadata.annotations").cloned().unwrap_or_default();
    let profile_path = "securityContext.appArmorProfile";
    let of_pod = field::get(pod, "spec.securityContext.appArmorProfile").cloned();
    for list in ["spec.initContainers", "spec.containers", "spec.ephemeralContainers"] {
        for container in field::items_mut(pod, list) {
            let name = field::text(container, "name");
            let key = format!("container.apparmor.security.beta.kubernetes.io/{name}");
            let profile = annotations.get(&key).and_then(Value::as_str).and_then(app_armor);
            if profile.is_some()
                && profile != of_pod
                && field::get(container, profile_path).is_none()
            {
                field::put(container, profile_path, profile);
            }
        }
    }
}

/// The field that an old annotation becomes, if it is valid.
pub(crate) fn app_armor(annotation: &str) -> Option<Value> {
    match annotation {
        "unconfined" => Some(json!({"type": "Unconfined"})),
        "runtime/default" => Some(json!({"type": "RuntimeDefault"})),
        other => {
            let name = other.strip_prefix("localhost/")?;
            let fits = !name.trim().is_empty() && name.trim() == name && name.len() <= 4095;
            fits.then(|| json!({"type": "Localhost", "localhostProfile": name}))
        }
    }
}
