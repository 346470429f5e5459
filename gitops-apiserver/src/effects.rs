//! What follows from a write at once, before anybody can see the one without the other.

use crate::{core::Core, kind::Kind, store::Stored};

/// An object has been created (no `before`), changed, or removed (no `after`).
pub(crate) fn written(core: &Core, kind: &Kind, before: Option<&Stored>, after: Option<&Stored>) {
    let _ = (core, kind, before, after);
}
