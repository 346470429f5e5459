//! `metadata`, which has a Go type even in custom resources.

use crate::{
    builtin::{
        types::{self, DecodeError},
        validation::metadata::{self as rules, NameRule},
    },
    status::FieldError,
};
use serde_json::{Map, Value, json};

/// What Go's decoder makes of `metadata`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Decoded {
    /// As it is written again: unknown fields and empty ones are gone.
    pub(crate) object: Value,
    /// Paths of unknown fields, from `metadata` on: `ownerReferences[0].foo`.
    pub(crate) unknown: Vec<String>,
}

/// Decodes `metadata` as Go decodes `ObjectMeta`, and encodes it again.
///
/// # Errors
/// Go's words: `json: cannot unmarshal string into Go struct field ObjectMeta.labels of type
/// map[string]string`.
pub(crate) fn decode(metadata: &Value) -> Result<Decoded, String> {
    // A kind that has metadata, and little else.
    let Some(kind) = types::kind("v1", "ConfigMap") else {
        return Err("there is no type of metadata".to_owned());
    };
    let object = json!({"metadata": metadata});
    let decoded = kind.decode(&object).map_err(|error| seen_from_metadata(error).to_string())?;
    let mut object = decoded.object;
    let mut metadata = object.get_mut("metadata").map(Value::take).unwrap_or_default();
    match &mut metadata {
        Value::Object(map) => {
            if map.get("creationTimestamp").is_some_and(Value::is_null) {
                map.remove("creationTimestamp");
            }
        }
        other => *other = Value::Object(Map::new()),
    }
    let unknown = decoded.strict.iter().filter_map(|complaint| {
        let (_, quoted) = complaint.split_once('"')?;
        Some(quoted.strip_suffix('"')?.strip_prefix("metadata.")?.to_owned())
    });
    Ok(Decoded { object: metadata, unknown: unknown.collect() })
}

fn seen_from_metadata(error: DecodeError) -> DecodeError {
    match error {
        DecodeError::Type { value, ty, place: Some((within, path)) } => {
            let place = path.strip_prefix("metadata.").map(|path| (within, path.to_owned()));
            DecodeError::Type { value, ty, place }
        }
        other => other,
    }
}

/// Decodes each field by itself, leaving out those that fail; `None` if it is no object.
pub(crate) fn decode_each(metadata: &Value) -> Option<Decoded> {
    let Value::Object(fields) = metadata else { return None };
    let mut kept = Map::new();
    for (name, value) in fields {
        let one = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        if decode(&one).is_ok() {
            kept.insert(name.clone(), value.clone());
        }
    }
    decode(&Value::Object(kept)).ok()
}

/// Tells what is wrong with a name, or, if the second argument is true, with a `generateName`.
pub(crate) type Names<'a> = &'a dyn Fn(&str, bool) -> Vec<String>;

/// Validates the metadata of a new object, at `path`.
pub(crate) fn validate_new(
    metadata: &Value,
    namespaced: bool,
    names: Names<'_>,
    path: &str,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (field, prefix) in [("generateName", true), ("name", false)] {
        let name = metadata.get(field).and_then(Value::as_str).unwrap_or_default();
        if !name.is_empty() {
            let field = format!("{path}.{field}");
            let problems = names(name, prefix).into_iter();
            errors.extend(problems.map(|problem| FieldError::invalid(&field, name, &problem)));
        }
    }
    let object = json!({"metadata": metadata});
    let others = rules::create(&object, namespaced, NameRule::Declared).into_iter();
    errors.extend(others.map(|mut error| {
        if let Some(rest) = error.field.strip_prefix("metadata") {
            error.field = format!("{path}{rest}");
        }
        error
    }));
    errors
}
