//! Owner references that are there twice.

use super::Write;
use crate::object;
use serde_json::Value;

impl Write<'_> {
    /// Keeps the first of equal owner references, and warns. `admitted`: admission has run.
    pub(super) fn dedup_owners(&mut self, value: &mut Value, admitted: bool) {
        let Some(owners) = object::meta_value(value, "ownerReferences").and_then(Value::as_array)
        else {
            return;
        };
        let mut kept: Vec<Value> = Vec::with_capacity(owners.len());
        let mut twice: Vec<&str> = Vec::new();
        for owner in owners {
            if kept.contains(owner) {
                twice.push(owner.get("uid").and_then(Value::as_str).unwrap_or_default());
            } else {
                kept.push(owner.clone());
            }
        }
        if twice.is_empty() {
            return;
        }
        let after = if admitted { " after mutating admission happens" } else { "" };
        self.warnings.push(format!(
            ".metadata.ownerReferences contains duplicate entries{after}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
            twice.join(", ")
        ));
        object::set_meta(value, "ownerReferences", kept);
    }
}
