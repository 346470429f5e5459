//! The entries of `metadata.managedFields`.

use super::{Fields, ParseFieldsError};
use serde_json::Value;

/// How a manager came to own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// By server-side apply: what it leaves out next time goes.
    Apply,
    /// By any other write.
    Update,
}

/// One entry of `metadata.managedFields`.
#[derive(Debug, Clone, Copy)]
pub struct Managed<'a> {
    /// The manager's name.
    pub manager: &'a str,
    /// How it wrote; `None` for an operation that is not known.
    pub operation: Option<Operation>,
    /// The API version that the paths are of.
    pub api_version: &'a str,
    /// The subresource it wrote through; empty for the object itself.
    pub subresource: &'a str,
    /// The entry as the server sent it.
    pub raw: &'a Value,
}

impl Managed<'_> {
    /// Whether this is the entry of a manager's applies to the object itself.
    pub fn is_apply_of(&self, manager: &str) -> bool {
        self.operation == Some(Operation::Apply)
            && self.subresource.is_empty()
            && self.manager == manager
    }

    /// The paths it owns. An entry without `fieldsV1` owns nothing.
    ///
    /// # Errors
    /// The server keeps no damaged set, so an error means that this is not a server's answer.
    pub fn fields(&self) -> Result<Fields, ParseFieldsError> {
        self.raw.get("fieldsV1").map_or_else(|| Ok(Fields::default()), Fields::parse)
    }
}

/// The entries of a live object's `metadata.managedFields`, in its order; none if it has none.
pub fn managed(live: &Value) -> impl Iterator<Item = Managed<'_>> {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    entries.into_iter().flatten().map(|raw| {
        let text = |name: &str| raw.get(name).and_then(Value::as_str).unwrap_or_default();
        Managed {
            manager: text("manager"),
            operation: match text("operation") {
                "Apply" => Some(Operation::Apply),
                "Update" => Some(Operation::Update),
                _ => None,
            },
            api_version: text("apiVersion"),
            subresource: text("subresource"),
            raw,
        }
    })
}
