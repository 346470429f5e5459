//! The work of a pass, as ordered data.

mod print;

use super::{AppId, Change, Digest, ObjectId, Revision, document::canonical};
use serde::Serialize;
use std::sync::Arc;

/// What a pass will do, in order: immutable, complete and serialisable. It holds digests of
/// objects, never their bodies, and masked field values, so that it can be printed, stored and
/// signed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The app.
    pub app: AppId,
    /// The revision it was rendered from.
    pub revision: Revision,
    /// The digest of the whole desired state.
    pub desired: Digest,
    /// The digest of the inventory it was made from.
    pub inventory: Digest,
    /// The waves, first to last.
    pub waves: Vec<Wave>,
    /// Objects of ours that are no longer desired but stay, with why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retained: Vec<Retained>,
    /// How many objects are as desired already.
    pub unchanged: usize,
}

/// Changes that may be made together.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wave {
    /// Its place in the order: ascending for what is applied, then descending for what is pruned.
    pub rank: i64,
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// These must be healthy before this wave starts: the objects of earlier waves that it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<ObjectId>,
}

/// An object of ours that is no longer desired and yet stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retained {
    /// The object.
    pub id: ObjectId,
    /// Why it stays.
    pub why: Arc<str>,
}

impl Plan {
    /// All changes, in order.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.waves.iter().flat_map(|wave| &wave.changes)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.waves.iter().all(|wave| wave.changes.is_empty())
    }

    /// The digest of the whole plan: what an approval signs. Equal plans have equal digests.
    pub fn digest(&self) -> Digest {
        // Serialising plain data of strings, numbers and digests can't fail.
        let value = serde_json::to_value(self).unwrap_or_default();
        Digest::of(canonical(&value))
    }
}
