//! All kinds that are served.

use super::{Kind, built_in};
use crate::{builtin::resources, discovery::Custom};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The kinds: built-in ones, made when they are first asked for, and those of definitions.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    built_in: Mutex<BTreeMap<(String, String, String), Arc<Kind>>>,
    /// By the names of their definitions.
    custom: Mutex<BTreeMap<String, Defined>>,
}

/// What a definition serves.
#[derive(Debug, Default)]
struct Defined {
    kinds: Vec<Arc<Kind>>,
    /// What discovery shows of it.
    described: Vec<Custom>,
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
        let custom = self.custom.lock().unwrap_or_else(PoisonError::into_inner);
        let defined = custom.get(&format!("{plural}.{group}"))?;
        defined.kinds.iter().find(|kind| kind.info.version == version).cloned()
    }

    /// The kind that an owner reference names.
    pub(crate) fn of_kind(&self, api_version: &str, kind: &str) -> Option<Arc<Kind>> {
        if let Some(info) = resources::of(api_version).iter().find(|info| info.kind == kind) {
            return self.find(&info.group, &info.version, &info.plural);
        }
        let custom = self.custom.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kinds = custom.values().flat_map(|defined| &defined.kinds);
        kinds.find(|have| have.api_version == api_version && have.info.kind == kind).cloned()
    }

    /// The kind of what is stored in a table, at the version that discovery prefers.
    pub(crate) fn of_table(&self, table: &str) -> Option<Arc<Kind>> {
        let (group, plural) = table.split_once('/').unwrap_or(("", table));
        let built_in =
            resources::all().iter().find(|info| info.plural == plural && info.group == group);
        match built_in {
            Some(info) => self.find(group, &info.version, plural),
            None => self.of_definition(&format!("{plural}.{group}")),
        }
    }

    /// One of the kinds of a definition.
    pub(crate) fn of_definition(&self, definition: &str) -> Option<Arc<Kind>> {
        let custom = self.custom.lock().unwrap_or_else(PoisonError::into_inner);
        custom.get(definition)?.kinds.first().cloned()
    }

    /// What discovery shows of all definitions.
    pub(crate) fn described(&self) -> Vec<Custom> {
        let custom = self.custom.lock().unwrap_or_else(PoisonError::into_inner);
        custom.values().flat_map(|defined| &defined.described).cloned().collect()
    }

    /// Replaces what a definition serves, and what discovery shows of it.
    pub(crate) fn define(&self, definition: &str, kinds: Vec<Kind>, described: Vec<Custom>) {
        let kinds = kinds.into_iter().map(Arc::new).collect();
        let mut custom = self.custom.lock().unwrap_or_else(PoisonError::into_inner);
        custom.insert(definition.to_owned(), Defined { kinds, described });
    }

    /// Forgets a definition.
    pub(crate) fn undefine(&self, definition: &str) {
        self.custom.lock().unwrap_or_else(PoisonError::into_inner).remove(definition);
    }
}
