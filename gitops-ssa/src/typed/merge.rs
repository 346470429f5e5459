//! Merging one value into another.

use super::{TypedError, atom, atom::Shape, item::item_step, validate::scalar};
use crate::{
    fields::PathElement,
    schema::{DEPTH, List, Map, Relationship, Schema, TypeRef},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(super) fn merge(
    left: &Value,
    right: &Value,
    schema: &Schema,
    of: &TypeRef,
) -> Result<Value, TypedError> {
    let mut walk = Walk { schema, path: Vec::new() };
    Ok(walk.value(Some(left), Some(right), of)?.unwrap_or(Value::Null))
}

struct Walk<'a> {
    schema: &'a Schema,
    path: Vec<PathElement>,
}

/// The items of a list by their steps.
struct Items<'a> {
    steps: Vec<PathElement>,
    /// Null stands for items that are there twice: they aren't merged with anything.
    by_step: BTreeMap<PathElement, &'a Value>,
}

impl Walk<'_> {
    fn value(
        &mut self,
        left: Option<&Value>,
        right: Option<&Value>,
        of: &TypeRef,
    ) -> Result<Option<Value>, TypedError> {
        if self.path.len() > DEPTH {
            return Err(TypedError::new(&self.path, format!("nested deeper than {DEPTH}")));
        }
        // Where the sides have different shapes the right one wins.
        let atom = atom::atom(self.schema, of, right.or(left), &self.path)?;
        let leaf = || right.or(left).cloned();
        match atom::shape(&atom, of, &self.path)? {
            Shape::Scalar(of) => {
                let wrong = |side: Option<&Value>, name| {
                    side.map_or(Ok(()), |value| scalar(&of, value)).map_err(|message| {
                        TypedError::new(&self.path, format!("{name}: {message}"))
                    })
                };
                if let (Err(mut left), Err(right)) = (wrong(left, "lhs"), wrong(right, "rhs")) {
                    left.problems.extend(right.problems);
                    return Err(left);
                }
                Ok(leaf())
            }
            Shape::List(of) => {
                let left_items = list(left);
                let right_items = list(right);
                let empty = left_items.is_empty() && right_items.is_empty();
                if empty || of.relationship == Relationship::Atomic {
                    return Ok(leaf());
                }
                self.list(&of, left_items, right_items)
            }
            Shape::Map(of) => {
                let empty = serde_json::Map::new();
                let left_map = left.and_then(Value::as_object).unwrap_or(&empty);
                let right_map = right.and_then(Value::as_object).unwrap_or(&empty);
                let nothing = left_map.is_empty() && right_map.is_empty();
                if nothing || of.relationship == Relationship::Atomic {
                    return Ok(leaf());
                }
                self.map(&of, left_map, right_map)
            }
        }
    }

    fn map(
        &mut self,
        of: &Map,
        left: &serde_json::Map<String, Value>,
        right: &serde_json::Map<String, Value>,
    ) -> Result<Option<Value>, TypedError> {
        let nothing = TypeRef::default();
        let mut out = serde_json::Map::new();
        let added = right.keys().filter(|name| !left.contains_key(*name));
        for name in left.keys().chain(added) {
            self.path.push(PathElement::field(name));
            let of = of.type_of(name).unwrap_or(&nothing);
            let value = self.value(left.get(name), right.get(name), of)?;
            self.path.pop();
            out.extend(value.map(|value| (name.clone(), value)));
        }
        Ok((!out.is_empty()).then_some(Value::Object(out)))
    }

    /// Walks both lists at once. Items that only one side has come in its order; items of both
    /// come in the right side's order, and hold back what follows them on the left.
    fn list(
        &mut self,
        of: &List,
        left: &[Value],
        right: &[Value],
    ) -> Result<Option<Value>, TypedError> {
        let theirs = self.index(of, right, false)?;
        let ours = self.index(of, left, true)?;
        let mut shared: VecDeque<&PathElement> =
            theirs.steps.iter().filter(|step| ours.by_step.contains_key(step)).collect();
        let mut next = shared.pop_front();
        let mut merged = BTreeSet::new();
        let mut out = Vec::with_capacity(left.len().max(right.len()));
        let (mut l, mut r) = (0, 0);
        loop {
            let (mine, yours) = (ours.steps.get(l), theirs.steps.get(r));
            if mine.is_none() && yours.is_none() {
                break;
            }
            let is_shared = |step: &PathElement| theirs.by_step.contains_key(step);
            if let (Some(mine), Some(yours)) = (mine, yours) {
                if mine == yours {
                    merged.insert(yours);
                    out.extend(self.item(of, mine, &ours, &theirs)?);
                    (l, r) = (l + 1, r + 1);
                    next = shared.pop_front();
                    continue;
                }
                if is_shared(mine) && next.is_some_and(|next| next != mine) {
                    // Its turn is later.
                    l += 1;
                    continue;
                }
            }
            if let Some(mine) = mine {
                if !is_shared(mine) {
                    // By place, since there may be several with this step.
                    self.path.push(mine.clone());
                    out.extend(self.value(left.get(l), None, &of.element)?);
                    self.path.pop();
                    l += 1;
                    continue;
                }
                if merged.contains(mine) {
                    l += 1;
                }
            }
            if let Some(yours) = yours {
                merged.insert(yours);
                out.extend(self.item(of, yours, &ours, &theirs)?);
                r += 1;
                if next == Some(yours) {
                    next = shared.pop_front();
                }
            }
        }
        Ok((!out.is_empty()).then_some(Value::Array(out)))
    }

    fn item(
        &mut self,
        of: &List,
        step: &PathElement,
        ours: &Items<'_>,
        theirs: &Items<'_>,
    ) -> Result<Option<Value>, TypedError> {
        self.path.push(step.clone());
        let sides = (ours.by_step.get(step).copied(), theirs.by_step.get(step).copied());
        let value = self.value(sides.0, sides.1, &of.element)?;
        self.path.pop();
        Ok(value)
    }

    fn index<'v>(
        &self,
        of: &List,
        items: &'v [Value],
        duplicates: bool,
    ) -> Result<Items<'v>, TypedError> {
        let mut out = Items { steps: Vec::with_capacity(items.len()), by_step: BTreeMap::new() };
        for (index, item) in items.iter().enumerate() {
            let step = item_step(self.schema, of, item).map_err(|problem| {
                TypedError::new(&self.path, format!("element {index}: {problem}"))
            })?;
            let known = out.by_step.contains_key(&step);
            if known && !duplicates {
                let message = format!("duplicate entries for key {step}");
                return Err(TypedError::new(&self.path, message));
            }
            out.by_step.insert(step.clone(), if known { &Value::Null } else { item });
            out.steps.push(step);
        }
        Ok(out)
    }
}

/// The items of a list; none of null and of what is no list.
pub(super) fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
