//! The parts of a schema.

use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// What a value may be. With none set no value is valid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Atom {
    /// A scalar of this type.
    pub scalar: Option<ScalarType>,
    /// A list.
    pub list: Option<Arc<List>>,
    /// A map or struct.
    pub map: Option<Arc<Map>>,
}

/// Types of scalars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScalarType {
    /// Integers and floats.
    Numeric,
    /// Strings.
    String,
    /// Booleans.
    Boolean,
    /// Any of them.
    Untyped,
    /// A name that says nothing to us: every value but null is refused.
    Unknown(Box<str>),
}

/// How the parts of a list or map belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relationship {
    /// They are one value with one owner.
    Atomic,
    /// Each has its own owners. Lists are then keyed lists, or sets where they have no keys.
    Granular,
}

/// A map with fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The declared fields by name.
    pub fields: Arc<BTreeMap<Box<str>, Field>>,
    /// The type of fields that aren't declared; `None` if there must be none.
    pub element: Option<TypeRef>,
    /// Whether it is owned as a whole.
    pub relationship: Relationship,
}

/// A declared field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its type.
    pub of: TypeRef,
    /// The value that counts in the key of a list item that lacks the field.
    pub default: Option<Value>,
}

/// A list.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The type of its items.
    pub element: TypeRef,
    /// Whether it is owned as a whole.
    pub relationship: Relationship,
    /// The fields that make up an item's key; none for a set.
    pub keys: Arc<[Box<str>]>,
}

/// A type by name, or written out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TypeRef {
    /// The name in the schema.
    pub name: Option<Arc<str>>,
    /// The type, if it has no name.
    pub inline: Atom,
    /// Overrides the type's own relationship.
    pub relationship: Option<Relationship>,
}

impl TypeRef {
    /// The type with this name.
    pub fn named(name: &str) -> Self {
        TypeRef { name: Some(name.into()), ..TypeRef::default() }
    }

    /// The type that is deduced from values, in every schema from OpenAPI and in
    /// [`Schema::deduced`](super::Schema::deduced).
    pub fn deduced() -> Self {
        TypeRef::named(super::DEDUCED)
    }

    /// A type written out.
    pub fn inline(atom: Atom) -> Self {
        TypeRef { inline: atom, ..TypeRef::default() }
    }
}

impl Map {
    /// The type of a field; `None` if it must not be there.
    pub(crate) fn type_of(&self, name: &str) -> Option<&TypeRef> {
        self.fields.get(name).map(|field| &field.of).or(self.element.as_ref())
    }

    /// Whether all it says is that anything goes.
    pub(crate) fn is_deduced(&self) -> bool {
        let element = self.element.as_ref().is_some_and(|element| match &element.name {
            Some(name) => &**name == super::DEDUCED,
            None => element.inline.scalar == Some(ScalarType::Untyped),
        });
        self.fields.is_empty() && element
    }
}
