//! Dropping what a schema doesn't know.

use super::is_meta_field;
use crate::custom::{path, schema::JsonSchema};
use serde_json::Value;

/// Drops the fields that `schema` doesn't declare and returns their paths, sorted. At a resource's
/// root and at embedded resources `apiVersion`, `kind` and `metadata` stay. O(size).
pub(crate) fn prune(value: &mut Value, schema: Option<&JsonSchema>, is_root: bool) -> Vec<String> {
    let mut dropped = Vec::new();
    Pruning { dropped: &mut dropped }.prune(value, schema, is_root, "");
    dropped.sort();
    dropped
}

struct Pruning<'a> {
    dropped: &'a mut Vec<String>,
}

impl Pruning<'_> {
    fn prune(&mut self, value: &mut Value, schema: Option<&JsonSchema>, root: bool, at: &str) {
        if let Some(schema) = schema
            && schema.preserves()
        {
            return self.keep_unknown(value, schema, root, at);
        }
        let embedded = root || schema.is_some_and(|schema| schema.embedded);
        match value {
            Value::Object(map) => map.retain(|name, value| {
                if embedded && is_meta_field(name) {
                    return true;
                }
                let known = schema.filter(|schema| {
                    schema.properties.contains_key(name) || schema.additional.is_some()
                });
                match known {
                    Some(schema) => {
                        self.prune(value, schema.field(name), false, &path::child(at, name));
                        true
                    }
                    None => {
                        if !(at.is_empty() && schema.is_some() && is_meta_field(name)) {
                            self.dropped.push(path::child(at, name));
                        }
                        false
                    }
                }
            }),
            Value::Array(items) => {
                let schema = schema.and_then(JsonSchema::item);
                for (index, item) in items.iter_mut().enumerate() {
                    self.prune(item, schema, false, &path::index(at, index));
                }
            }
            _ => {}
        }
    }

    /// Below `x-kubernetes-preserve-unknown-fields` declared fields are pruned all the same.
    fn keep_unknown(&mut self, value: &mut Value, schema: &JsonSchema, root: bool, at: &str) {
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    if (root || schema.embedded) && is_meta_field(name) {
                        continue;
                    }
                    if schema.properties.contains_key(name) || schema.additional.is_some() {
                        self.prune(value, schema.field(name), false, &path::child(at, name));
                    }
                }
            }
            Value::Array(items) => {
                let Some(schema) = schema.item() else { return };
                for (index, item) in items.iter_mut().enumerate() {
                    self.keep_unknown(item, schema, false, &path::index(at, index));
                }
            }
            _ => {}
        }
    }
}
