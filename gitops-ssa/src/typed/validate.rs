//! Whether a value fits its type.

use super::{
    TypedError, atom,
    atom::Shape,
    item::item_step,
    wording::{detailed, plain, type_name},
};
use crate::{
    fields::PathElement,
    schema::{DEPTH, List, Map, Relationship, ScalarType, Schema, TypeRef},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Whether a keyed list or set may have the same item twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// As in live objects, into which plain updates may have written them.
    Allow,
    /// As in what is applied.
    Refuse,
}

pub(super) fn validate(
    value: &Value,
    schema: &Schema,
    of: &TypeRef,
    duplicates: Duplicates,
) -> Result<(), TypedError> {
    let mut walk = Walk { schema, duplicates, path: Vec::new(), problems: Vec::new() };
    walk.value(value, of);
    if walk.problems.is_empty() {
        return Ok(());
    }
    Err(TypedError { problems: walk.problems })
}

struct Walk<'a> {
    schema: &'a Schema,
    duplicates: Duplicates,
    path: Vec<PathElement>,
    problems: Vec<super::Problem>,
}

impl Walk<'_> {
    fn fail(&mut self, message: impl Into<String>) {
        self.problems.extend(TypedError::new(&self.path, message).problems);
    }

    fn value(&mut self, value: &Value, of: &TypeRef) {
        if self.path.len() >= DEPTH {
            return self.fail(format!("nested deeper than {DEPTH}"));
        }
        let shape = atom::atom(self.schema, of, Some(value), &self.path)
            .and_then(|atom| atom::shape(&atom, of, &self.path));
        match (shape, value) {
            (Err(error), _) => self.problems.extend(error.problems),
            // Null is valid for everything.
            (Ok(_), Value::Null) => {}
            (Ok(Shape::Map(of)), Value::Object(map)) => self.map(&of, map),
            (Ok(Shape::List(of)), Value::Array(items)) => self.list(&of, items),
            (Ok(Shape::Scalar(of)), value) => {
                if let Err(message) = scalar(&of, value) {
                    self.fail(message);
                }
            }
            (Ok(Shape::Map(_)), value) => {
                self.fail(format!("expected map, got {}", plain(value)));
            }
            (Ok(Shape::List(_)), value) => {
                self.fail(format!("expected list, got {}", plain(value)));
            }
        }
    }

    fn map(&mut self, of: &Map, map: &serde_json::Map<String, Value>) {
        for (name, value) in map {
            self.path.push(PathElement::field(name));
            match of.type_of(name) {
                Some(of) => self.value(value, of),
                None => {
                    self.fail("field not declared in schema");
                    self.path.pop();
                    // As the server does: the rest of the map isn't looked at.
                    return;
                }
            }
            self.path.pop();
        }
    }

    fn list(&mut self, of: &List, items: &[Value]) {
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let step = if of.relationship == Relationship::Atomic {
                PathElement::Index(i64::try_from(index).unwrap_or(i64::MAX))
            } else {
                match item_step(self.schema, of, item) {
                    Ok(step) => step,
                    // Without its step nothing can be said about the item.
                    Err(problem) => return self.fail(format!("element {index}: {problem}")),
                }
            };
            if !seen.insert(step.clone()) && self.duplicates == Duplicates::Refuse {
                self.fail(format!("duplicate entries for key {step}"));
            }
            self.path.push(step);
            self.value(item, &of.element);
            self.path.pop();
        }
    }
}

/// Whether a value is a scalar of this type; null always is.
pub(super) fn scalar(of: &ScalarType, value: &Value) -> Result<(), String> {
    let plain = || plain(value);
    match (of, value) {
        (_, Value::Null)
        | (ScalarType::Numeric, Value::Number(_))
        | (ScalarType::String, Value::String(_))
        | (ScalarType::Boolean, Value::Bool(_))
        | (ScalarType::Untyped, Value::Number(_) | Value::String(_) | Value::Bool(_)) => Ok(()),
        (ScalarType::Numeric, _) => {
            Err(format!("expected numeric (int or float), got {}", type_name(value)))
        }
        (ScalarType::String, _) => Err(format!("expected string, got {}", detailed(value))),
        (ScalarType::Boolean, _) => Err(format!("expected boolean, got {}", plain())),
        (ScalarType::Untyped, _) => Err(format!("expected any scalar, got {}", plain())),
        (ScalarType::Unknown(name), _) => Err(format!("unexpected scalar type in schema: {name}")),
    }
}
