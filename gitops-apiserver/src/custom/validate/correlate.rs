//! Telling which part of an object was which part of the old one.

use crate::custom::schema::JsonSchema;
use serde_json::Value;

/// A value and what it was before, at the same place of the schema (KEP-4008).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Correlated<'a> {
    old: &'a Value,
    new: &'a Value,
    schema: &'a JsonSchema,
}

impl<'a> Correlated<'a> {
    pub(crate) fn new(new: &'a Value, old: &'a Value, schema: &'a JsonSchema) -> Self {
        Correlated { old, new, schema }
    }

    /// The field, if both sides have it and the schema knows it.
    pub(crate) fn field(&self, name: &str) -> Option<Correlated<'a>> {
        let (old, new) = (self.old.as_object()?.get(name)?, self.new.as_object()?.get(name)?);
        Some(Correlated { old, new, schema: self.schema.field(name)? })
    }

    /// The item, if the list has keys and the old one an item with the same.
    pub(crate) fn item(&self, index: usize) -> Option<Correlated<'a>> {
        let new = self.new.as_array()?.get(index)?;
        let old = same_key(self.schema, self.old.as_array()?, new)?;
        Some(Correlated { old, new, schema: self.schema.item()? })
    }

    /// Whether nothing changed, as far as the schema knows the parts. O(size).
    pub(crate) fn is_unchanged(&self) -> bool {
        match (self.new, self.old) {
            (Value::Null, Value::Null) => true,
            (Value::Array(new), Value::Array(old)) => {
                let keyed = is_keyed(self.schema);
                let same = |index| self.item(index).is_some_and(|item| item.is_unchanged());
                new.len() == old.len() && if keyed { (0..new.len()).all(same) } else { new == old }
            }
            (Value::Object(new), Value::Object(old)) => {
                let same =
                    |name: &String| self.field(name).is_some_and(|field| field.is_unchanged());
                new.len() == old.len() && new.keys().all(same)
            }
            (new, old) => new == old,
        }
    }
}

fn is_keyed(schema: &JsonSchema) -> bool {
    schema.list_type.as_deref() == Some("map")
}

/// The first of `items` that has the keys of `item`, all of them scalars.
pub(crate) fn same_key<'a>(
    schema: &JsonSchema,
    items: &'a [Value],
    item: &Value,
) -> Option<&'a Value> {
    if schema.kind != "array" || !is_keyed(schema) || schema.list_map_keys.is_empty() {
        return None;
    }
    let key = scalars(schema, item)?;
    items.iter().find(|item| scalars(schema, item).as_ref() == Some(&key))
}

fn scalars<'a>(schema: &JsonSchema, item: &'a Value) -> Option<Vec<&'a Value>> {
    let item = item.as_object()?;
    let keys = schema.list_map_keys.iter();
    keys.map(|key| {
        item.get(key)
            .filter(|value| matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_)))
    })
    .collect()
}
