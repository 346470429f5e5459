//! The field set of a value.

use super::{TypedError, atom, atom::Shape, item::item_step};
use crate::{
    fields::{Fields, PathElement},
    schema::{List, Map, Relationship, Schema, TypeRef},
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn field_set(
    value: &Value,
    schema: &Schema,
    of: &TypeRef,
) -> Result<Fields, TypedError> {
    let mut walk = Walk { schema, path: Vec::new(), out: Fields::default() };
    walk.value(value, of)?;
    Ok(walk.out)
}

struct Walk<'a> {
    schema: &'a Schema,
    path: Vec<PathElement>,
    out: Fields,
}

impl Walk<'_> {
    fn insert(&mut self) {
        self.out.insert(&self.path);
    }

    fn value(&mut self, value: &Value, of: &TypeRef) -> Result<(), TypedError> {
        let atom = atom::atom(self.schema, of, Some(value), &self.path)?;
        match (atom::shape(&atom, of, &self.path)?, value) {
            (Shape::Scalar(_), _) => self.insert(),
            (Shape::List(of), _) if of.relationship == Relationship::Atomic => self.insert(),
            (Shape::Map(of), _) if of.relationship == Relationship::Atomic => self.insert(),
            (Shape::List(of), Value::Array(items)) => self.list(&of, items)?,
            (Shape::Map(of), Value::Object(map)) => self.map(&of, map)?,
            (Shape::List(_) | Shape::Map(_), _) => {}
        }
        Ok(())
    }

    fn list(&mut self, of: &List, items: &[Value]) -> Result<(), TypedError> {
        let steps: Vec<_> =
            items.iter().map(|item| item_step(self.schema, of, item).ok()).collect();
        let mut times: BTreeMap<&PathElement, usize> = BTreeMap::new();
        for step in steps.iter().flatten() {
            *times.entry(step).or_default() += 1;
        }
        for (step, item) in steps.iter().zip(items) {
            let Some(step) = step else { continue };
            self.path.push(step.clone());
            // Of items that are there twice no part can be told from that of the other.
            if times.get(step) == Some(&1) {
                self.value(item, &of.element)?;
            }
            self.insert();
            self.path.pop();
        }
        Ok(())
    }

    fn map(&mut self, of: &Map, map: &serde_json::Map<String, Value>) -> Result<(), TypedError> {
        let nothing = TypeRef::default();
        for (name, value) in map {
            self.path.push(PathElement::field(name));
            self.value(value, of.type_of(name).unwrap_or(&nothing))?;
            let empty = value.is_null() || value.as_object().is_some_and(|map| map.is_empty());
            // Fields of structs exist with what is in them; keys of maps by themselves.
            if empty || !of.fields.contains_key(&**name) {
                self.insert();
            }
            self.path.pop();
        }
        Ok(())
    }
}
