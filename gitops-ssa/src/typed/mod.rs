//! Values with a type: the operations that server-side apply is made of.

mod atom;
mod compare;
mod field_set;
mod item;
mod merge;
mod reconcile;
mod remove;
mod same;
mod validate;
mod wording;

pub use compare::Comparison;
pub use same::same;
pub use validate::Duplicates;

use crate::{
    fields::{Fields, PathElement, dotted},
    schema::{Schema, TypeRef},
};
use serde_json::Value;
use std::{fmt, sync::Arc};

/// A value that is valid for its type.
///
/// Cloning copies the value and shares the schema.
#[derive(Debug, Clone)]
pub struct Typed {
    value: Value,
    schema: Arc<Schema>,
    of: TypeRef,
}

/// Why a value does not fit its type, or two values each other. In the API server's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedError {
    /// At least one problem.
    pub problems: Vec<Problem>,
}

/// One problem with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The path, as [`dotted`] writes it; empty for the whole value.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl TypedError {
    pub(crate) fn new(path: &[PathElement], message: impl Into<String>) -> Self {
        TypedError { problems: vec![Problem { path: dotted(path), message: message.into() }] }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl fmt::Display for TypedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [problem] = &*self.problems {
            return problem.fmt(f);
        }
        f.write_str("errors:")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for TypedError {}

impl Typed {
    /// The value as one of its type. O(size).
    ///
    /// # Errors
    /// The value does not fit the type, has a field that isn't declared, a list item without a
    /// key, twice the same item where that is refused, or is nested deeper than 128.
    pub fn new(
        value: Value,
        schema: &Arc<Schema>,
        of: &TypeRef,
        duplicates: Duplicates,
    ) -> Result<Self, TypedError> {
        validate::validate(&value, schema, of, duplicates)?;
        Ok(Typed { value, schema: Arc::clone(schema), of: of.clone() })
    }

    /// The value as one of the type that is deduced from it.
    ///
    /// # Errors
    /// It is nested deeper than 128.
    pub fn deduced(value: Value) -> Result<Self, TypedError> {
        Typed::new(value, &Arc::new(Schema::deduced()), &TypeRef::deduced(), Duplicates::Allow)
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The value without its type.
    pub fn into_value(self) -> Value {
        self.value
    }

    /// The schema.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The type in the schema.
    pub fn of(&self) -> &TypeRef {
        &self.of
    }

    /// The same type with another value that came out of this one.
    fn with(&self, value: Value) -> Self {
        Typed { value, schema: Arc::clone(&self.schema), of: self.of.clone() }
    }

    /// The paths that someone who sends this value owns: its leaves, and the items of its lists and
    /// keys of its maps themselves. O(size).
    ///
    /// # Errors
    /// The schema misses a type.
    pub fn to_fields(&self) -> Result<Fields, TypedError> {
        field_set::field_set(&self.value, &self.schema, &self.of)
    }

    /// This value with all of the other in it. Nothing is ever removed; leaves are the other's;
    /// list items come in this value's order where the other changes nothing, in the other's where
    /// it does. O(size of both).
    ///
    /// # Errors
    /// The types differ, or the other value has an item twice.
    pub fn merge(&self, other: &Typed) -> Result<Self, TypedError> {
        self.same_type(other)?;
        Ok(self.with(merge::merge(&self.value, &other.value, &self.schema, &self.of)?))
    }

    /// What changes from this value to the other. O(size of both).
    ///
    /// # Errors
    /// The types differ.
    pub fn compare(&self, other: &Typed) -> Result<Comparison, TypedError> {
        self.same_type(other)?;
        compare::compare(&self.value, &other.value, &self.schema, &self.of)
    }

    /// Without these fields and items. A map or list that loses all becomes null. O(size).
    #[must_use]
    pub fn remove(&self, fields: &Fields) -> Self {
        self.with(remove::remove(&self.value, fields, &self.schema, &self.of))
    }

    /// With these fields and items only, as an applier's own configuration is got back from the
    /// live object and the [leaves](Fields::leaf_set) of its set. Items of keyed lists lack their
    /// keys unless the set has them. O(size).
    #[must_use]
    pub fn extract(&self, fields: &Fields) -> Self {
        self.with(remove::extract(&self.value, fields, &self.schema, &self.of))
    }

    /// As [`extract`](Self::extract), with the key fields of every item that is extracted.
    #[must_use]
    pub fn extract_with_keys(&self, fields: &Fields) -> Self {
        let present = self.to_fields().unwrap_or_default();
        let mut wanted = fields.clone();
        for path in fields.paths().iter().filter(|path| present.contains(path)) {
            for (depth, step) in path.iter().enumerate() {
                let PathElement::Key(key) = step else { continue };
                for name in key.names() {
                    let item = path.iter().take(depth + 1).cloned();
                    let field: Vec<_> = item.chain([PathElement::field(name)]).collect();
                    wanted.insert(&field);
                }
            }
        }
        self.extract(&wanted)
    }

    /// A set of paths of an earlier schema in terms of this one: where a list or map has become
    /// atomic, who owned parts of it owns it as a whole. `None` if nothing changes. What has
    /// become granular stays: whole lists and maps can be owned in granular ones too. O(size).
    ///
    /// # Errors
    /// The schema misses a type.
    pub fn reconcile(&self, fields: &Fields) -> Result<Option<Fields>, TypedError> {
        reconcile::reconcile(fields, &self.schema, &self.of)
    }

    fn same_type(&self, other: &Typed) -> Result<(), TypedError> {
        let schema = Arc::ptr_eq(&self.schema, &other.schema) || self.schema == other.schema;
        if schema && self.of == other.of {
            return Ok(());
        }
        Err(TypedError::new(&[], "expected objects with types from the same schema"))
    }
}
