//! Taking fields and items out of a value.

use super::{atom, atom::Shape, item::item_step};
use crate::{
    fields::{Fields, PathElement},
    schema::{List, Map, Relationship, Schema, TypeRef},
};
use serde_json::Value;

pub(super) fn remove(value: &Value, fields: &Fields, schema: &Schema, of: &TypeRef) -> Value {
    Walk { schema, extract: false }.value(value, fields, of)
}

pub(super) fn extract(value: &Value, fields: &Fields, schema: &Schema, of: &TypeRef) -> Value {
    Walk { schema, extract: true }.value(value, fields, of)
}

struct Walk<'a> {
    schema: &'a Schema,
    /// Keep what is in the set, rather than what is not.
    extract: bool,
}

impl Walk<'_> {
    fn value(&self, value: &Value, fields: &Fields, of: &TypeRef) -> Value {
        let shape = atom::atom(self.schema, of, Some(value), &[])
            .and_then(|atom| atom::shape(&atom, of, &[]));
        // What is owned as a whole, or empty, goes as a whole once something of it is to go.
        let whole = || if self.extract { value.clone() } else { Value::Null };
        match (shape, value) {
            (Ok(Shape::Scalar(_)), value) => value.clone(),
            (Ok(Shape::List(of)), Value::Array(items)) => {
                if items.is_empty() || of.relationship == Relationship::Atomic {
                    return whole();
                }
                self.list(items, fields, &of)
            }
            (Ok(Shape::Map(of)), Value::Object(map)) => {
                if map.is_empty() || of.relationship == Relationship::Atomic {
                    return whole();
                }
                self.map(map, fields, &of)
            }
            _ => Value::Null,
        }
    }

    fn list(&self, items: &[Value], fields: &Fields, of: &List) -> Value {
        let kept: Vec<_> = items
            .iter()
            .filter_map(|item| {
                let step = item_step(self.schema, of, item).ok();
                let node = step.and_then(|step| fields.get(&step));
                let exact = node.is_some_and(|node| node.member);
                let below = node.map(|node| &node.children).filter(|below| !below.is_empty());
                let keep = if self.extract { exact || below.is_some() } else { !exact };
                keep.then(|| match below {
                    Some(below) => self.value(item, below, &of.element),
                    None => item.clone(),
                })
            })
            .collect();
        if kept.is_empty() { Value::Null } else { Value::Array(kept) }
    }

    fn map(&self, map: &serde_json::Map<String, Value>, fields: &Fields, of: &Map) -> Value {
        let nothing = TypeRef::default();
        let mut kept = serde_json::Map::new();
        for (name, value) in map {
            let node = fields.get(&PathElement::field(name));
            let of = of.type_of(name).unwrap_or(&nothing);
            let below = node.map(|node| &node.children).filter(|below| !below.is_empty());
            let value = match (node.is_some_and(|node| node.member), below) {
                // The server looks for a field that is extracted itself in the set that it was
                // found in: leaves come whole, and of maps and lists only what has the same name.
                (true, _) if self.extract => self.value(value, fields, of),
                (true, _) => continue,
                (false, Some(below)) => self.value(value, below, of),
                (false, None) if self.extract => continue,
                (false, None) => value.clone(),
            };
            kept.insert(name.clone(), value);
        }
        if kept.is_empty() { Value::Null } else { Value::Object(kept) }
    }
}
