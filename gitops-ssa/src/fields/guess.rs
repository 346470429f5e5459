//! Field sets of values without a schema.

use super::{Fields, Key, PathElement};
use serde_json::{Map, Value};

/// Fields that are taken for keys of a list's items, when they hold scalars.
const KEYS: [&str; 3] = ["key", "id", "name"];

/// Nesting beyond this is not looked into.
const DEPTH: usize = 128;

impl Fields {
    /// The leaves of a value, with list items addressed by the fields that usually are keys
    /// (`key`, `id`, `name`) and by index otherwise. A guess, for people: the server never does
    /// this. O(size).
    pub fn guess(value: &Value) -> Self {
        let mut out = Fields::default();
        walk(value, &mut Vec::new(), &mut out);
        out
    }
}

fn walk(value: &Value, path: &mut Vec<PathElement>, out: &mut Fields) {
    match value {
        _ if path.len() >= DEPTH => out.insert(path),
        Value::Object(map) => {
            for (name, value) in map {
                path.push(PathElement::field(name));
                walk(value, path, out);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(step(index, item));
                walk(item, path, out);
                path.pop();
            }
        }
        _ => out.insert(path),
    }
}

fn step(index: usize, item: &Value) -> PathElement {
    let scalar = |value: &&Value| value.is_string() || value.is_number() || value.is_boolean();
    let keys: Map<String, Value> = KEYS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), item.get(name).filter(scalar)?.clone())))
        .collect();
    if keys.is_empty() {
        PathElement::Index(i64::try_from(index).unwrap_or(i64::MAX))
    } else {
        PathElement::Key(Key::new(&keys))
    }
}
