//! Deleting a definition, which deletes its objects first.

use super::conditions::{find, set};
use serde_json::{Value, json};

/// The finalizer that keeps a definition until its objects are gone.
pub const CLEANUP_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

/// The first deletion of a definition: it stays, marked, with the finalizer. `now` is a time in
/// RFC 3339. A definition that is marked is left as it is.
pub fn begin_deletion(definition: &mut Value, now: &str) {
    let Some(metadata) = definition.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    if metadata.get("deletionTimestamp").is_some_and(|time| !time.is_null()) {
        return;
    }
    metadata.insert("deletionTimestamp".to_owned(), now.into());
    let finalizers = metadata.entry("finalizers").or_insert_with(|| json!([]));
    if let Some(finalizers) = finalizers.as_array_mut()
        && !finalizers.iter().any(|name| name == CLEANUP_FINALIZER)
    {
        finalizers.push(CLEANUP_FINALIZER.into());
    }
    let message = "CustomResourceDefinition marked for deletion; CustomResource deletion will \
        begin soon";
    set(definition, "Terminating", "True", "InstanceDeletionPending", message, now);
}

/// Says that the objects of a marked definition are being deleted. Returns whether there is such
/// work: the definition is marked and has the finalizer.
pub fn delete_instances(definition: &mut Value, now: &str) -> bool {
    let marked = definition.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null());
    let finalizers = definition.pointer("/metadata/finalizers").and_then(Value::as_array);
    let waits = finalizers.into_iter().flatten().any(|name| name == CLEANUP_FINALIZER);
    if !marked || !waits {
        return false;
    }
    let message = "CustomResource deletion is in progress";
    set(definition, "Terminating", "True", "InstanceDeletionInProgress", message, now);
    true
}

/// Takes the finalizer from a definition whose objects are gone, or that never had any. If no
/// other finalizer is left, the definition is gone by this update.
pub fn finish_deletion(definition: &mut Value, now: &str) {
    let established = find(definition, "Established");
    let established = established.and_then(|found| found.get("status")).and_then(Value::as_str);
    let (reason, message) = if overlaps_built_in(definition) {
        ("OverlappingBuiltInResource", "instances overlap with built-in resources in storage")
    } else if established == Some("True") {
        ("InstanceDeletionCompleted", "removed all instances")
    } else {
        ("NeverEstablished", "resource was never established")
    };
    set(definition, "Terminating", "False", reason, message, now);
    let Some(metadata) = definition.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(finalizers) = metadata.get_mut("finalizers").and_then(Value::as_array_mut) {
        finalizers.retain(|name| name != CLEANUP_FINALIZER);
        if finalizers.is_empty() {
            metadata.remove("finalizers");
        }
    }
}

/// Whether the resource of a definition is one of the server's own, whose objects it must not
/// delete.
pub fn overlaps_built_in(definition: &Value) -> bool {
    let text = |at: &str| definition.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let name = (text("/spec/group"), text("/spec/names/plural"));
    matches!(
        name,
        ("apiregistration.k8s.io", "apiservices")
            | ("apiextensions.k8s.io", "customresourcedefinitions")
    )
}
