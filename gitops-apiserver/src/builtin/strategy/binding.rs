//! Bindings of pods to nodes: what a scheduler writes.

use super::conditions;
use crate::builtin::defaults::field;
use crate::status::{FieldError, Status};
use serde_json::Value;

/// Annotations of the time before init containers, which are dropped on the way.
const INIT_CONTAINERS: [&str; 4] = [
    "pod.beta.kubernetes.io/init-containers",
    "pod.alpha.kubernetes.io/init-containers",
    "pod.beta.kubernetes.io/init-container-statuses",
    "pod.alpha.kubernetes.io/init-container-statuses",
];

/// Whether a `v1` Binding is one: the target is a node with a name.
///
/// # Errors
/// The server's answer, which is 500 with the problems as text.
pub fn check_binding(binding: &Value) -> Result<(), Status> {
    let mut errors = Vec::new();
    let kind = field::text(binding, "target.kind");
    if !matches!(kind, "" | "Node") {
        errors.push(FieldError::not_supported("target.kind", kind, &["Node", "<empty>"]));
    }
    if field::is_empty(binding, "target.name") {
        errors.push(FieldError::required("target.name", ""));
    }
    let words: Vec<String> = errors.iter().map(FieldError::to_string).collect();
    match &*words {
        [] => Ok(()),
        [one] => Err(Status::unclassified(one.as_str())),
        all => Err(Status::unclassified(format!("[{}]", all.join(", ")))),
    }
}

/// Gives a pod its node. `key` is where the pod is stored, for the message of a conflict:
/// `/registry/pods/NAMESPACE/NAME`. The generation stays.
///
/// # Errors
/// 409 if the pod has a node, waits for its gates, is being deleted, or isn't the one that the
/// binding's UID or resource version says.
pub fn bind(pod: &mut Value, binding: &Value, key: &str, now: &str) -> Result<(), Status> {
    let name = field::text(pod, "metadata.name").to_owned();
    for (path, word, meta) in [
        ("metadata.uid", "UID", "UID"),
        ("metadata.resourceVersion", "ResourceVersion", "ResourceVersion"),
    ] {
        let (wanted, is) = (field::text(binding, path), field::text(pod, path));
        if !wanted.is_empty() && wanted != is {
            let why = format!(
                "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, \
                 AdditionalErrorMsg: Precondition failed: {word} in precondition: {wanted}, {meta} \
                 in object meta: {is}"
            );
            return Err(Status::conflict("", "pods", &name, &why));
        }
    }
    let node = field::text(pod, "spec.nodeName");
    let why = if field::get(pod, "metadata.deletionTimestamp").is_some() {
        format!("pod {name} is being deleted, cannot be assigned to a host")
    } else if !node.is_empty() {
        format!("pod {name} is already assigned to node {node:?}")
    } else if !field::is_empty(pod, "spec.schedulingGates") {
        format!("pod {name} has non-empty .spec.schedulingGates")
    } else {
        String::new()
    };
    if !why.is_empty() {
        return Err(Status::conflict("", "pods/binding", &name, &why));
    }
    field::put(pod, "spec.nodeName", field::text(binding, "target.name"));
    field::take(pod, "status.nominatedNodeName");
    for path in ["metadata.annotations", "metadata.labels"] {
        let Some(given) = field::get(binding, path).and_then(Value::as_object) else { continue };
        if given.is_empty() {
            continue;
        }
        if let Some(own) = field::map_mut(pod, path) {
            own.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
    }
    let annotations = field::get_mut(pod, "metadata.annotations").and_then(Value::as_object_mut);
    if let Some(annotations) = annotations {
        annotations.retain(|name, _| !INIT_CONTAINERS.contains(&name.as_str()));
    }
    conditions::set(pod, "PodScheduled", "True", None, now);
    Ok(())
}
