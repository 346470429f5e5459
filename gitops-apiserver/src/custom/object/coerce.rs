//! Metadata of resources embedded in others.

use crate::{
    custom::{metadata, path, schema::JsonSchema, wording},
    status::FieldError,
};
use serde_json::{Map, Value};

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
) -> Result<Vec<String>, FieldError> {
    let mut coercion = Coercion { lenient, unknown: Vec::new() };
    coercion.coerce(value, schema, is_root, at)?;
    coercion.unknown.sort();
    Ok(coercion.unknown)
}

struct Coercion {
    lenient: bool,
    unknown: Vec<String>,
}

impl Coercion {
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

    fn type_names(&self, map: &mut Map<String, Value>, at: &str) -> Result<(), FieldError> {
        for name in ["apiVersion", "kind"] {
            match map.get(name) {
                None | Some(Value::String(_)) => {}
                Some(_) if self.lenient => {
                    map.remove(name);
                }
                Some(other) => {
                    let field = path::child(at, name);
                    return Err(FieldError::invalid(
                        &field,
                        wording::bad(other),
                        "must be a string",
                    ));
                }
            }
        }
        Ok(())
    }

    fn metadata(&mut self, map: &mut Map<String, Value>, at: &str) -> Result<(), FieldError> {
        let Some(found) = map.get_mut("metadata") else { return Ok(()) };
        let field = path::child(at, "metadata");
        match metadata::decode(found) {
            Ok(decoded) => {
                let unknown = decoded.unknown.iter();
                self.unknown.extend(unknown.map(|name| path::child(&field, name)));
                *found = decoded.object;
            }
            Err(_) if self.lenient => {
                if let Some(decoded) = metadata::decode_each(found) {
                    *found = decoded.object;
                }
            }
            Err(problem) => {
                return Err(FieldError::invalid(&field, wording::bad(found), &problem));
            }
        }
        Ok(())
    }
}
