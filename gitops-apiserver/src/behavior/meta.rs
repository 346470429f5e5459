//! What controllers look at in every object.

use serde::Deserialize;

/// The parts of `metadata` that say what is to be done with an object.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Meta {
    pub(crate) uid: String,
    pub(crate) namespace: String,
    pub(crate) deletion_timestamp: Option<String>,
    pub(crate) deletion_grace_period_seconds: Option<u64>,
    finalizers: Option<Vec<String>>,
    owner_references: Option<Vec<Owner>>,
}

/// An owner reference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Owner {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) controller: Option<bool>,
    pub(crate) block_owner_deletion: Option<bool>,
}

#[derive(Deserialize)]
struct Object {
    metadata: Meta,
}

impl Meta {
    /// Reads it from a stored object, and nothing else of that.
    pub(crate) fn read(stored: &[u8]) -> Meta {
        serde_json::from_slice::<Object>(stored).map(|object| object.metadata).unwrap_or_default()
    }

    pub(crate) fn owners(&self) -> impl Iterator<Item = &Owner> {
        self.owner_references.iter().flatten()
    }

    /// The owner that controls it.
    pub(crate) fn controller(&self) -> Option<&Owner> {
        self.owners().find(|owner| owner.controller == Some(true))
    }

    pub(crate) fn has_finalizer(&self, name: &str) -> bool {
        self.finalizers.iter().flatten().any(|have| have == name)
    }

    pub(crate) fn is_deleting(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}
