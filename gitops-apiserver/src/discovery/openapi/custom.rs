//! The documents of definitions.

use super::{
    super::Custom,
    names::{Names, model},
    parts::Document,
    schema::{self, Native, Release},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The document of one API version.
pub(super) fn v3(versions: &[&Custom]) -> Value {
    let mut whole = Value::Null;
    for custom in versions {
        let mut one = recorded(custom, "v3");
        let mut schemas = one["components"]["schemas"].take();
        put_schema(custom, &mut schemas, Release::V3);
        one["components"]["schemas"] = schemas;
        if whole.is_null() {
            whole = one;
            continue;
        }
        merge(&mut whole["paths"], one["paths"].take());
        merge(&mut whole["components"]["schemas"], one["components"]["schemas"].take());
    }
    keep_used(&mut whole);
    whole
}

/// The document of everything, with what is built in.
pub(super) fn v2(built_in: &str, versions: &[&Custom]) -> Value {
    let mut whole: Value = serde_json::from_str(built_in).unwrap_or_default();
    for custom in versions {
        let mut one = recorded(custom, "v2");
        let mut definitions = one["definitions"].take();
        put_schema(custom, &mut definitions, Release::V2);
        merge(&mut whole["definitions"], definitions);
        merge(&mut whole["paths"], one["paths"].take());
    }
    whole
}

/// The recorded definition's document, with names and paths of this one.
fn recorded(custom: &Custom, release: &str) -> Value {
    let scope = if custom.resource.namespaced { "namespaced" } else { "cluster" };
    let text = Document::named(&format!("custom/{release}/{scope}")).map(Document::json);
    let recorded: Value = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
    let mut document = Names::of(custom).put_in(recorded);
    if let Some(paths) = document["paths"].as_object_mut() {
        let absent = ["status", "scale"]
            .into_iter()
            .filter(|name| custom.resource.subresource(name).is_none())
            .map(|name| format!("/{{name}}/{name}"))
            .collect::<Vec<_>>();
        paths.retain(|path, _| !absent.iter().any(|absent| path.ends_with(absent)));
    }
    document
}

/// Puts the definition's schema where the recorded one is.
fn put_schema(custom: &Custom, schemas: &mut Value, release: Release) {
    let Some(schemas) = schemas.as_object_mut() else { return };
    let name = model(custom, &custom.resource.kind);
    let recorded = schemas.remove(&name).unwrap_or_default();
    let native = Native::of(&recorded);
    let mut schema = match schema::convert(&custom.schema, &native, release) {
        Some(schema) => schema,
        None => Map::from_iter([("type".into(), "object".into())]),
    };
    let kind = "x-kubernetes-group-version-kind";
    schema.insert(kind.into(), recorded[kind].clone());
    schemas.insert(name.clone(), Value::Object(schema));

    if !custom.selectable_fields.is_empty() {
        let field = |path: &String| json!({"fieldPath": path.strip_prefix('.').unwrap_or(path)});
        let fields: Value = custom.selectable_fields.iter().map(field).collect();
        for name in [name, model(custom, &custom.list_kind)] {
            if let Some(schema) = schemas.get_mut(&name) {
                schema["x-kubernetes-selectable-fields"] = fields.clone();
            }
        }
    }
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

/// Drops schemas that nothing refers to: those of subresources that aren't there.
fn keep_used(document: &mut Value) {
    let mut used = BTreeSet::new();
    let mut new = BTreeSet::new();
    references(&document["paths"], &mut new);
    while let Some(name) = new.pop_first() {
        references(&document["components"]["schemas"][name.as_str()], &mut new);
        used.insert(name);
        new.retain(|name| !used.contains(name));
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}

fn references(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                names.extend(reference.rsplit('/').next().map(str::to_owned));
            }
            fields.values().for_each(|field| references(field, names));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}
