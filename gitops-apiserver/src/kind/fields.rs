//! The fields that field selectors know.

use serde_json::Value;

/// Selectable fields: label and where in the object its value is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selectable {
    fields: Vec<(String, String)>,
    pub(crate) custom: bool,
}

impl Selectable {
    /// Fields with their JSON pointers, besides name and namespace.
    pub(crate) fn new(fields: Vec<(String, String)>, custom: bool) -> Self {
        Selectable { fields, custom }
    }

    /// Where a field is; `None` if it isn't selectable.
    fn pointer(&self, field: &str) -> Option<&str> {
        match field {
            "metadata.name" => Some("/metadata/name"),
            "metadata.namespace" => Some("/metadata/namespace"),
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
}

impl Selectable {
    /// What the server says of a field that it doesn't know.
    pub(crate) fn unknown(&self, info: &crate::resource::ResourceInfo, field: &str) -> String {
        if info.group == "batch" && info.plural == "jobs" {
            return format!("field label {} not supported for Job", crate::status::quote(field));
        }
        if self.custom {
            return format!("field label not supported: {field}");
        }
        if self.fields.is_empty() {
            return format!(
                "{} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                crate::status::quote(field)
            );
        }
        format!("field label not supported: {field}")
    }
}
