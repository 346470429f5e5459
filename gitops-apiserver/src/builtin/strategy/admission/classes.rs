//! Classes that objects get by default, and what else new objects get.

use super::{Lookup, Request};
use crate::builtin::defaults::{field, quantities::amount};
use crate::status::Status;
use serde_json::{Value, json};
use std::cmp::Reverse;

/// Nothing is to run on a node before its controller has seen it.
pub(super) fn new_nodes_are_not_ready(node: &mut Value) {
    let taint = json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"});
    let mut taints = field::items(node, "spec.taints").to_vec();
    let is = |one: &Value| one["key"] == taint["key"] && one["effect"] == taint["effect"];
    if !taints.iter().any(is) {
        taints.push(taint);
        field::put(node, "spec.taints", taints);
    }
}

/// Storage and ingress classes that are marked as the default one.
pub(super) fn default_class(request: &Request<'_>, object: &mut Value, lookup: &dyn Lookup) {
    let annotated = |object: &Value, name: &str| {
        field::get(object, "metadata.annotations").and_then(|all| all.get(name)).is_some()
    };
    let (path, own_annotation, group, resource, marks): (_, _, _, _, &[&str]) =
        if request.creates("", "persistentvolumeclaims") {
            (
                "spec.storageClassName",
                "volume.beta.kubernetes.io/storage-class",
                "storage.k8s.io",
                "storageclasses",
                &[
                    "storageclass.kubernetes.io/is-default-class",
                    "storageclass.beta.kubernetes.io/is-default-class",
                ],
            )
        } else if request.creates("networking.k8s.io", "ingresses") {
            (
                "spec.ingressClassName",
                "kubernetes.io/ingress.class",
                "networking.k8s.io",
                "ingressclasses",
                &["ingressclass.kubernetes.io/is-default-class"],
            )
        } else {
            return;
        };
    if field::get(object, path).is_some() || annotated(object, own_annotation) {
        return;
    }
    let is_default = |class: &Value| {
        let annotations = field::get(class, "metadata.annotations");
        marks.iter().any(|mark| annotations.and_then(|all| all.get(mark)) == Some(&json!("true")))
    };
    // The newest, and of those the first by name: the list is by name.
    let classes = lookup.list(group, resource, "");
    let newest = classes
        .iter()
        .filter(|class| is_default(class))
        .min_by_key(|class| Reverse(field::text(class, "metadata.creationTimestamp")));
    if let Some(class) = newest {
        field::put(object, path, field::text(class, "metadata.name"));
    }
}

/// What is in use isn't deleted: a controller takes the finalizer away.
pub(super) fn protect(request: &Request<'_>, object: &mut Value) {
    let protected = [
        ("", "persistentvolumes", "kubernetes.io/pv-protection"),
        ("", "persistentvolumeclaims", "kubernetes.io/pvc-protection"),
        ("storage.k8s.io", "volumeattributesclasses", "kubernetes.io/vac-protection"),
    ];
    for (group, resource, finalizer) in protected {
        let mut all = field::items(object, "metadata.finalizers").to_vec();
        if request.creates(group, resource) && !all.contains(&finalizer.into()) {
            all.push(finalizer.into());
            field::put(object, "metadata.finalizers", all);
        }
    }
}

/// Of priority classes, one can be everybody's.
pub(super) fn only_one_default_priority(
    request: &Request<'_>,
    object: &Value,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    if !request.is("scheduling.k8s.io", "priorityclasses") || !field::flag(object, "globalDefault")
    {
        return Ok(());
    }
    let default = super::pods::default_priority_class(lookup);
    let name = default.as_ref().map_or("", |class| field::text(class, "metadata.name"));
    let creates = request.creates("scheduling.k8s.io", "priorityclasses");
    if default.is_some() && (creates || name != field::text(object, "metadata.name")) {
        let why = format!(
            "PriorityClass {name} is already marked as default. Only one default can exist"
        );
        return Err(request.forbidden(Some(object), &why));
    }
    Ok(())
}

/// Claims grow only where the storage can.
pub(super) fn growth(
    request: &Request<'_>,
    new: &Value,
    old: &Value,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    let size = |claim: &Value| amount(field::get(claim, "spec.resources.requests"), "storage");
    if size(new) <= size(old) {
        return Ok(());
    }
    if field::text(old, "status.phase") != "Bound" {
        let why = "Only bound persistent volume claims can be expanded";
        return Err(request.forbidden(Some(new), why));
    }
    let class = |claim: &Value| {
        let annotated = field::get(claim, "metadata.annotations")
            .and_then(|all| all.get("volume.beta.kubernetes.io/storage-class"));
        let named = field::text(claim, "spec.storageClassName");
        annotated.and_then(Value::as_str).unwrap_or(named).to_owned()
    };
    let name = class(new);
    let expands = !name.is_empty() && name == class(old) && {
        let class = lookup.get("storage.k8s.io", "storageclasses", "", &name);
        class.is_some_and(|class| field::flag(&class, "allowVolumeExpansion"))
    };
    if expands {
        return Ok(());
    }
    let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions \
               the pvc must support resize";
    Err(request.forbidden(Some(new), why))
}
