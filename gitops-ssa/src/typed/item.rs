//! The steps to list items.

use crate::{
    fields::{Key, PathElement, Scalar},
    schema::{List, Schema},
};
use serde_json::{Map, Value};

/// The step to an item of a granular list: its key, or the item itself in a set.
pub(super) fn item_step(schema: &Schema, list: &List, item: &Value) -> Result<PathElement, String> {
    if list.keys.is_empty() {
        return set_step(item);
    }
    let item = match item {
        Value::Null => {
            return Err("associative list with keys may not have a null element".to_owned());
        }
        Value::Object(item) => item,
        _ => return Err("associative list with keys may not have non-map elements".to_owned()),
    };
    let mut key = Map::new();
    for name in list.keys.iter() {
        if let Some(value) = item.get(&**name) {
            key.insert(name.to_string(), value.clone());
        } else if let Some(value) = default(schema, list, name)? {
            key.insert(name.to_string(), value);
        }
        // An item without one of the key fields is another item than those with it.
    }
    if key.is_empty() {
        let names: Vec<_> = list.keys.iter().map(|name| format!("{name:?}")).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't \
             have default values for any key fields)",
            names.join(" ")
        ));
    }
    Ok(PathElement::Key(Key::new(&key)))
}

fn default(schema: &Schema, list: &List, name: &str) -> Result<Option<Value>, String> {
    let fail = |why: &str| Err(format!("couldn't find default value for {name}: {why}"));
    let Some(atom) = schema.resolve(&list.element) else {
        return fail("invalid elementType for list");
    };
    let Some(map) = atom.map else {
        return fail("associative list may not have non-map types");
    };
    Ok(map.fields.get(name).and_then(|field| field.default.clone()))
}

fn set_step(item: &Value) -> Result<PathElement, String> {
    let problem = match item {
        Value::Object(_) => "associative list without keys has an element that's a map type",
        Value::Array(_) => "not supported: associative list with lists as elements",
        Value::Null => "associative list without keys has an element that's an explicit null",
        scalar => return Ok(PathElement::Value(Scalar::new(scalar))),
    };
    Err(problem.to_owned())
}
