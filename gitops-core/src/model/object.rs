//! Desired objects.

use super::{Digest, Document, ObjectId, Origin};
use serde_json::Value;

/// A desired object: an identity, a JSON document and where it came from.
///
/// Cheap to clone. Equality and [`digest`](Self::digest) look at the document only: the same
/// object moved to another file is the same object.
#[derive(Debug, Clone)]
pub struct Object {
    id: ObjectId,
    document: Document,
    origin: Option<Origin>,
}

impl Object {
    /// An object from its id and document.
    pub fn new(id: ObjectId, value: &Value) -> Self {
        Object { id, document: Document::new(value), origin: None }
    }

    /// The same object with its place in the repository.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// The identity.
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The parsed document. O(size).
    pub fn value(&self) -> Value {
        self.document.value()
    }

    /// The digest of the document.
    pub fn digest(&self) -> Digest {
        self.document.digest()
    }

    /// The file and line it was declared at.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.document == other.document
    }
}

impl Eq for Object {}
