//! Merging maps.

use super::{
    DELETE, FieldSchema, ORDER, PATCH, PatchSchema, RETAIN_KEYS,
    error::{self, Fail, unknown_directive},
    lists, order,
};
use serde_json::{Map, Value};

/// Merges `patch` into `original`. What is left of the patch is what the server would quote.
pub(super) fn merge(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: &dyn PatchSchema,
) -> Result<(), Fail> {
    if let Some(directive) = patch.get(PATCH) {
        match directive.as_str() {
            Some("replace") => {
                patch.remove(PATCH);
                original.clone_from(patch);
            }
            Some("delete") => original.clear(),
            _ => return Err(unknown_directive(directive, &Value::Object(patch.clone()))),
        }
        return Ok(());
    }
    retain_keys(original, patch)?;
    order::merge_ordered_lists(original, patch, schema)?;
    for (key, value) in patch.iter_mut() {
        let deletes = key.starts_with(DELETE);
        let key = match key.split_once('/') {
            _ if !deletes => key,
            Some((DELETE, "")) => key,
            Some((DELETE, key)) => key,
            _ => return Err(Fail::Form(error::PRIMITIVE_LIST)),
        };
        merge_member(original, key, value, deletes, schema)?;
    }
    Ok(())
}

fn merge_member(
    original: &mut Map<String, Value>,
    key: &str,
    patch: &mut Value,
    deletes: bool,
    schema: &dyn PatchSchema,
) -> Result<(), Fail> {
    if patch.is_null() {
        original.remove(key);
        return Ok(());
    }
    match (original.get_mut(key), &mut *patch) {
        (Some(Value::Object(current)), Value::Object(patch)) => {
            let field = schema.map(key).map_err(Fail::Other)?;
            if field.strategy()? == "replace" {
                current.clone_from(patch);
            } else {
                merge(current, patch, &*field.of)?;
            }
        }
        (Some(Value::Array(current)), Value::Array(patch)) => {
            let field = schema.list(key).map_err(Fail::Other)?;
            *current = merge_list(std::mem::take(current), patch, &field, deletes)?.merged;
        }
        (Some(current), patch) if same_type(current, patch) => put(original, key, patch),
        _ if deletes => {}
        _ => {
            discard_nulls(patch);
            put(original, key, patch);
        }
    }
    Ok(())
}

/// Merges two lists as their field wants it.
pub(super) fn merge_list(
    original: Vec<Value>,
    patch: &mut [Value],
    field: &FieldSchema,
    deletes: bool,
) -> Result<lists::Merged, Fail> {
    if field.strategy()? == "merge" || deletes {
        return lists::merge(original, patch, field, deletes);
    }
    Ok(lists::Merged { merged: patch.to_vec(), window: original })
}

/// Whether Go has the same type for both; maps and lists are dealt with before.
fn same_type(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Bool(_), Value::Bool(_)) | (Value::String(_), Value::String(_)) => true,
        (Value::Number(a), Value::Number(b)) => a.is_f64() == b.is_f64(),
        _ => false,
    }
}

/// Takes a value over, unless it is a directive.
fn put(original: &mut Map<String, Value>, key: &str, value: &Value) {
    match without_directives(value) {
        Some(value) => original.insert(key.to_owned(), value),
        None => original.remove(key),
    };
}

/// A value without the maps within that are directives; `None` if it is one itself.
pub(super) fn without_directives(value: &Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(PATCH) => None,
        Value::Object(map) => {
            let members = map.iter();
            let kept =
                members.filter_map(|(key, value)| Some((key.clone(), without_directives(value)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => Some(items.iter().filter_map(without_directives).collect()),
        other => Some(other.clone()),
    }
}

fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}

/// `$retainKeys`: members that aren't listed go.
fn retain_keys(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
) -> Result<(), Fail> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let keys = keys.as_array().ok_or(Fail::Form(error::RETAIN_KEYS))?;
    if keys.iter().any(|key| key.is_object() || key.is_array()) {
        return Err(Fail::Broken);
    }
    let kept = |name: &str| keys.iter().any(|key| key.as_str() == Some(name));
    let unlisted = patch.iter().any(|(name, value)| {
        !value.is_null() && !name.starts_with(DELETE) && !name.starts_with(ORDER) && !kept(name)
    });
    if unlisted {
        return Err(Fail::Form(error::RETAIN_KEYS));
    }
    original.retain(|name, _| kept(name));
    Ok(())
}
