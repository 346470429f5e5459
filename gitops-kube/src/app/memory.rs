//! What an app last saw of its objects, so that nothing is read twice.

use gitops_core::model::{Digest, Live, ObjectId, Verified};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Shared by an app's observer and applier.
#[derive(Default)]
pub(crate) struct Memory(Mutex<BTreeMap<ObjectId, Known>>);

#[derive(Clone, Default)]
struct Known {
    live: Option<Live>,
    /// The pair that the inventory remembers.
    verified: Option<Verified>,
}

impl Memory {
    /// The live object with this document, if it was judged before.
    pub(crate) fn live(&self, id: &ObjectId, document: Digest) -> Option<Live> {
        let lives = self.lock();
        let live = lives.get(id)?.live.as_ref()?;
        (live.document.digest() == document).then(|| live.clone())
    }

    /// The live object as last seen.
    pub(crate) fn last(&self, id: &ObjectId) -> Option<Live> {
        self.lock().get(id)?.live.clone()
    }

    pub(crate) fn keep(&self, id: &ObjectId, live: &Live) {
        self.lock().entry(id.clone()).or_default().live = Some(live.clone());
    }

    /// What the inventory remembers of an object, for the applier, which is not shown it.
    pub(crate) fn verified(&self, id: &ObjectId) -> Option<Verified> {
        self.lock().get(id)?.verified.clone()
    }

    pub(crate) fn remember(&self, id: &ObjectId, verified: Option<&Verified>) {
        let mut lives = self.lock();
        if verified.is_some() || lives.contains_key(id) {
            lives.entry(id.clone()).or_default().verified = verified.cloned();
        }
    }

    /// Forgets all objects but these.
    pub(crate) fn retain(&self, wanted: impl Fn(&ObjectId) -> bool) {
        self.lock().retain(|id, _| wanted(id));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ObjectId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} objects)", self.lock().len())
    }
}
