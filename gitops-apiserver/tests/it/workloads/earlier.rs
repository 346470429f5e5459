//! What an object may have been before.

use serde_json::{Map, Value, json};

/// Earlier versions, those that differ most first. Not every kind takes every one of them.
pub(super) fn versions(object: &Value) -> [Value; 3] {
    [bare(object), short(object), unlabelled(object)]
}

/// Nothing but the name.
fn bare(object: &Value) -> Value {
    let metadata = &object["metadata"];
    let mut named = Map::new();
    for key in ["name", "namespace"] {
        named.extend(metadata.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": named})
}

/// Only the first item of every list, in other images.
fn short(object: &Value) -> Value {
    let mut object = unlabelled(object);
    let parts = object.as_object_mut().into_iter().flatten();
    parts.filter(|(key, _)| !matches!(&***key, "metadata")).for_each(|(_, part)| shorten(part));
    object
}

fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.truncate(1);
            items.iter_mut().for_each(shorten);
        }
        Value::Object(map) => {
            if let Some(Value::String(image)) = map.get_mut("image") {
                image.push_str("-earlier");
            }
            map.values_mut().for_each(shorten);
        }
        _ => {}
    }
}

fn unlabelled(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("labels");
        metadata.remove("annotations");
    }
    object
}
