//! Objects by resource and name, with their history.
//!
//! What etcd is to the real server: one revision for all, a compare-and-swap on each key, reads of
//! the past until it is compacted, and changes after a revision in their order. Objects are kept as
//! the JSON that is sent, with their `resourceVersion` in it: reading and watching copy nothing.

mod table;

pub use table::{Change, ChangeKind};

use bytes::Bytes;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use table::Table;
use tokio::sync::watch;

/// An object as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The revision it got when it was last written.
    pub revision: u64,
    /// JSON, at the storage version.
    pub bytes: Bytes,
}

/// The history that is asked for is gone; `oldest` is the first revision that is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("revisions before {oldest} are compacted")]
pub struct Compacted {
    /// The first revision that can be read.
    pub oldest: u64,
}

/// Somebody else has written in between. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the object has changed meanwhile")]
pub struct Clash;

/// A part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Keys and objects, in the order of the keys.
    pub items: Vec<(Arc<str>, Stored)>,
    /// The revision at which it is true.
    pub revision: u64,
    /// How many come after it.
    pub remaining: usize,
}

/// Which part of a table is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Range<'a> {
    /// Only keys that begin so: `namespace/`, or everything.
    pub prefix: &'a str,
    /// Only keys from this one on.
    pub from: Option<&'a str>,
    /// At most this many.
    pub limit: Option<usize>,
}

/// The objects of a server.
#[derive(Debug)]
pub struct Store {
    state: Mutex<State>,
    /// Changes that each resource's history keeps.
    kept: usize,
}

#[derive(Debug)]
struct State {
    revision: u64,
    compacted: u64,
    tables: BTreeMap<Arc<str>, Table>,
}

impl Store {
    /// An empty store that keeps the last `kept` changes of each resource; older ones are
    /// compacted on their own. Revisions start above 1, as those of a server that has run already.
    pub fn new(kept: usize) -> Self {
        let state = State { revision: 1, compacted: 0, tables: BTreeMap::new() };
        Store { state: Mutex::new(state), kept }
    }

    /// A panic elsewhere doesn't make the data wrong: every change is made in one step.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The revision of the last write.
    pub fn revision(&self) -> u64 {
        self.state().revision
    }

    /// One object. O(log objects).
    pub fn get(&self, table: &str, key: &str) -> Option<Stored> {
        self.state().tables.get(table)?.objects.get(key).cloned()
    }

    /// How many objects there are of a resource.
    pub fn count(&self, table: &str) -> usize {
        self.state().tables.get(table).map_or(0, |table| table.objects.len())
    }

    /// The resources that have or had objects.
    pub fn tables(&self) -> Vec<Arc<str>> {
        self.state().tables.keys().cloned().collect()
    }

    /// The objects of a range, now. O(log objects + range).
    pub fn list(&self, table: &str, range: Range<'_>) -> Page {
        let state = self.state();
        let revision = state.revision;
        match state.tables.get(table) {
            Some(table) => Page { revision, ..table.page(range) },
            None => Page { revision, ..Page::default() },
        }
    }

    /// The objects of a range as they were after revision `at`. O(range + changes since then).
    ///
    /// # Errors
    /// That is compacted.
    pub fn list_at(&self, table: &str, range: Range<'_>, at: u64) -> Result<Page, Compacted> {
        let state = self.state();
        if at >= state.revision {
            let revision = state.revision;
            let page = state.tables.get(table).map(|table| table.page(range)).unwrap_or_default();
            return Ok(Page { revision, ..page });
        }
        if at < state.compacted {
            return Err(Compacted { oldest: state.compacted });
        }
        match state.tables.get(table) {
            Some(table) => Ok(Page { revision: at, ..table.page_at(range, at)? }),
            None => Ok(Page { revision: at, ..Page::default() }),
        }
    }

    /// Writes an object if its revision is still `expected` (`None`: if it is not there). `make`
    /// gets the new revision and gives what to store; it must not use the store. O(log objects).
    ///
    /// # Errors
    /// It is another revision. `make` was not called then.
    pub fn write(
        &self,
        table: &Arc<str>,
        key: &str,
        expected: Option<u64>,
        make: impl FnOnce(u64) -> Bytes,
    ) -> Result<Stored, Clash> {
        let mut state = self.state();
        let revision = state.revision + 1;
        let table = state.tables.entry(table.clone()).or_default();
        let stored = table.write(key, expected, revision, make)?;
        table.trim(self.kept);
        state.revision = revision;
        Ok(stored)
    }

    /// Removes an object if its revision is still `expected`. `make` gets the new revision and
    /// gives the object as watches show its end. O(log objects).
    ///
    /// # Errors
    /// It is another revision, or gone.
    pub fn remove(
        &self,
        table: &str,
        key: &str,
        expected: u64,
        make: impl FnOnce(u64) -> Bytes,
    ) -> Result<Stored, Clash> {
        let mut state = self.state();
        let revision = state.revision + 1;
        let table = state.tables.get_mut(table).ok_or(Clash)?;
        let stored = table.remove(key, expected, revision, make)?;
        table.trim(self.kept);
        state.revision = revision;
        Ok(stored)
    }

    /// At most `max` changes of a resource after a revision, oldest first. O(log changes + max).
    ///
    /// # Errors
    /// Some of them are compacted.
    pub fn changes(&self, table: &str, after: u64, max: usize) -> Result<Vec<Change>, Compacted> {
        let state = self.state();
        if after < state.compacted {
            return Err(Compacted { oldest: state.compacted });
        }
        state.tables.get(table).map_or_else(|| Ok(Vec::new()), |table| table.changes(after, max))
    }

    /// Tells of each new revision of a resource.
    pub fn subscribe(&self, table: &Arc<str>) -> watch::Receiver<u64> {
        self.state().tables.entry(table.clone()).or_default().written.subscribe()
    }

    /// Forgets all changes up to and with a revision (not beyond the current one).
    pub fn compact(&self, revision: u64) {
        let mut state = self.state();
        state.compacted = state.compacted.max(revision.min(state.revision));
        let compacted = state.compacted;
        for table in state.tables.values_mut() {
            table.compact(compacted);
        }
    }
}

#[cfg(test)]
mod tests;
