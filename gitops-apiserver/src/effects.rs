//! What follows from a write at once, before anybody can see the one without the other.

use crate::{builtin::strategy::services::held_by, core::Core, kind::Kind, store::Stored};
use serde_json::Value;

/// An object has been created (no `before`), changed, or removed (no `after`).
pub(crate) fn written(core: &Core, kind: &Kind, before: Option<&Stored>, after: Option<&Stored>) {
    if let ("services", Some(before), None) = (&*kind.table, before, after) {
        let service: Value = serde_json::from_slice(&before.bytes).unwrap_or_default();
        core.services.free(&held_by(&service));
    }
}
