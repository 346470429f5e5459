//! Who belongs to whom.

use super::meta::Meta;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Where an object is stored: its table and key.
pub(crate) type Place = (Arc<str>, Arc<str>);

/// Dependents by the uids of their owners. Objects without owners cost nothing.
#[derive(Debug, Default)]
pub(crate) struct Owners(Mutex<BTreeMap<String, BTreeSet<Place>>>);

impl Owners {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, BTreeSet<Place>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An object was written. O(owners · log objects).
    pub(crate) fn written(&self, place: &Place, before: Option<&Meta>, after: Option<&Meta>) {
        let owners = |meta: Option<&Meta>| -> BTreeSet<String> {
            let owners = meta.into_iter().flat_map(Meta::owners);
            owners.map(|owner| owner.uid.clone()).collect()
        };
        let (before, after) = (owners(before), owners(after));
        if before == after {
            return;
        }
        let mut index = self.lock();
        for uid in before.difference(&after) {
            if let Some(dependents) = index.get_mut(uid) {
                dependents.remove(place);
                if dependents.is_empty() {
                    index.remove(uid);
                }
            }
        }
        for uid in after.difference(&before) {
            index.entry(uid.clone()).or_default().insert(place.clone());
        }
    }

    /// The dependents of an owner, sorted.
    pub(crate) fn dependents(&self, uid: &str) -> Vec<Place> {
        self.lock().get(uid).into_iter().flatten().cloned().collect()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}
