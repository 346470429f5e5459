//! Metadata alone.

use serde_json::{Value, json};

/// The `PartialObjectMetadata` of an object; `api_version` is `meta.k8s.io/v1` or `meta.k8s.io/v1beta1`,
/// as asked for.
pub fn partial(object: &Value, api_version: &str) -> Value {
    let metadata = object.get("metadata").cloned().unwrap_or_else(|| json!({}));
    json!({"kind": "PartialObjectMetadata", "apiVersion": api_version, "metadata": metadata})
}

/// The `PartialObjectMetadataList` of a list.
pub fn partial_list(list: &Value, api_version: &str) -> Value {
    let items = list.get("items").and_then(Value::as_array);
    let items: Vec<Value> =
        items.into_iter().flatten().map(|item| partial(item, api_version)).collect();
    // The server makes the list as it goes, and starts with none.
    let items = if items.is_empty() { Value::Null } else { items.into() };
    let metadata = list.get("metadata").cloned().unwrap_or_else(|| json!({}));
    json!({
        "kind": "PartialObjectMetadataList",
        "apiVersion": api_version,
        "metadata": metadata,
        "items": items,
    })
}
