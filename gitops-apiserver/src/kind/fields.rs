//! The fields that field selectors know.

use serde_json::Value;

/// Selectable fields: label and where in the object its value is.
#[derive(Debug, Clone)]
pub(crate) struct Selectable {
    fields: Vec<(String, String)>,
    /// Whether `metadata.namespace` is one of them.
    namespace: bool,
    words: Words,
}

/// How a field is refused that can't be selected by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// Those of kinds that say nothing themselves.
    Common,
    /// Those of most kinds with fields of their own, and of custom kinds.
    Plain,
    Job,
    ResourceSlice,
}

impl Selectable {
    /// Fields besides the name, with their JSON pointers.
    pub(crate) fn new(fields: Vec<(String, String)>, namespace: bool, words: Words) -> Self {
        Selectable { fields, namespace, words }
    }

    /// Where a field is; `None` if it isn't selectable.
    fn pointer(&self, field: &str) -> Option<&str> {
        match field {
            "metadata.name" => Some("/metadata/name"),
            "metadata.namespace" if self.namespace => Some("/metadata/namespace"),
            _ => self.fields.iter().find(|(name, _)| name == field).map(|(_, pointer)| &**pointer),
        }
    }

    /// Whether a selector can name it.
    pub(crate) fn knows(&self, field: &str) -> bool {
        self.pointer(field).is_some()
    }

    /// The value of a field, as text.
    pub(crate) fn value(&self, object: &Value, field: &str) -> String {
        let value = self.pointer(field).and_then(|pointer| object.pointer(pointer));
        match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// What the server says of a field that it doesn't know.
    pub(crate) fn unknown(&self, field: &str) -> String {
        let quoted = crate::status::quote(field);
        match self.words {
            Words::Common => format!(
                "{quoted} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
            ),
            Words::Plain => format!("field label not supported: {field}"),
            Words::Job => format!("field label {quoted} not supported for Job"),
            Words::ResourceSlice => format!(
                "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: {field}"
            ),
        }
    }
}
