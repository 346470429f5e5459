//! What was read from the live system.

use super::{Cursor, Digest, Document, ObjectId, Uid, Version};
use crate::error::Error;
use std::{collections::BTreeMap, sync::Arc};

/// A live object as it was last read. Always possibly stale: writes carry its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The version, for optimistic locking.
    pub version: Version,
    /// The incarnation, where the target has such a thing. Deletes are conditioned on it.
    pub uid: Option<Uid>,
    /// Fingerprint of the part that this app owns, as the target answers it. It moves if and
    /// only if that part does, so that equal fingerprints mean: no drift, whatever others write
    /// beside us. A target without field ownership uses the document's digest.
    pub state: Digest,
    /// What the target wants remembered with this state (opaque to the engine); it comes back in
    /// the inventory.
    pub memo: Option<Arc<str>>,
    /// Whose it is.
    pub owner: Owner,
    /// Its deletion has begun.
    pub terminating: bool,
    /// The object itself asks not to be pruned, with what says so (such as an annotation).
    pub retain: Option<Arc<str>>,
    /// The target holds objects like this for precious (deleting it would take others or data
    /// with it): pruning it needs explicit leave.
    pub protected: bool,
    /// The whole document.
    pub document: Document,
}

impl Live {
    /// An object of a target without versions, incarnations and field ownership: all of it is the
    /// document, and the document's digest says whether it moved.
    pub fn plain(document: Document, owner: Owner) -> Self {
        Live {
            version: Version::new(document.digest().to_string()),
            uid: None,
            state: document.digest(),
            memo: None,
            owner,
            terminating: false,
            retain: None,
            protected: false,
            document,
        }
    }
}

/// Whose a live object is, by the marks on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// It bears this app's mark.
    Ours,
    /// It bears no mark.
    Nobody,
    /// It bears the mark of another app or tool, named here.
    Other(Arc<str>),
}

/// What the target says an object would become if it were applied now.
#[derive(Debug, Clone)]
pub enum Predicted {
    /// This document. Equal to the live one (but for what the target counts as bookkeeping) means
    /// that applying changes nothing.
    Document(Document),
    /// The target refuses it.
    Refused(Error),
    /// The target can't say before an earlier change of the same plan is made, such as the
    /// definition of this kind or its namespace.
    Later(Arc<str>),
}

/// One object as observed: `live` is `None` when the target was asked and it is not there.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// The live object.
    pub live: Option<Live>,
    /// The prediction, where the observer saw need for one.
    pub predicted: Option<Predicted>,
}

/// The answer of an observer.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Where the observer stands. Equal cursors mean that nothing it watches has moved.
    /// `None`: this observer can't tell.
    pub cursor: Option<Cursor>,
    /// Whether `objects` is everything that was asked for, or what moved since the cursor that was
    /// passed in.
    pub coverage: Coverage,
    /// By id: everything desired or in the inventory, and whatever else bears this app's mark.
    pub objects: BTreeMap<ObjectId, Observation>,
}

/// How much an [`Observed`] covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All that was asked for; what is absent here is absent live.
    Everything,
    /// Only what moved since the given cursor; what is absent here has not moved.
    Moved,
}

impl Observed {
    /// An answer that covers everything, from an observer without a cursor.
    pub fn everything(objects: BTreeMap<ObjectId, Observation>) -> Self {
        Observed { cursor: None, coverage: Coverage::Everything, objects }
    }

    /// The live object with this id.
    pub fn live(&self, id: &ObjectId) -> Option<&Live> {
        self.objects.get(id)?.live.as_ref()
    }
}
