//! Which of the shapes that a type allows a value has.

use super::TypedError;
use crate::{
    fields::PathElement,
    schema::{Atom, List, Map, ScalarType, Schema, TypeRef},
};
use serde_json::Value;
use std::sync::Arc;

/// The shape that counts.
pub(super) enum Shape {
    Map(Arc<Map>),
    Scalar(ScalarType),
    List(Arc<List>),
}

/// What a type means for a value: its atom, narrowed to the value's kind where the atom has that.
/// Null, a missing value and one of a kind that isn't allowed leave it as it is.
pub(super) fn atom(
    schema: &Schema,
    of: &TypeRef,
    value: Option<&Value>,
    path: &[PathElement],
) -> Result<Atom, TypedError> {
    let atom = schema.resolve(of).ok_or_else(|| {
        let name = of.name.as_deref().unwrap_or("inlined type");
        TypedError::new(path, format!("schema error: no type found matching: {name}"))
    })?;
    Ok(match value {
        Some(Value::Number(_) | Value::String(_) | Value::Bool(_)) if atom.scalar.is_some() => {
            Atom { scalar: atom.scalar, ..Atom::default() }
        }
        Some(Value::Array(_)) if atom.list.is_some() => Atom { list: atom.list, ..Atom::default() },
        Some(Value::Object(_)) if atom.map.is_some() => Atom { map: atom.map, ..Atom::default() },
        _ => atom,
    })
}

/// The shape of an atom: a map before a scalar before a list.
pub(super) fn shape(atom: &Atom, of: &TypeRef, path: &[PathElement]) -> Result<Shape, TypedError> {
    if let Some(map) = &atom.map {
        return Ok(Shape::Map(Arc::clone(map)));
    }
    if let Some(scalar) = &atom.scalar {
        return Ok(Shape::Scalar(scalar.clone()));
    }
    if let Some(list) = &atom.list {
        return Ok(Shape::List(Arc::clone(list)));
    }
    let name = of.name.as_ref().map_or("inlined".to_owned(), |name| format!("named type: {name}"));
    Err(TypedError::new(path, format!("schema error: invalid atom: {name}")))
}

/// Whether two atoms of one type were narrowed in the same way.
pub(super) fn alike(left: &Atom, right: &Atom) -> bool {
    let kinds = |atom: &Atom| (atom.scalar.is_some(), atom.list.is_some(), atom.map.is_some());
    kinds(left) == kinds(right)
}
