//! Nulls and defaults.

use crate::custom::schema::{Additional, JsonSchema};
use serde_json::Value;

/// Drops the fields that are null, may not be, and have no default to take its place. O(size).
pub(crate) fn drop_nulls(value: &mut Value, schema: Option<&JsonSchema>) {
    match value {
        Value::Object(map) => map.retain(|name, value| {
            let field = schema.and_then(|schema| schema.field(name));
            let unwanted = field.is_some_and(|field| !field.nullable && field.default.is_none());
            if unwanted && value.is_null() {
                return false;
            }
            drop_nulls(value, field);
            true
        }),
        Value::Array(items) => {
            let schema = schema.and_then(JsonSchema::item);
            for item in items {
                drop_nulls(item, schema);
            }
        }
        _ => {}
    }
}

/// Sets declared fields that are missing, and nulls that may not be, to their defaults, from the
/// outside in. O(size).
pub(crate) fn default(value: &mut Value, schema: &JsonSchema) {
    match value {
        Value::Object(map) => {
            for (name, field) in &schema.properties {
                let Some(default) = &field.default else { continue };
                if map.get(name).is_none_or(|value| value.is_null() && !field.nullable) {
                    map.insert(name.clone(), default.clone());
                }
            }
            for (name, value) in map {
                if let Some(field) = schema.properties.get(name) {
                    default(value, field);
                } else if let Some(Additional::Schema(field)) = &schema.additional {
                    replace_null(value, field);
                    default(value, field);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.item() else { return };
            for item in items {
                replace_null(item, schema);
                default(item, schema);
            }
        }
        _ => {}
    }
}

fn replace_null(value: &mut Value, schema: &JsonSchema) {
    if value.is_null() && !schema.nullable {
        *value = schema.default.clone().unwrap_or_default();
    }
}
