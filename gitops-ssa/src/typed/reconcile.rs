//! Field sets after a change of the schema.

use super::{TypedError, atom, atom::Shape};
use crate::{
    fields::{Fields, Node, PathElement},
    schema::{Relationship, Schema, TypeRef},
};

pub(super) fn reconcile(
    fields: &Fields,
    schema: &Schema,
    of: &TypeRef,
) -> Result<Option<Fields>, TypedError> {
    let mut walk = Walk { schema, path: Vec::new(), whole: Fields::default() };
    walk.set(fields, false, of)?;
    if walk.whole.is_empty() {
        return Ok(None);
    }
    Ok(Some(fields.recursive_difference(&walk.whole).union(&walk.whole)))
}

struct Walk<'a> {
    schema: &'a Schema,
    path: Vec<PathElement>,
    /// What is owned as a whole now.
    whole: Fields,
}

impl Walk<'_> {
    fn set(&mut self, fields: &Fields, leaf: bool, of: &TypeRef) -> Result<(), TypedError> {
        let atom = atom::atom(self.schema, of, None, &self.path)?;
        match atom::shape(&atom, of, &self.path)? {
            Shape::Scalar(_) => {}
            Shape::List(of) if of.relationship == Relationship::Atomic => {
                if !leaf {
                    self.whole.insert(&self.path);
                }
            }
            Shape::List(of) => {
                for (step, node) in fields.iter() {
                    self.below(step, node, &of.element)?;
                }
            }
            // Who knows nothing of its parts can't know that they have become one.
            Shape::Map(of) if of.is_deduced() => {}
            Shape::Map(of) if of.relationship == Relationship::Atomic => {
                if !leaf && !fields.is_empty() {
                    self.whole.insert(&self.path);
                }
            }
            Shape::Map(of) => {
                for (step, node) in fields.iter() {
                    let below = match step {
                        PathElement::Field(name) => of.type_of(name),
                        _ => of.element.as_ref(),
                    };
                    if let Some(below) = below {
                        self.below(step, node, below)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn below(&mut self, step: &PathElement, node: &Node, of: &TypeRef) -> Result<(), TypedError> {
        self.path.push(step.clone());
        let result = self.set(&node.children, node.member && node.is_leaf(), of);
        self.path.pop();
        result
    }
}
