//! From a body, or the stored form, to the object that is worked with.

use super::{coerce, default, drop_nulls, prune};
use crate::{
    custom::{metadata, schema::JsonSchema},
    status::FieldError,
};
use serde_json::{Map, Value};

/// An object as the server works with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The object.
    pub object: Value,
    /// What strict decoding complains about: `unknown field "spec.foo"`.
    pub strict: Vec<String>,
}

/// Decodes a body whose `apiVersion` and `kind` are those of the schema: metadata as Go's type,
/// pruned, without nulls that may not be, with defaults.
///
/// # Errors
/// Metadata is malformed, at the root or of an embedded resource, in the words of the server.
pub(crate) fn decode(object: Value, schema: &JsonSchema) -> Result<Decoded, String> {
    let (mut object, unknown) = coerced(object, schema)?;
    default(&mut object, schema);
    let strict = unknown.iter().map(|at| format!("unknown field \"{at}\"")).collect();
    Ok(Decoded { object, strict })
}

/// As [`decode`], without defaults: what conversion to another version does to the result.
///
/// # Errors
/// As [`decode`].
pub(crate) fn coerced(object: Value, schema: &JsonSchema) -> Result<(Value, Vec<String>), String> {
    let mut unknown = Vec::new();
    let metadata = match object.get("metadata") {
        Some(metadata) => {
            let read = metadata::decode(metadata)?;
            unknown.extend(read.unknown.iter().map(|name| format!("metadata.{name}")));
            Some(read.object)
        }
        None => None,
    };
    let shaped = shape(object, schema, false).map_err(|error| error.to_string())?;
    let (mut object, dropped) = shaped;
    unknown.extend(dropped);
    restore(&mut object, metadata);
    Ok((object, unknown))
}

/// Decodes a stored object, which an older definition may have let pass: malformed metadata is
/// dropped, a missing generation is 1, the rest is as in [`decode`].
pub(crate) fn decode_stored(object: Value, schema: &JsonSchema) -> Value {
    let metadata = object.get("metadata").map(|metadata| match metadata::decode(metadata) {
        Ok(read) => read.object,
        Err(_) => metadata::decode_each(metadata).map_or_else(Value::default, |read| read.object),
    });
    let untouched = object.clone();
    let mut object = match shape(object, schema, true) {
        Ok((object, _)) => object,
        Err(_) => untouched,
    };
    restore(&mut object, metadata);
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let generation = metadata.get("generation").and_then(Value::as_i64).unwrap_or_default();
        if generation == 0 {
            metadata.insert("generation".to_owned(), 1.into());
        }
    }
    default(&mut object, schema);
    object
}

fn shape(
    mut object: Value,
    schema: &JsonSchema,
    lenient: bool,
) -> Result<(Value, Vec<String>), FieldError> {
    let type_names = ["apiVersion", "kind"].map(|name| (name, object.get(name).cloned()));
    let mut unknown = prune(&mut object, Some(schema), true);
    drop_nulls(&mut object, Some(schema));
    unknown.extend(coerce(&mut object, schema, false, lenient, "")?);
    if let Value::Object(map) = &mut object {
        for (name, value) in type_names {
            value.map(|value| map.insert(name.to_owned(), value));
        }
    }
    Ok((object, unknown))
}

fn restore(object: &mut Value, metadata: Option<Value>) {
    if let (Some(map), Some(metadata)) = (object.as_object_mut(), metadata) {
        let metadata = if metadata.is_null() { Value::Object(Map::new()) } else { metadata };
        map.insert("metadata".to_owned(), metadata);
    }
}
