//! One planned change, and what came of it.

use super::{Digest, FieldChange, Live, Object, ObjectId, Origin, Uid, Version};
use crate::{engine::Permit, error::Error};
use serde::{Serialize, Serializer};

/// One change of a plan: everything an applier needs, with no choice left to it.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The object.
    pub id: ObjectId,
    /// What is done to it.
    #[serde(flatten)]
    pub action: Action,
    /// Why.
    pub cause: Cause,
    /// The live object it was planned from; `None` when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// The fields that differ, for people. Secret values are masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// Where the object is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// What a change does. Deleting needs a [`Permit`], which only the engine's guards can issue.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "action", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Action {
    /// Create an object that is not there.
    Create {
        /// The object.
        #[serde(serialize_with = "as_digest", rename = "desired")]
        object: Object,
    },
    /// Bring a live object to the desired state.
    Update {
        /// The object.
        #[serde(serialize_with = "as_digest", rename = "desired")]
        object: Object,
    },
    /// Delete a live object and create it anew, since a field can't be changed in place.
    Replace {
        /// The object.
        #[serde(serialize_with = "as_digest", rename = "desired")]
        object: Object,
        /// The leave to delete.
        permit: Permit,
    },
    /// Delete an object that is no longer desired.
    Prune {
        /// The leave to delete.
        permit: Permit,
    },
}

impl Action {
    /// The object to write, if any.
    pub fn object(&self) -> Option<&Object> {
        match self {
            Action::Create { object }
            | Action::Update { object }
            | Action::Replace { object, .. } => Some(object),
            Action::Prune { .. } => None,
        }
    }
}

fn as_digest<S: Serializer>(object: &Object, serializer: S) -> Result<S::Ok, S::Error> {
    object.digest().serialize(serializer)
}

/// Why a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Cause {
    /// The desired state is new or has changed.
    Desired,
    /// The live state moved away from what was applied.
    Drift,
    /// The live object was there before this app and is taken over.
    Adopt,
    /// It is no longer desired.
    Removed,
}

/// The live object that a change was planned from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Base {
    /// Its version.
    pub version: Version,
    /// Its incarnation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// Its fingerprint ([`Live::state`]): an applier that meets another version but the same
    /// fingerprint may go on, since what moved is none of ours.
    pub state: Digest,
}

impl From<&Live> for Base {
    fn from(live: &Live) -> Self {
        Base { version: live.version.clone(), uid: live.uid.clone(), state: live.state }
    }
}

/// What an applier reports of a change that went through.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What happened.
    pub effect: Effect,
    /// The object as the target answered; `None` when it is gone, or on its way out.
    pub live: Option<Live>,
}

/// What a successful write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// It was created.
    Created,
    /// It was changed.
    Configured,
    /// It was as desired already.
    Unchanged,
    /// It is gone, or was gone already.
    Pruned,
    /// Its deletion was accepted and goes on, held by finalizers: its id stays in the inventory
    /// until it is seen gone.
    Pruning,
}

/// What became of a planned change: every one has exactly one outcome.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The write went through.
    Done(Effect),
    /// It was not tried, for this reason (a constant of [`crate::reason`]).
    Skipped(&'static str),
    /// It failed. With reason `OutcomeUnknown` the write may have taken effect.
    Failed(Error),
}
