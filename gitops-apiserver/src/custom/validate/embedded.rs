//! Resources embedded in others.

use crate::{
    custom::{metadata, path, schema::JsonSchema, wording},
    names,
    status::FieldError,
};
use serde_json::{Map, Value};

/// Validates `apiVersion`, `kind` and `metadata` of embedded resources, and, if `is_root`, of the
/// value itself. O(size).
pub(crate) fn embedded(
    path: &str,
    value: &Value,
    schema: &JsonSchema,
    is_root: bool,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    walk(path, value, schema, is_root, &mut errors);
    errors
}

fn walk(at: &str, value: &Value, schema: &JsonSchema, is_root: bool, errors: &mut Vec<FieldError>) {
    match value {
        Value::Object(map) => {
            if is_root || schema.embedded {
                resource(at, map, errors);
            }
            for (name, value) in map {
                if let Some(field) = schema.properties.get(name) {
                    walk(&path::child(at, name), value, field, false, errors);
                } else if let Some(field) = schema.additional() {
                    walk(&path::key(at, name), value, field, false, errors);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.item() else { return };
            for (index, item) in items.iter().enumerate() {
                walk(&path::index(at, index), item, schema, false, errors);
            }
        }
        _ => {}
    }
}

fn resource(at: &str, map: &Map<String, Value>, errors: &mut Vec<FieldError>) {
    for name in ["apiVersion", "kind"] {
        if !map.contains_key(name) {
            errors.push(FieldError::required(&path::child(at, name), ""));
        }
    }
    for (name, check) in [("apiVersion", api_version as fn(&str) -> _), ("kind", kind)] {
        let problem = match map.get(name) {
            None => None,
            Some(Value::String(text)) if text.is_empty() => Some("must not be empty".to_owned()),
            Some(Value::String(text)) => check(text),
            Some(_) => Some("must be a string".to_owned()),
        };
        if let (Some(problem), Some(value)) = (problem, map.get(name)) {
            let field = path::child(at, name);
            errors.push(FieldError::invalid(&field, wording::bad(value), &problem));
        }
    }
    let Some(found) = map.get("metadata") else { return };
    let field = path::child(at, "metadata");
    match metadata::decode(found) {
        Err(problem) => {
            errors.push(FieldError::invalid(&field, wording::bad(found), &problem));
        }
        Ok(decoded) => {
            let mut object = decoded.object;
            let given = |metadata: &Value, name: &str| {
                metadata.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
            };
            if !given(&object, "name") {
                // A name need not be given here.
                if let Some(map) = object.as_object_mut() {
                    map.insert("name".to_owned(), "fakename".into());
                }
            }
            let namespaced = given(&object, "namespace");
            let names: &dyn Fn(&str, bool) -> Vec<String> = &|name, prefix| {
                if prefix { names::path_segment_prefix(name) } else { names::path_segment(name) }
            };
            errors.extend(metadata::validate_new(&object, namespaced, names, &field));
        }
    }
}

fn api_version(text: &str) -> Option<String> {
    let slashes = text.matches('/').count();
    (slashes > 1).then(|| format!("unexpected GroupVersion string: {text}"))
}

fn kind(text: &str) -> Option<String> {
    let problems = names::label_1035(&text.to_lowercase());
    (!problems.is_empty())
        .then(|| format!("may have mixed case, but should otherwise match: {}", problems.join(",")))
}
