//! Structural schemas: types are said once, outside of `allOf`, `anyOf`, `oneOf` and `not`, and
//! what is said inside of them is about fields that are declared outside.

use crate::{
    custom::{
        path,
        schema::{Additional, Items, JsonSchema, Limits},
    },
    status::FieldError,
};

/// Why a schema can't be structural at all: it uses what is not supported.
pub(super) fn unsupported(schema: &JsonSchema) -> Option<String> {
    if let Some(other) = &schema.unsupported {
        let found = [
            ("id", !other.id.is_empty()),
            ("schema", !other.schema.is_empty()),
            ("$ref", other.reference.as_ref().is_some_and(|text| !text.is_empty())),
            ("patternProperties", !other.pattern_properties.is_empty()),
            ("dependencies", other.dependencies.as_ref().is_some_and(|all| !all.is_empty())),
            ("additionalItems", other.additional_items.is_some()),
            ("definitions", !other.definitions.is_empty()),
        ];
        if let Some((name, _)) = found.iter().find(|(_, found)| *found) {
            return Some(format!("OpenAPIV3Schema '{name}' is not supported"));
        }
    }
    let limits = schema.limits();
    let alternatives = limits.not.iter().map(|not| &**not);
    let alternatives = alternatives.chain(&limits.all_of).chain(&limits.any_of);
    if let Some(problem) = alternatives.chain(&limits.one_of).find_map(unsupported) {
        return Some(problem);
    }
    if schema.preserve_unknown == Some(false) {
        let name = "x-kubernetes-preserve-unknown-fields";
        return Some(format!("internal error: '{name}' must be true or undefined"));
    }
    match &schema.items {
        Some(Items::Many(items)) if !items.is_empty() => {
            return Some("OpenAPIV3Schema 'items' must be a schema, but is an array".to_owned());
        }
        _ => {}
    }
    let below = schema.item().into_iter().chain(schema.properties.values());
    below.chain(schema.additional()).find_map(unsupported)
}

/// What keeps a schema from being structural, sorted by text.
pub(super) fn validate(schema: &JsonSchema, at: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    invariants(schema, Level::Root, at, &mut errors);
    complete_limits(schema.limits(), Some(schema), at, at, &mut errors);
    errors.sort_by_cached_key(ToString::to_string);
    errors
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

fn invariants(schema: &JsonSchema, level: Level, at: &str, errors: &mut Vec<FieldError>) {
    let field = |name: &str| path::child(at, name);
    let property = |name: &str| path::key(&path::child(at, "properties"), name);
    if schema.kind == "array" && schema.item().is_none() {
        errors.push(FieldError::required(&field("items"), "must be specified"));
    }
    if let Some(item) = schema.item() {
        invariants(item, Level::Item, &field("items"), errors);
    }
    for (name, below) in &schema.properties {
        invariants(below, Level::Field, &property(name), errors);
    }
    if schema.additional.is_some() && level == Level::Root {
        let name = field("additionalProperties");
        errors.push(FieldError::forbidden(&name, "must not be used at the root"));
    }
    if let Some(below) = schema.additional() {
        invariants(below, Level::Field, &field("additionalProperties"), errors);
    }
    extensions(schema, at, errors);
    let limits = schema.limits();
    let skip_any_of = is_int_or_string(&limits.any_of);
    let skip_first =
        limits.all_of.first().is_some_and(|one| is_int_or_string(&one.limits().any_of));
    nested_limits(limits, skip_any_of, skip_first, at, errors);
    kind(schema, level, at, errors);
    if schema.embedded && schema.additional.is_some() {
        let detail = "must not be used if x-kubernetes-embedded-resource is set";
        errors.push(FieldError::forbidden(&field("additionalProperties"), detail));
    }
    if level == Level::Root && !schema.kind.is_empty() && schema.kind != "object" {
        let kind = schema.kind.as_str();
        errors.push(FieldError::invalid(&field("type"), kind, "must be object at the root"));
    }
    let resource = level == Level::Root || schema.embedded;
    for name in ["kind", "apiVersion"] {
        let found = schema.properties.get(name).filter(|found| resource && found.kind != "string");
        if let Some(found) = found {
            let at = path::child(&property(name), "type");
            errors.push(FieldError::invalid(&at, found.kind.as_str(), "must be string"));
        }
    }
    if let Some(metadata) = schema.properties.get("metadata") {
        metadata_schema(metadata, resource, level, &property("metadata"), errors);
    }
    if schema.embedded && !schema.preserves() && schema.properties.is_empty() {
        let detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        errors.push(FieldError::required(&field("properties"), detail));
    }
}

fn kind(schema: &JsonSchema, level: Level, at: &str, errors: &mut Vec<FieldError>) {
    let at = path::child(at, "type");
    let kind = schema.kind.as_str();
    if schema.embedded && kind != "object" {
        let detail = "must be object if x-kubernetes-embedded-resource is true";
        errors.push(if kind.is_empty() {
            FieldError::required(&at, detail)
        } else {
            FieldError::invalid(&at, kind, detail)
        });
    } else if kind.is_empty() && !schema.int_or_string && !schema.preserves() {
        let detail = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        errors.push(FieldError::required(&at, detail));
    }
}

fn metadata_schema(
    metadata: &JsonSchema,
    resource: bool,
    level: Level,
    at: &str,
    errors: &mut Vec<FieldError>,
) {
    if resource && metadata.kind != "object" {
        let kind = metadata.kind.as_str();
        errors.push(FieldError::invalid(&path::child(at, "type"), kind, "must be object"));
    }
    if level == Level::Root {
        let mut rest = metadata.clone();
        if rest.properties.keys().all(|name| matches!(&**name, "name" | "generateName")) {
            rest.properties.clear();
        }
        rest.kind.clear();
        rest.default = None;
        if rest != JsonSchema::default() {
            let detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
            errors.push(FieldError::forbidden(at, detail));
        }
    }
}

fn extensions(schema: &JsonSchema, at: &str, errors: &mut Vec<FieldError>) {
    let detail = "must be false if x-kubernetes-int-or-string is true";
    let also = [
        ("x-kubernetes-preserve-unknown-fields", schema.preserves()),
        ("x-kubernetes-embedded-resource", schema.embedded),
    ];
    for (name, _) in also.iter().filter(|(_, set)| schema.int_or_string && *set) {
        errors.push(FieldError::invalid(&path::child(at, name), true, detail));
    }
}

/// Whether alternatives are the two types of int-or-string, which may be said twice.
fn is_int_or_string(any_of: &[JsonSchema]) -> bool {
    let of = |kind: &str| JsonSchema { kind: kind.to_owned(), ..JsonSchema::default() };
    any_of == [of("integer"), of("string")]
}

fn nested_limits(
    limits: &Limits,
    skip_any_of: bool,
    skip_first: bool,
    at: &str,
    errors: &mut Vec<FieldError>,
) {
    let place = |name: &str, index: usize| path::index(&path::child(at, name), index);
    for (index, one) in limits.any_of.iter().enumerate().filter(|_| !skip_any_of) {
        nested(one, false, &place("anyOf", index), errors);
    }
    for (index, one) in limits.all_of.iter().enumerate() {
        nested(one, skip_first && index == 0, &place("allOf", index), errors);
    }
    for (index, one) in limits.one_of.iter().enumerate() {
        nested(one, false, &place("oneOf", index), errors);
    }
    if let Some(not) = &limits.not {
        nested(not, false, &path::child(at, "not"), errors);
    }
    if !limits.pattern.text().is_empty()
        && let Err(problem) = limits.pattern.regex()
    {
        let detail = format!("must be a valid regular expression, but isn't: {problem}");
        let field = path::child(at, "pattern");
        errors.push(FieldError::invalid(&field, limits.pattern.text(), &detail));
    }
}

/// What is said inside of an alternative.
fn nested(schema: &JsonSchema, skip_any_of: bool, at: &str, errors: &mut Vec<FieldError>) {
    nested_limits(schema.limits(), skip_any_of, false, at, errors);
    if let Some(item) = schema.item() {
        nested(item, false, &path::child(at, "items"), errors);
    }
    for (name, below) in &schema.properties {
        nested(below, false, &path::key(&path::child(at, "properties"), name), errors);
    }
    let texts = schema.texts.as_deref();
    let said = |text: Option<&String>| text.is_some_and(|text| !text.is_empty());
    let forbidden = [
        ("type", !schema.kind.is_empty(), "empty"),
        (
            "additionalProperties",
            !matches!(schema.additional, None | Some(Additional::Allowed(false))),
            "undefined",
        ),
        ("default", schema.default.is_some(), "undefined"),
        ("title", said(texts.map(|texts| &texts.title)), "empty"),
        ("description", said(texts.map(|texts| &texts.description)), "empty"),
        ("nullable", schema.nullable, "false"),
        ("x-kubernetes-preserve-unknown-fields", schema.preserves(), "false"),
        ("x-kubernetes-embedded-resource", schema.embedded, "false"),
        ("x-kubernetes-int-or-string", schema.int_or_string, "false"),
        ("x-kubernetes-list-map-keys", !schema.list_map_keys.is_empty(), "empty"),
        ("x-kubernetes-list-type", schema.list_type.is_some(), "undefined"),
        ("x-kubernetes-map-type", schema.map_type.is_some(), "undefined"),
        ("x-kubernetes-validations", !schema.rules.is_empty(), "empty"),
    ];
    for (name, _, wanted) in forbidden.iter().filter(|(_, found, _)| *found) {
        let detail = format!("must be {wanted} to be structural");
        errors.push(FieldError::forbidden(&path::child(at, name), &detail));
    }
    if schema.properties.contains_key("metadata") {
        let field = path::key(&path::child(at, "properties"), "metadata");
        errors.push(FieldError::forbidden(&field, "must not be specified in a nested context"));
    }
}

/// That each field inside of alternatives is declared outside, at `outer`.
fn complete_limits(
    limits: &Limits,
    outer: Option<&JsonSchema>,
    outer_at: &str,
    at: &str,
    errors: &mut Vec<FieldError>,
) {
    let Some(schema) = outer else { return };
    if let Some(not) = &limits.not {
        complete(not, Some(schema), outer_at, &path::child(at, "not"), errors);
    }
    let all = [("allOf", &limits.all_of), ("anyOf", &limits.any_of), ("oneOf", &limits.one_of)];
    for (name, schemas) in all {
        for (index, one) in schemas.iter().enumerate() {
            let at = path::index(&path::child(at, name), index);
            complete(one, Some(schema), outer_at, &at, errors);
        }
    }
}

fn complete(
    nested: &JsonSchema,
    outer: Option<&JsonSchema>,
    outer_at: &str,
    at: &str,
    errors: &mut Vec<FieldError>,
) {
    let missing = |at: &str| format!("because it is defined in {at}");
    let Some(schema) = outer else {
        return errors.push(FieldError::required(outer_at, &missing(at)));
    };
    complete_limits(nested.limits(), Some(schema), outer_at, at, errors);
    if let Some(item) = nested.item() {
        let (outer_at, at) = (path::child(outer_at, "items"), path::child(at, "items"));
        complete(item, schema.item(), &outer_at, &at, errors);
    }
    for (name, field) in &nested.properties {
        let outer_at = path::key(&path::child(outer_at, "properties"), name);
        let at = path::key(&path::child(at, "properties"), name);
        complete(field, schema.properties.get(name), &outer_at, &at, errors);
    }
}
