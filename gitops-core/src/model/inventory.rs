//! What an app owns: the memory that makes pruning and silence safe.

use super::{Digest, ObjectId, Uid};
use std::{collections::BTreeMap, sync::Arc};

/// The objects that an app owns, written ahead of the first create.
///
/// An id enters before its object is created and leaves only after it was seen gone, so that
/// nothing we made is ever untracked, and nothing untracked is ever deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Inventory {
    entries: BTreeMap<ObjectId, Entry>,
}

/// What is remembered of one owned object.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entry {
    /// The incarnation that we created or took over. `None`: we meant to and have not heard back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// The last pair verified equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
}

/// A desired document and the live state that applying it led to: while both digests hold,
/// nothing drifted, and no request is needed to know it, also after a restart.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Verified {
    /// The digest of the desired document.
    pub desired: Digest,
    /// The live fingerprint ([`super::Live::state`]).
    pub state: Digest,
    /// What the target wanted remembered ([`super::Live::memo`]).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memo: Option<Arc<str>>,
}

impl Inventory {
    /// What is remembered of an object; `None` when it is not ours.
    pub fn get(&self, id: &ObjectId) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// Whether the object is ours.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.entries.contains_key(id)
    }

    /// All entries, in order of ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&ObjectId, &Entry)> {
        self.entries.iter()
    }

    /// How many objects are owned.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is owned.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds or replaces an entry.
    pub fn insert(&mut self, id: ObjectId, entry: Entry) {
        self.entries.insert(id, entry);
    }

    /// Records the intent to own an object, keeping what is known of it already.
    pub fn intend(&mut self, id: &ObjectId) {
        self.entries.entry(id.clone()).or_default();
    }

    /// Records the intent to create an object. An incarnation known from before is forgotten: the
    /// one to come is ours too, even if nobody tells us of it.
    pub fn intend_create(&mut self, id: &ObjectId) {
        self.entries.entry(id.clone()).or_default().uid = None;
    }

    /// Forgets an object: only after it was seen gone, or let go on purpose.
    pub fn remove(&mut self, id: &ObjectId) -> Option<Entry> {
        self.entries.remove(id)
    }

    /// The digest of all entries.
    pub fn digest(&self) -> Digest {
        // Serialising a map of strings and digests can't fail.
        Digest::of(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl FromIterator<(ObjectId, Entry)> for Inventory {
    fn from_iter<I: IntoIterator<Item = (ObjectId, Entry)>>(entries: I) -> Self {
        Inventory { entries: entries.into_iter().collect() }
    }
}
