//! What changes from one value to another.

use super::{
    TypedError, atom,
    atom::{Shape, alike},
    item::item_step,
    merge::list,
    same,
    validate::scalar,
};
use crate::{
    fields::{Fields, Filter, PathElement},
    schema::{Atom, DEPTH, List, Map, Relationship, Schema, TypeRef},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The paths that differ between two values. No path is in two of the sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Gone.
    pub removed: Fields,
    /// In both, with different values.
    pub modified: Fields,
    /// New.
    pub added: Fields,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.removed.is_empty() && self.modified.is_empty() && self.added.is_empty()
    }

    /// The part that counts.
    #[must_use]
    pub fn filtered(&self, filter: Option<&Filter>) -> Self {
        let part = |fields: &Fields| filter.map_or_else(|| fields.clone(), |f| f.apply(fields));
        Comparison {
            removed: part(&self.removed),
            modified: part(&self.modified),
            added: part(&self.added),
        }
    }
}

pub(super) fn compare(
    left: &Value,
    right: &Value,
    schema: &Schema,
    of: &TypeRef,
) -> Result<Comparison, TypedError> {
    let mut walk = Walk { schema, path: Vec::new(), out: Comparison::default() };
    walk.value(Some(left), Some(right), of)?;
    Ok(walk.out)
}

struct Walk<'a> {
    schema: &'a Schema,
    path: Vec<PathElement>,
    out: Comparison,
}

impl Walk<'_> {
    fn value(
        &mut self,
        left: Option<&Value>,
        right: Option<&Value>,
        of: &TypeRef,
    ) -> Result<(), TypedError> {
        if self.path.len() > DEPTH {
            return Err(TypedError::new(&self.path, format!("nested deeper than {DEPTH}")));
        }
        let ours = atom::atom(self.schema, of, left, &self.path)?;
        let theirs = atom::atom(self.schema, of, right, &self.path)?;
        let leaf = if right.is_none() {
            self.shape(left, right, &ours, of)?
        } else {
            if left.is_some() && !alike(&ours, &theirs) {
                // What has another shape now is gone with all its parts.
                self.shape(left, right, &ours, of)?;
            }
            self.shape(left, right, &theirs, of)?
        };
        if !leaf {
            match (left, right) {
                (None, _) => self.out.added.insert(&self.path),
                (_, None) => self.out.removed.insert(&self.path),
                _ => {}
            }
        }
        Ok(())
    }

    /// Compares in one shape; says whether it was a leaf.
    fn shape(
        &mut self,
        left: Option<&Value>,
        right: Option<&Value>,
        atom: &Atom,
        of: &TypeRef,
    ) -> Result<bool, TypedError> {
        match atom::shape(atom, of, &self.path)? {
            Shape::Scalar(of) => {
                let wrong = |side: Option<&Value>| side.is_some_and(|v| scalar(&of, v).is_err());
                if wrong(left) && wrong(right) {
                    let message = "neither side is a scalar of this type";
                    return Err(TypedError::new(&self.path, message));
                }
                self.leaf(left, right);
                Ok(true)
            }
            Shape::List(of) => {
                let (ours, theirs) = (list(left), list(right));
                let empty = ours.is_empty() && theirs.is_empty();
                if empty || of.relationship == Relationship::Atomic {
                    self.leaf(left, right);
                    return Ok(true);
                }
                self.list(&of, ours, theirs)?;
                Ok(false)
            }
            Shape::Map(of) => {
                let empty = serde_json::Map::new();
                let ours = left.and_then(Value::as_object).unwrap_or(&empty);
                let theirs = right.and_then(Value::as_object).unwrap_or(&empty);
                let nothing = ours.is_empty() && theirs.is_empty();
                if nothing || of.relationship == Relationship::Atomic {
                    self.leaf(left, right);
                    return Ok(true);
                }
                self.map(&of, ours, theirs)?;
                Ok(false)
            }
        }
    }

    fn leaf(&mut self, left: Option<&Value>, right: Option<&Value>) {
        let set = match (left, right) {
            (None, _) => &mut self.out.added,
            (_, None) => &mut self.out.removed,
            (Some(left), Some(right)) if !same(left, right) => &mut self.out.modified,
            _ => return,
        };
        set.insert(&self.path);
    }

    fn map(
        &mut self,
        of: &Map,
        left: &serde_json::Map<String, Value>,
        right: &serde_json::Map<String, Value>,
    ) -> Result<(), TypedError> {
        let nothing = TypeRef::default();
        let added = right.keys().filter(|name| !left.contains_key(*name));
        for name in left.keys().chain(added) {
            self.path.push(PathElement::field(name));
            let of = of.type_of(name).unwrap_or(&nothing);
            self.value(left.get(name), right.get(name), of)?;
            self.path.pop();
        }
        Ok(())
    }

    fn list(&mut self, of: &List, left: &[Value], right: &[Value]) -> Result<(), TypedError> {
        let mut steps: BTreeMap<PathElement, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        for (index, item) in left.iter().enumerate() {
            steps.entry(self.step(of, index, item)?).or_default().0.push(item);
        }
        for (index, item) in right.iter().enumerate() {
            steps.entry(self.step(of, index, item)?).or_default().1.push(item);
        }
        for (step, (ours, theirs)) in steps {
            self.path.push(step);
            self.items(of, &ours, &theirs)?;
            self.path.pop();
        }
        Ok(())
    }

    /// Compares the items with one step. Items that are there twice are compared as one value.
    fn items(&mut self, of: &List, left: &[&Value], right: &[&Value]) -> Result<(), TypedError> {
        match (left.len(), right.len()) {
            (0 | 1, 0 | 1) => {
                self.value(left.first().copied(), right.first().copied(), &of.element)?;
            }
            (2.., 2..) => {
                let equal = left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| same(left, right));
                if !equal {
                    self.out.modified.insert(&self.path);
                }
            }
            (2.., _) => {
                if let Some(item) = right.first() {
                    self.value(None, Some(item), &of.element)?;
                }
                self.out.removed.insert(&self.path);
            }
            (_, 2..) => {
                if let Some(item) = left.first() {
                    self.value(Some(item), None, &of.element)?;
                }
                self.out.added.insert(&self.path);
            }
        }
        Ok(())
    }

    fn step(&self, of: &List, index: usize, item: &Value) -> Result<PathElement, TypedError> {
        item_step(self.schema, of, item)
            .map_err(|problem| TypedError::new(&self.path, format!("element {index}: {problem}")))
    }
}
