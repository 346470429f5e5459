//! All kinds that are served.

use super::{Kind, built_in};
use crate::discovery::Custom;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The kinds: built-in ones, made when they are first asked for, and those of definitions.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    built_in: Mutex<BTreeMap<(String, String, String), Arc<Kind>>>,
    custom: Mutex<BTreeMap<(String, String, String), Arc<Kind>>>,
    /// What discovery shows of each definition, by its name.
    described: Mutex<BTreeMap<String, Vec<Custom>>>,
}

impl Kinds {
    /// The kind at a path, by group, version and plural.
    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        let key = (group.to_owned(), version.to_owned(), plural.to_owned());
        let mut kinds = self.built_in.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kind) = kinds.get(&key) {
            return Some(kind.clone());
        }
        if let Some(kind) = built_in::kind(group, version, plural) {
            let kind = Arc::new(kind);
            kinds.insert(key, kind.clone());
            return Some(kind);
        }
        self.custom.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    /// All kinds of definitions, by group, version and plural.
    pub(crate) fn custom(&self) -> Vec<Arc<Kind>> {
        let kinds = self.custom.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.values().cloned().collect()
    }

    /// What discovery shows of all definitions.
    pub(crate) fn described(&self) -> Vec<Custom> {
        let described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
        described.values().flatten().cloned().collect()
    }

    /// Replaces what discovery shows of a definition.
    pub(crate) fn describe(&self, definition: &str, custom: Vec<Custom>) {
        let mut described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
        if custom.is_empty() {
            described.remove(definition);
        } else {
            described.insert(definition.to_owned(), custom);
        }
    }

    /// Replaces what a definition serves.
    pub(crate) fn define(&self, group: &str, plural: &str, kinds: Vec<Kind>) {
        let mut custom = self.custom.lock().unwrap_or_else(PoisonError::into_inner);
        custom.retain(|(of, _, name), _| (&**of, &**name) != (group, plural));
        for kind in kinds {
            let version = kind.info.version.clone();
            custom.insert((group.to_owned(), version, plural.to_owned()), Arc::new(kind));
        }
    }
}
