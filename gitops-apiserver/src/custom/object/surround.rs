//! Objects with one value at some place of them, to try a default where it would stand.

use super::{coerce, prune};
use crate::custom::schema::{Additional, Items, JsonSchema};
use serde_json::{Map, Value};

/// The way from the root to a place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Field(String),
    Item,
}

impl Place {
    pub(crate) fn field(&self, name: &str) -> Place {
        self.and(Step::Field(name.to_owned()))
    }

    pub(crate) fn item(&self) -> Place {
        self.and(Step::Item)
    }

    fn and(&self, step: Step) -> Place {
        Place { steps: self.steps.iter().cloned().chain([step]).collect() }
    }

    /// An object with nothing but `value` at the place.
    pub(crate) fn surround(&self, value: Value) -> Value {
        self.steps.iter().rev().fold(value, |value, step| match step {
            Step::Field(name) => Value::Object(Map::from_iter([(name.clone(), value)])),
            Step::Item => Value::Array(vec![value]),
        })
    }

    /// What is at the place.
    pub(crate) fn of(&self, object: Value) -> Option<Value> {
        self.steps.iter().try_fold(object, |value, step| match (step, value) {
            (Step::Field(name), Value::Object(mut map)) => map.remove(name),
            (Step::Item, Value::Array(items)) => items.into_iter().next(),
            _ => None,
        })
    }
}

/// Prunes the defaults of a schema, including what Go's type of metadata doesn't know. O(size).
///
/// # Errors
/// The default of the root is no object.
pub(crate) fn prune_defaults(schema: &mut JsonSchema) -> Result<(), String> {
    let mut pruned = Vec::new();
    collect(schema, schema, &Place::default(), &mut pruned)?;
    let mut pruned = pruned.into_iter();
    replace(schema, &mut pruned);
    Ok(())
}

/// The pruned defaults, in the order that [`replace`] goes.
fn collect(
    root: &JsonSchema,
    schema: &JsonSchema,
    place: &Place,
    pruned: &mut Vec<Option<Value>>,
) -> Result<(), String> {
    if let Some(default) = &schema.default {
        let mut object = place.surround(default.clone());
        if !object.is_object() {
            return Err("object root default value must be of object type".to_owned());
        }
        // What is malformed is dropped, so that this doesn't fail.
        coerce(&mut object, root, true, true, "").map_err(|error| error.to_string())?;
        prune(&mut object, Some(root), true);
        pruned.push(place.of(object).filter(|value| !value.is_null()));
    }
    if let Some(additional) = schema.additional() {
        collect(root, additional, &place.field("*"), pruned)?;
    }
    if let Some(item) = schema.item() {
        collect(root, item, &place.item(), pruned)?;
    }
    for (name, field) in &schema.properties {
        collect(root, field, &place.field(name), pruned)?;
    }
    Ok(())
}

fn replace(schema: &mut JsonSchema, pruned: &mut dyn Iterator<Item = Option<Value>>) {
    if schema.default.is_some() {
        schema.default = pruned.next().flatten();
    }
    if let Some(Additional::Schema(additional)) = &mut schema.additional {
        replace(additional, pruned);
    }
    if let Some(Items::One(item)) = &mut schema.items {
        replace(item, pruned);
    }
    for field in schema.properties.values_mut() {
        replace(field, pruned);
    }
}
