//! Metadata of custom resources and of resources embedded in them.

use crate::{
    custom::{path, schema::JsonSchema, wording},
    status::FieldError,
};
use serde_json::Value;

/// What Go's decoder makes of `metadata`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DecodedMetadata {
    /// As it is written again: unknown fields and empty ones are gone.
    pub object: Value,
    /// Paths of unknown fields and of fields given twice, from `metadata` on: `labels`,
    /// `ownerReferences[0].foo`.
    pub unknown: Vec<String>,
}

/// The Go type of `metadata`, which belongs to the built-in types.
pub trait MetadataType {
    /// Decodes `metadata` as Go decodes `ObjectMeta`, and encodes it again.
    ///
    /// # Errors
    /// Go's words: `json: cannot unmarshal string into Go struct field ObjectMeta.labels of type
    /// map[string]string`.
    fn decode(&self, metadata: &Value) -> Result<DecodedMetadata, String>;

    /// Validates `metadata` that decodes, as apimachinery's `ValidateObjectMeta` does on create,
    /// or, given the `old` one, on update. `names` tells what is wrong with a name, or with a
    /// `generateName` (then the second argument is true). `path` is that of the metadata.
    fn validate(
        &self,
        metadata: &Value,
        old: Option<&Value>,
        namespaced: bool,
        names: &dyn Fn(&str, bool) -> Vec<String>,
        path: &str,
    ) -> Vec<FieldError>;
}

fn drop_null_time(metadata: &mut Value) {
    if let Value::Object(map) = metadata
        && map.get("creationTimestamp").is_some_and(Value::is_null)
    {
        map.remove("creationTimestamp");
    }
}

/// Go's decoding of each field by itself, leaving out those that fail.
pub(crate) fn decode_each(meta: &dyn MetadataType, metadata: &Value) -> Option<DecodedMetadata> {
    let Value::Object(fields) = metadata else { return None };
    let mut kept = serde_json::Map::new();
    for (name, value) in fields {
        let one = Value::Object([(name.clone(), value.clone())].into_iter().collect());
        if meta.decode(&one).is_ok() {
            kept.insert(name.clone(), value.clone());
        }
    }
    meta.decode(&Value::Object(kept)).ok()
}

/// Decodes `metadata` of embedded resources, and checks their `apiVersion` and `kind`. Returns
/// the paths of unknown fields, sorted. With `lenient`, what is malformed is dropped instead.
///
/// # Errors
/// The first problem found.
pub(crate) fn coerce(
    value: &mut Value,
    schema: &JsonSchema,
    is_root: bool,
    lenient: bool,
    at: &str,
    meta: &dyn MetadataType,
) -> Result<Vec<String>, FieldError> {
    let mut coercion = Coercion { meta, lenient, unknown: Vec::new() };
    coercion.coerce(value, schema, is_root, at)?;
    coercion.unknown.sort();
    Ok(coercion.unknown)
}

struct Coercion<'a> {
    meta: &'a dyn MetadataType,
    lenient: bool,
    unknown: Vec<String>,
}

impl Coercion<'_> {
    fn coerce(
        &mut self,
        value: &mut Value,
        schema: &JsonSchema,
        is_root: bool,
        at: &str,
    ) -> Result<(), FieldError> {
        match value {
            Value::Object(map) => {
                if is_root || schema.embedded {
                    self.type_names(map, at)?;
                    self.metadata(map, at)?;
                }
                for (name, value) in map {
                    if let Some(field) = schema.properties.get(name) {
                        self.coerce(value, field, false, &path::child(at, name))?;
                    } else if let Some(field) = schema.additional() {
                        self.coerce(value, field, false, &path::key(at, name))?;
                    }
                }
            }
            Value::Array(items) => {
                let Some(schema) = schema.item() else { return Ok(()) };
                for (index, item) in items.iter_mut().enumerate() {
                    self.coerce(item, schema, false, &path::index(at, index))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn type_names(
        &self,
        map: &mut serde_json::Map<String, Value>,
        at: &str,
    ) -> Result<(), FieldError> {
        for name in ["apiVersion", "kind"] {
            match map.get(name) {
                None | Some(Value::String(_)) => {}
                Some(_) if self.lenient => {
                    map.remove(name);
                }
                Some(other) => {
                    let field = path::child(at, name);
                    return Err(FieldError::invalid(&field, wording::bad(other), "must be a string"));
                }
            }
        }
        Ok(())
    }

    fn metadata(
        &mut self,
        map: &mut serde_json::Map<String, Value>,
        at: &str,
    ) -> Result<(), FieldError> {
        let Some(metadata) = map.get_mut("metadata") else { return Ok(()) };
        let field = path::child(at, "metadata");
        match self.meta.decode(metadata) {
            Ok(decoded) => {
                let unknown = decoded.unknown.iter();
                self.unknown.extend(unknown.map(|name| path::child(&field, name)));
                *metadata = decoded.object;
                drop_null_time(metadata);
            }
            Err(_) if self.lenient => {
                if let Some(decoded) = decode_each(self.meta, metadata) {
                    *metadata = decoded.object;
                    drop_null_time(metadata);
                }
            }
            Err(problem) => {
                return Err(FieldError::invalid(&field, wording::bad(metadata), &problem));
            }
        }
        Ok(())
    }
}
