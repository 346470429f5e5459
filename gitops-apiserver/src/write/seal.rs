//! The form in which objects are stored.

use crate::{
    builtin::strategy::services,
    kind::{RETOUCHED, UNSETTLED},
    object,
};
use bytes::Bytes;
use serde_json::Value;

/// An object at the storage version that is to be stored.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    object: Value,
    /// Whether decoding changes it: then the next write, even of nothing, changes what is stored.
    unsettled: bool,
    /// Whether answers show it otherwise.
    retouched: bool,
}

impl Sealed {
    pub(crate) fn new(object: Value, unsettled: bool) -> Self {
        let unsettled = unsettled || has_unread_metadata(&object);
        let retouched = is_retouched_service(&object);
        Sealed { object, unsettled, retouched }
    }

    /// Its bytes at a revision. What kind it is comes first, where lists of built-in kinds can
    /// leave it out. O(size).
    pub(crate) fn at(mut self, revision: u64) -> Bytes {
        object::set_meta(&mut self.object, "resourceVersion", revision.to_string());
        let Some(map) = self.object.as_object_mut() else {
            return Bytes::from(self.object.to_string());
        };
        let mut out = Vec::from(*b"{");
        for name in ["apiVersion", "kind"] {
            if let Some(value) = map.remove(name) {
                out.extend_from_slice(format!("\"{name}\":{value},").as_bytes());
            }
        }
        out.extend_from_slice(self.object.to_string().get(1..).unwrap_or("}").as_bytes());
        if self.retouched {
            out.extend_from_slice(RETOUCHED);
        }
        if self.unsettled {
            out.extend_from_slice(UNSETTLED);
        }
        Bytes::from(out)
    }
}

/// An object as it is stored, at the storage version.
pub(crate) fn seal(object: Value, revision: u64) -> Bytes {
    Sealed::new(object, false).at(revision)
}

/// Reading drops what is empty in metadata, and makes texts of nulls; an apply can store both.
fn has_unread_metadata(object: &Value) -> bool {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let metadata = object.get("metadata").and_then(Value::as_object);
    let has_null = |value: &Value| match value {
        Value::Object(map) => map.values().any(Value::is_null),
        Value::Array(items) => items.iter().any(Value::is_null),
        _ => false,
    };
    // The version is not known yet.
    let mut all = metadata.into_iter().flatten().filter(|(name, _)| *name != "resourceVersion");
    all.any(|(_, value)| empty(value) || has_null(value))
}

/// Answers complete a Service that was made by its status, and drop the policy of a name.
fn is_retouched_service(object: &Value) -> bool {
    let is = |name: &str, what: &str| object.get(name).is_some_and(|value| value == what);
    is("kind", "Service") && is("apiVersion", "v1") && {
        let mut read = object.clone();
        services::read(&mut read);
        read != *object
    }
}
