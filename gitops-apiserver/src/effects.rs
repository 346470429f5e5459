//! What follows from a write at once, before anybody can see the one without the other.

use crate::{
    behavior::{self, api_services, definitions},
    builtin::strategy::services::held_by,
    core::Core,
    kind::Kind,
    store::Stored,
};
use serde_json::Value;

/// An object has been created (no `before`), changed, or removed (no `after`).
pub(crate) fn written(
    core: &Core,
    kind: &Kind,
    key: &str,
    before: Option<&Stored>,
    after: Option<&Stored>,
) {
    behavior::written(core, kind, key, before, after);
    match (&*kind.table, before, after) {
        ("services", Some(before), None) => {
            let service: Value = serde_json::from_slice(&before.bytes).unwrap_or_default();
            core.services.free(&held_by(&service));
        }
        (api_services::TABLE, ..) => api_services::written(core, kind, key, after),
        (definitions::TABLE, ..) => definitions::written(core, kind, key, after),
        (_, Some(_), None) if kind.model.is_custom() => definitions::instance_removed(core, kind),
        _ => {}
    }
    api_services::around(core, kind, key, after.or(before));
}
