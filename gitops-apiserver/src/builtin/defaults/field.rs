//! Fields of objects by path: `spec.template.metadata.labels`.
//!
//! Null is the same as absent, as it is for the server. No name on a path may have a dot.

use serde_json::{Map, Value};

/// The value at a path.
pub(crate) fn get<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let mut at = object;
    for name in path.split('.') {
        at = at.get(name)?;
    }
    Some(at).filter(|value| !value.is_null())
}

/// The value at a path, to be changed.
pub(crate) fn get_mut<'a>(object: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let mut at = object;
    for name in path.split('.') {
        at = at.get_mut(name)?;
    }
    Some(at).filter(|value| !value.is_null())
}

/// The text at a path; empty if there is none.
pub(crate) fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    get(object, path).and_then(Value::as_str).unwrap_or("")
}

/// The whole number at a path; 0 if there is none.
pub(crate) fn number(object: &Value, path: &str) -> i64 {
    get(object, path).and_then(Value::as_i64).unwrap_or(0)
}

/// Whether there is `true` at a path.
pub(crate) fn flag(object: &Value, path: &str) -> bool {
    get(object, path).and_then(Value::as_bool).unwrap_or(false)
}

/// The items of the list at a path.
pub(crate) fn items<'a>(object: &'a Value, path: &str) -> &'a [Value] {
    get(object, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The items of the list at a path, to be changed.
pub(crate) fn items_mut<'a>(object: &'a mut Value, path: &str) -> &'a mut [Value] {
    get_mut(object, path).and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// Whether there is nothing at a path, or an empty text, list or map, zero or `false`.
pub(crate) fn is_empty(object: &Value, path: &str) -> bool {
    get(object, path).is_none_or(is_zero)
}

/// Whether Go would call it the type's zero value, or the collection has nothing in it.
pub(crate) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// The map at a path, made with all above it where it isn't there. None where a value of another
/// type is in the way.
pub(crate) fn map_mut<'a>(object: &'a mut Value, path: &str) -> Option<&'a mut Map<String, Value>> {
    let mut at = object;
    for name in path.split('.') {
        let fields = at.as_object_mut()?;
        at = fields.entry(name).or_insert(Value::Null);
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
    }
    at.as_object_mut()
}

/// Sets the value at a path, making the maps above it.
pub(crate) fn put(object: &mut Value, path: &str, value: impl Into<Value>) {
    let fields = match path.rsplit_once('.') {
        Some((above, name)) => map_mut(object, above).map(|fields| (fields, name)),
        None => object.as_object_mut().map(|fields| (fields, path)),
    };
    if let Some((fields, name)) = fields {
        fields.insert(name.to_owned(), value.into());
    }
}

/// Takes the value at a path away.
pub(crate) fn take(object: &mut Value, path: &str) -> Option<Value> {
    match path.rsplit_once('.') {
        Some((above, name)) => get_mut(object, above)?.as_object_mut()?.remove(name),
        None => object.as_object_mut()?.remove(path),
    }
    .filter(|value| !value.is_null())
}

/// Makes the field at a path what it is in another object: the same value, or absent.
pub(crate) fn copy(object: &mut Value, path: &str, from: &Value) {
    match get(from, path) {
        Some(value) => put(object, path, value.clone()),
        None => {
            take(object, path);
        }
    }
}
