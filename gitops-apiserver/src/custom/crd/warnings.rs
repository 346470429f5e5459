//! What writing a definition warns of.

use crate::{
    custom::{
        schema::{Items, JsonSchema},
        validate::is_known_format,
    },
    status::quote,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Warnings on creating a definition: formats that nobody knows, sets of compound items.
pub fn warnings_on_create(definition: &Value) -> Vec<String> {
    let (formats, sets) = read(definition);
    let formats = formats.iter().map(|format| unrecognized(format));
    formats.chain(sets).collect()
}

/// Warnings on updating `old` to `definition`: only for what is new.
pub fn warnings_on_update(definition: &Value, old: &Value) -> Vec<String> {
    let (formats, sets) = read(definition);
    let (old_formats, old_sets) = read(old);
    let new = formats.iter().filter(|format| !old_formats.contains(format));
    let sets = sets.into_iter().filter(|text| !old_sets.contains(text));
    new.map(|format| unrecognized(format)).chain(sets).collect()
}

fn unrecognized(format: &str) -> String {
    format!("unrecognized format {}", quote(format))
}

fn read(definition: &Value) -> (Vec<String>, BTreeSet<String>) {
    let (mut formats, mut sets) = (Vec::new(), BTreeSet::new());
    for schema in super::validation::distinct_schemas(definition) {
        schema.any(&mut |node: &JsonSchema| {
            let format = &node.limits().format;
            let known = match &*node.kind {
                "" | "string" => is_known_format(format),
                "integer" => matches!(&**format, "int32" | "int64"),
                "number" => matches!(&**format, "float" | "double"),
                _ => false,
            };
            if !format.is_empty() && !known {
                formats.push(format.clone());
            }
            if node.list_type.as_deref() == Some("set")
                && let Some(Items::One(item)) = &node.items
                && matches!(&*item.kind, "object" | "array")
            {
                let kind = quote(&item.kind);
                sets.insert(format!("x-kubernetes-list-type: set for items of type {kind} is not supported by server-side apply or CEL validation rules"));
            }
            false
        });
    }
    (formats, sets)
}
