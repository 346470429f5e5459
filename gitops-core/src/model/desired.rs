//! The desired state of an app: a complete set of objects from one revision.

use super::{Digest, Object, ObjectId, Revision};
use crate::{
    error::{Error, Result, Retry, Stage},
    reason,
};
use std::collections::BTreeMap;

/// Everything that one app wants, from one revision. There is no partial or default value of this
/// type: whoever holds one knows that fetching and rendering went through.
#[derive(Debug, Clone)]
pub struct Desired {
    revision: Revision,
    objects: BTreeMap<ObjectId, Object>,
    digest: Digest,
}

impl Desired {
    /// The complete set of objects of a revision.
    ///
    /// # Errors
    /// `DuplicateObject` (all of them, with both places) when two objects share an identity.
    pub fn new(revision: Revision, objects: impl IntoIterator<Item = Object>) -> Result<Self> {
        let mut set: BTreeMap<ObjectId, Object> = BTreeMap::new();
        let mut duplicates = Vec::new();
        for object in objects {
            if let Some(first) = set.get(object.id()) {
                duplicates.push(duplicate(first, &object));
            } else {
                set.insert(object.id().clone(), object);
            }
        }
        if let Some(error) = Error::join(duplicates) {
            return Err(error);
        }
        let digests = set.values().flat_map(|object| {
            [object.id().key().into_bytes(), object.digest().as_bytes().to_vec()]
        });
        let parts: Vec<Vec<u8>> = digests.collect();
        let digest = Digest::of_parts(parts.iter().map(Vec::as_slice));
        Ok(Desired { revision, objects: set, digest })
    }

    /// The revision it was rendered from.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// The same objects, found to be the render of another revision too.
    #[must_use]
    pub fn at(&self, revision: Revision) -> Self {
        Desired { revision, ..self.clone() }
    }

    /// The object with this id. O(log n).
    pub fn get(&self, id: &ObjectId) -> Option<&Object> {
        self.objects.get(id)
    }

    /// All objects, in order of their ids.
    pub fn objects(&self) -> impl ExactSizeIterator<Item = &Object> {
        self.objects.values()
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether nothing is desired.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The digest of all ids and documents.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

fn duplicate(first: &Object, second: &Object) -> Error {
    let place = |object: &Object| {
        object.origin().map_or_else(|| "an unknown place".to_owned(), ToString::to_string)
    };
    let mut error = Error::new(
        Stage::Render,
        Retry::Never,
        reason::DUPLICATE_OBJECT,
        format!("declared twice: at {} and at {}", place(first), place(second)),
    )
    .on(second.id())
    .advise("remove or rename one of them");
    if let Some(origin) = second.origin() {
        error = error.at(origin);
    }
    error
}
