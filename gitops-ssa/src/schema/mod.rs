//! Schemas: how the parts of an object merge.
//!
//! The model is that of structured-merge-diff: named types, each of which may be a scalar, a list
//! and a map at once (a value is one of them). Maps hold fields that are declared and, with an
//! element type, fields that are not. Lists and maps are *atomic*, owned and replaced as a whole,
//! or made of parts with owners of their own.
//!
//! A schema comes from the [text](Schema::read) of structured-merge-diff, from
//! [OpenAPI](Schema::from_openapi) or a [CRD's structural schema](Schema::from_structural), or is
//! [deduced](Schema::deduced) from the values.

mod named;
mod openapi;
mod read;
mod types;

pub use types::{Atom, Field, List, Map, Relationship, ScalarType, TypeRef};

use std::{collections::BTreeMap, sync::Arc};

/// Name of the type of which every part is atomic.
pub(crate) const UNTYPED: &str = "__untyped_atomic_";
/// Name of the type that is deduced from the value.
pub(crate) const DEDUCED: &str = "__untyped_deduced_";

/// Nesting beyond this is refused, in schemas and in values: what JSON readers commonly allow.
pub(crate) const DEPTH: usize = 128;

/// The schema can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a schema: {at}: {problem}")]
pub struct SchemaError {
    /// Where: the path to the part.
    pub at: String,
    /// What is wrong there.
    pub problem: String,
}

/// Named types.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    types: BTreeMap<Arc<str>, Atom>,
}

impl Schema {
    /// The schema of these types. Of two types with one name the last stays.
    pub fn new(types: impl IntoIterator<Item = (Arc<str>, Atom)>) -> Self {
        Schema { types: types.into_iter().collect() }
    }

    /// The schema of objects of which nothing is known: maps are granular, lists are atomic. The
    /// server uses it for custom resources without a schema. Its type is [`TypeRef::deduced`].
    pub fn deduced() -> Self {
        let mut schema = Schema::default();
        schema.add_common();
        schema
    }

    /// The names of its types, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(|name| &**name)
    }

    /// What a reference means here; `None` if it names a type that is not there, or asks for an
    /// atomic or granular scalar. O(log types).
    pub fn resolve(&self, reference: &TypeRef) -> Option<Atom> {
        let mut atom = match &reference.name {
            Some(name) => self.types.get(name)?.clone(),
            None => reference.inline.clone(),
        };
        let Some(relationship) = reference.relationship else { return Some(atom) };
        if let Some(map) = &mut atom.map {
            let map = Arc::make_mut(map);
            map.relationship = relationship;
        } else if let Some(list) = &mut atom.list {
            Arc::make_mut(list).relationship = relationship;
        } else {
            return None;
        }
        Some(atom)
    }

    fn add_common(&mut self) {
        let atom = |element: &str, relationship| Atom {
            scalar: Some(ScalarType::Untyped),
            list: Some(Arc::new(List {
                element: TypeRef::named(UNTYPED),
                relationship: Relationship::Atomic,
                keys: Arc::from([]),
            })),
            map: Some(Arc::new(Map {
                fields: Arc::default(),
                element: Some(TypeRef::named(element)),
                relationship,
            })),
        };
        self.types.insert(UNTYPED.into(), atom(UNTYPED, Relationship::Atomic));
        self.types.insert(DEDUCED.into(), atom(DEDUCED, Relationship::Granular));
    }
}

#[cfg(test)]
mod tests;
