//! What the server counts for itself.

use crate::fields::{Operation, PathElement, managed};
use serde_json::Value;

/// The two documents without what moves by itself or by any write: `resourceVersion`,
/// `generation` (and the annotation in which DaemonSets count their templates), the times in managedFields and their order, what was written through
/// subresources, and `status`, unless an apply owns fields in it (a kind whose status is no
/// subresource). Two documents that are equal after this are equal to the server: writing one over
/// the other is a no-op that leaves resourceVersion alone.
///
/// Ownership stays in: an apply that makes us co-owner of a field is a write.
pub fn settled(mut live: Value, mut predicted: Value) -> (Value, Value) {
    let keep_status = owns_status(&live) || owns_status(&predicted);
    for document in [&mut live, &mut predicted] {
        strip(document, keep_status);
    }
    (live, predicted)
}

fn owns_status(document: &Value) -> bool {
    managed(document)
        .filter(|entry| entry.operation == Some(Operation::Apply) && entry.subresource.is_empty())
        .filter_map(|entry| entry.fields().ok())
        .any(|fields| fields.get(&PathElement::field("status")).is_some())
}

fn strip(document: &mut Value, keep_status: bool) {
    let Some(map) = document.as_object_mut() else { return };
    if !keep_status {
        map.remove("status");
    }
    let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.remove("resourceVersion");
    metadata.remove("generation");
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove("deprecated.daemonset.template.generation");
    }
    if let Some(entries) = metadata.get_mut("managedFields").and_then(Value::as_array_mut) {
        entries.retain(|entry| entry.get("subresource").is_none());
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            entry.remove("time");
        }
        // The server sorts by time, which is gone.
        entries.sort_by_cached_key(|entry| {
            ["operation", "manager", "apiVersion"]
                .map(|name| entry.get(name).map(ToString::to_string).unwrap_or_default())
        });
    }
}
