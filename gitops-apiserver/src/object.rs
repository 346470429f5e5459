//! Access to what every object has.

use serde_json::{Map, Value};

/// A text of `metadata`; empty if it is not there.
pub(crate) fn meta<'a>(object: &'a Value, name: &str) -> &'a str {
    let value = object.get("metadata").and_then(|metadata| metadata.get(name));
    value.and_then(Value::as_str).unwrap_or_default()
}

/// Any part of `metadata`.
pub(crate) fn meta_value<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let value = object.get("metadata").and_then(|metadata| metadata.get(name));
    value.filter(|value| !value.is_null())
}

/// Sets a part of `metadata`.
pub(crate) fn set_meta(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(metadata) = metadata(object) {
        metadata.insert(name.to_owned(), value.into());
    }
}

/// Takes a part of `metadata` away.
pub(crate) fn drop_meta(object: &mut Value, name: &str) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove(name);
    }
}

/// Sets a part of `metadata` to what another object has there.
pub(crate) fn copy_meta(object: &mut Value, of: &Value, name: &str) {
    match meta_value(of, name) {
        Some(value) => set_meta(object, name, value.clone()),
        None => drop_meta(object, name),
    }
}

/// The `metadata` of an object, made if it has none; `None` if it is no object.
fn metadata(object: &mut Value) -> Option<&mut Map<String, Value>> {
    let map = object.as_object_mut()?;
    let metadata = map.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    if !metadata.is_object() {
        *metadata = Value::Object(Map::new());
    }
    metadata.as_object_mut()
}

/// The finalizers.
pub(crate) fn finalizers(object: &Value) -> Vec<&str> {
    let list = meta_value(object, "finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether somebody has asked for its deletion.
pub(crate) fn is_deleting(object: &Value) -> bool {
    meta_value(object, "deletionTimestamp").is_some()
}

/// The seconds that a deleted object still has.
pub(crate) fn grace(object: &Value) -> Option<i64> {
    meta_value(object, "deletionGracePeriodSeconds").and_then(Value::as_i64)
}

/// The generation; 0 if it has none.
pub(crate) fn generation(object: &Value) -> i64 {
    meta_value(object, "generation").and_then(Value::as_i64).unwrap_or(0)
}
