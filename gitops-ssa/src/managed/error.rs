//! Why a write is refused.

use super::{EntriesError, Identity};
use crate::{
    fields::dotted,
    typed::TypedError,
    update::{Conflicts, UpdateError},
};

/// Why a write is refused, in the words of the API server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The configuration is not of the resource's kind and version (HTTP 400).
    #[error("invalid object type: {found}")]
    WrongKind {
        /// What it is of.
        found: String,
    },
    /// The configuration has managedFields (HTTP 400).
    #[error("metadata.managedFields must be nil")]
    ManagedFieldsGiven,
    /// Other managers own fields that would change (HTTP 409).
    #[error(transparent)]
    Conflict(ApplyConflict),
    /// The live object's managedFields can't be read (HTTP 500).
    #[error("failed to decode managed fields: {0}")]
    Entries(#[from] EntriesError),
    /// An object does not fit its type (HTTP 500).
    #[error("failed to {step} ({object}): {error}")]
    Typed {
        /// What was being done with it.
        step: &'static str,
        /// Which object: namespace, name and kind.
        object: String,
        /// What is wrong.
        error: TypedError,
    },
    /// There is no type for an object (HTTP 500).
    #[error("failed to {step} ({object}): {message}")]
    NoType {
        /// What was being done with it.
        step: &'static str,
        /// Which object.
        object: String,
        /// What is wrong.
        message: String,
    },
    /// The applied object fits its schema and is no object of its kind (HTTP 500). For those who
    /// decode: this crate never says so.
    #[error("failed to convert new object ({object}) to proper version: {message}")]
    Undecodable {
        /// Which object: namespace, name and kind.
        object: String,
        /// What is wrong.
        message: String,
    },
    /// The objects can't be merged, compared or converted (HTTP 500).
    #[error(transparent)]
    Update(UpdateError),
}

/// A refused apply: the message and causes of the server's `Conflict` status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct ApplyConflict {
    conflicts: Conflicts,
}

/// One entry of `details.causes`, of reason `FieldManagerConflict`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `conflict with "name"…`
    pub message: String,
    /// The path, as `.spec.replicas`.
    pub field: String,
}

impl ApplyConflict {
    pub(super) fn new(conflicts: Conflicts) -> Self {
        ApplyConflict { conflicts }
    }

    /// The conflicts themselves. Managers are the texts of [`Identity`].
    pub fn conflicts(&self) -> &Conflicts {
        &self.conflicts
    }

    /// The status message.
    pub fn message(&self) -> String {
        let count = self.conflicts.len();
        let noun = if count == 1 { "conflict" } else { "conflicts" };
        format!("Apply failed with {count} {noun}: {}", self.conflicts.message(Identity::words))
    }

    /// The causes, one for each conflict.
    pub fn causes(&self) -> Vec<Cause> {
        let cause = |conflict: &crate::update::Conflict| Cause {
            message: format!("conflict with {}", Identity::words(&conflict.manager)),
            field: dotted(&conflict.path),
        };
        self.conflicts.iter().map(cause).collect()
    }
}
