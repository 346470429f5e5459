//! Who a managedFields entry is of.

use crate::fields::{
    Operation,
    canonical::{escape_html, quoted},
};
use serde_json::Value;

/// What tells the entries of `metadata.managedFields` apart: manager, operation, subresource and,
/// for updates, the API version. An applier has one entry whatever version it applies.
///
/// Its text is the server's own: JSON of the entry without the rest. Managers are sorted by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    text: String,
}

impl Identity {
    /// The identity of a manager that writes through a resource.
    pub fn new(manager: &str, operation: Operation, api_version: &str, subresource: &str) -> Self {
        let (operation, api_version) = match operation {
            Operation::Apply => ("Apply", ""),
            Operation::Update => ("Update", api_version),
        };
        let parts = [
            ("manager", manager),
            ("operation", operation),
            ("apiVersion", api_version),
            ("subresource", subresource),
        ];
        let parts: Vec<_> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("\"{name}\":{}", escape_html(&quoted(value))))
            .collect();
        Identity { text: format!("{{{}}}", parts.join(",")) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// One part of an identity's text; empty if it has none.
    pub(super) fn part(text: &str, name: &str) -> String {
        let value: Option<Value> = serde_json::from_str(text).ok();
        let part = value.as_ref().and_then(|value| value.get(name)?.as_str());
        part.unwrap_or_default().to_owned()
    }

    /// A manager in the words of the server's conflicts: `"argo" with subresource "status" using
    /// v1`. Appliers have no version.
    pub(super) fn words(text: &str) -> String {
        let part = |name| Identity::part(text, name);
        let mut out = format!("{:?}", part("manager"));
        let subresource = part("subresource");
        if !subresource.is_empty() {
            out.push_str(&format!(" with subresource {subresource:?}"));
        }
        if part("operation") == "Update" {
            out.push_str(&format!(" using {}", part("apiVersion")));
        }
        out
    }
}
