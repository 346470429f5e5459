//! Defaults in schemas: they must be pruned and valid.

use crate::{
    custom::{
        cel,
        object::{Place, coerce, is_meta_field, prune},
        path,
        schema::JsonSchema,
        validate::{Sort, embedded, validate as validate_value},
        wording,
    },
    status::FieldError,
};
use serde_json::Value;

/// Validates the defaults of a resource's schema. O(number of defaults × their size and depth).
pub(super) fn validate(schema: &JsonSchema, at: &str) -> Vec<FieldError> {
    let root = Root { schema, is_embedded: true };
    let mut errors = Vec::new();
    walk(schema, &root, &Place::default(), Inside::Resource, at, &mut errors);
    errors
}

/// The resource that a part of a schema belongs to: the object itself or one embedded.
struct Root<'a> {
    schema: &'a JsonSchema,
    is_embedded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Resource,
    /// Below `apiVersion`, `kind` or `metadata`.
    Meta,
}

fn walk(
    schema: &JsonSchema,
    root: &Root<'_>,
    place: &Place,
    inside: Inside,
    at: &str,
    errors: &mut Vec<FieldError>,
) {
    if let Some(default) = &schema.default {
        let field = path::child(at, "default");
        let is_root = std::ptr::eq(schema, root.schema);
        errors.extend(match inside {
            Inside::Meta => in_metadata(default, schema, root, place, &field),
            Inside::Resource => outside(default, schema, is_root, &field),
        });
    }
    let mut below = |schema: &JsonSchema, place: &Place, inside: Inside, at: &str| {
        if schema.embedded {
            let root = Root { schema, is_embedded: true };
            walk(schema, &root, &Place::default(), Inside::Resource, at, errors);
        } else {
            walk(schema, root, place, inside, at, errors);
        }
    };
    // Defaults are forbidden in schemas of undeclared fields of metadata, and are not looked at
    // in others.
    if let Some(item) = schema.item() {
        below(item, &place.item(), inside, &path::child(at, "items"));
    }
    let is_resource = std::ptr::eq(schema, root.schema) && root.is_embedded;
    for (name, property) in &schema.properties {
        let inside = if is_resource && is_meta_field(name) { Inside::Meta } else { inside };
        let at = path::key(&path::child(at, "properties"), name);
        below(property, &place.field(name), inside, &at);
    }
}

fn in_metadata(
    default: &Value,
    schema: &JsonSchema,
    root: &Root<'_>,
    place: &Place,
    field: &str,
) -> Vec<FieldError> {
    let mut object = place.surround(default.clone());
    if let Some(map) = object.as_object_mut() {
        map.entry("kind").or_insert_with(|| "Validation".into());
        map.entry("apiVersion").or_insert_with(|| "validation/v1".into());
    }
    let refused = |problem: String| {
        let detail = format!("must result in valid metadata: {problem}");
        vec![FieldError::invalid(field, wording::bad(default), &detail)]
    };
    if let Err(error) = coerce(&mut object, root.schema, true, false, "") {
        return refused(error.to_string());
    }
    let errors = embedded("", &object, root.schema, true);
    if !errors.is_empty() {
        let mut texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        texts.dedup();
        return refused(match &*texts {
            [one] => one.clone(),
            _ => format!("[{}]", texts.join(", ")),
        });
    }
    value(default, schema, false, field)
}

fn outside(default: &Value, schema: &JsonSchema, is_root: bool, field: &str) -> Vec<FieldError> {
    let is_resource = is_root || schema.embedded;
    let mut errors = Vec::new();
    let mut pruned = default.clone();
    prune(&mut pruned, Some(schema), is_resource);
    if pruned != *default {
        let detail = "must not have unknown fields";
        errors.push(FieldError::invalid(field, wording::bad(default), detail));
    }
    let mut coerced = default.clone();
    match coerce(&mut coerced, schema, is_resource, false, field) {
        Err(error) => errors.push(error),
        Ok(_) => {
            let wrong = embedded(field, &coerced, schema, is_resource);
            if wrong.is_empty() {
                errors.extend(value(&coerced, schema, is_resource, field));
            } else {
                errors.extend(wrong);
            }
        }
    }
    errors
}

/// The value as such, then the rules about it: as a value that stays, and as one that is new.
fn value(default: &Value, schema: &JsonSchema, is_root: bool, field: &str) -> Vec<FieldError> {
    let errors = validate_value(default, schema, Sort::Default, field, None);
    if !errors.is_empty() {
        return errors;
    }
    let Ok(Some(rules)) = cel::Rules::compile_at(schema, is_root) else { return Vec::new() };
    let ask = |old: Option<&Value>| {
        let asked = cel::Question { path: field, value: default, old, correlated: None };
        rules.validate(schema, &asked).errors
    };
    let errors = ask(Some(default));
    if errors.is_empty() { ask(None) } else { errors }
}
