//! Lists that are sets or maps.

use crate::{
    custom::{path, schema::JsonSchema, wording},
    status::FieldError,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Reports items that are there twice in lists of `x-kubernetes-list-type` set and map: each
/// once, at its second place. O(size × log).
pub(crate) fn uniqueness(path: &str, schema: &JsonSchema, value: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Value::Object(map) = value {
        fields(path, schema, map, &mut errors);
    }
    errors
}

fn any(path: &str, schema: &JsonSchema, value: &Value, errors: &mut Vec<FieldError>) {
    match value {
        Value::Object(map) => fields(path, schema, map, errors),
        Value::Array(items) => list(path, schema, items, errors),
        _ => {}
    }
}

fn fields(path: &str, schema: &JsonSchema, map: &Map<String, Value>, errors: &mut Vec<FieldError>) {
    if let Some(additional) = schema.additional() {
        for (name, value) in map {
            any(&path::key(path, name), additional, value, errors);
        }
    }
    for (name, value) in map {
        if let Some(field) = schema.properties.get(name) {
            any(&path::child(path, name), field, value, errors);
        }
    }
}

fn list(path: &str, schema: &JsonSchema, items: &[Value], errors: &mut Vec<FieldError>) {
    match schema.list_type.as_deref() {
        Some("set") => {
            for (index, item) in repeated(items.iter()) {
                errors.push(duplicate(path, index, item));
            }
        }
        Some("map") => keyed(path, schema, items, errors),
        _ => {}
    }
    if let Some(item_schema) = schema.item() {
        for (index, item) in items.iter().enumerate() {
            any(&path::index(path, index), item_schema, item, errors);
        }
    }
}

fn keyed(path: &str, schema: &JsonSchema, items: &[Value], errors: &mut Vec<FieldError>) {
    if let Some((index, item)) =
        items.iter().enumerate().find(|(_, item)| !item.is_object() && !item.is_null())
    {
        let detail = "must be an object for an array of list-type map";
        let at = path::index(path, index);
        return errors.push(FieldError::invalid(&at, wording::bad(item), detail));
    }
    let keys: Vec<Value> = items.iter().map(|item| key(schema, item)).collect();
    for (index, key) in repeated(keys.iter()) {
        errors.push(duplicate(path, index, key));
    }
}

/// The keys that an item has.
fn key(schema: &JsonSchema, item: &Value) -> Value {
    let names = schema.list_map_keys.iter();
    let found = names.filter_map(|name| Some((name.clone(), item.get(name)?.clone())));
    Value::Object(found.collect())
}

/// The second places of what is there twice or more.
fn repeated<'a>(items: impl Iterator<Item = &'a Value>) -> Vec<(usize, &'a Value)> {
    let mut seen = BTreeMap::<String, usize>::new();
    let mut found = Vec::new();
    for (index, item) in items.enumerate() {
        // Go tells integers and floats apart, and so does their text here.
        let times = seen.entry(item.to_string()).or_default();
        *times += 1;
        if *times == 2 {
            found.push((index, item));
        }
    }
    found
}

fn duplicate(path: &str, index: usize, value: &Value) -> FieldError {
    FieldError::duplicate(&path::index(path, index), wording::bad(value))
}
