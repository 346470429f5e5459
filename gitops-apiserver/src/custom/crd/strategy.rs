//! What writing a definition does to it.

use super::defaults::is_true;
use serde_json::{Map, Value, json};

/// Prepares a definition for being created: its status is that of a new one.
pub fn prepare_create(definition: &mut Value) {
    if let Some(map) = definition.as_object_mut() {
        map.insert(
            "status".to_owned(),
            json!({
                "conditions": null,
                "acceptedNames": {"plural": "", "kind": ""},
                "storedVersions": null,
            }),
        );
    }
    set_generation(definition, 1);
    add_stored_version(definition);
}

/// Prepares the update of `old` to `definition` at the resource itself: the status stays, but for
/// a new version to store at; the generation grows if the spec changed.
pub fn prepare_update(definition: &mut Value, old: &Value) {
    if let Some(map) = definition.as_object_mut() {
        map.insert("status".to_owned(), old.get("status").cloned().unwrap_or(json!({})));
    }
    let changed = definition.get("spec") != old.get("spec");
    let generation = old.pointer("/metadata/generation").and_then(Value::as_i64);
    set_generation(definition, generation.unwrap_or_default() + i64::from(changed));
    add_stored_version(definition);
}

/// Prepares the update of `old` to `definition` at the subresource `status`: the spec stays.
pub fn prepare_status_update(definition: &mut Value, old: &Value) {
    if let (Some(map), Some(spec)) = (definition.as_object_mut(), old.get("spec")) {
        map.insert("spec".to_owned(), spec.clone());
    }
    let generation = old.pointer("/metadata/generation").and_then(Value::as_i64);
    set_generation(definition, generation.unwrap_or_default());
}

fn set_generation(definition: &mut Value, generation: i64) {
    if let Some(metadata) = definition.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("generation".to_owned(), generation.into());
    }
}

fn add_stored_version(definition: &mut Value) {
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    let stored = versions.into_iter().flatten().find(|version| is_true(version.get("storage")));
    let Some(name) = stored.and_then(|version| version.get("name").cloned()) else { return };
    let Some(status) = status(definition) else { return };
    match status.get_mut("storedVersions") {
        Some(Value::Array(names)) => {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        _ => {
            status.insert("storedVersions".to_owned(), json!([name]));
        }
    }
}

pub(super) fn status(definition: &mut Value) -> Option<&mut Map<String, Value>> {
    definition.get_mut("status").and_then(Value::as_object_mut)
}
