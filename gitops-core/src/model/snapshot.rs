//! The files of one revision: a read-only, content-addressed tree that records what is read.

use super::{ContentId, Revision};
use crate::error::Result;
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// What a [`Tree`] holds at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The last segment of the path.
    pub name: String,
    /// File or directory. Symlinks are resolved by the tree.
    pub kind: EntryKind,
    /// The id of the content: equal ids, equal content (for a directory: of everything below).
    pub id: ContentId,
}

/// The kinds of [`Entry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Another repository, whose files are not here.
    Submodule,
    /// A symlink that can't be followed: it leaves the tree, dangles or goes in circles.
    /// Reading it is an error; listing it is not.
    BrokenLink,
}

/// Read access to the files of a revision. Implemented by sources; renderers use [`Snapshot`].
///
/// Paths are relative, `/`-separated, without `.` or `..` segments; the empty path is the root.
///
/// **Contract.** Content never changes. Reads are lazy, local and bounded in size
/// (`TooLarge`). A symlink inside the tree is followed, one that leaves it is never
/// (`SymlinkRefused`). A path that does not exist is `Ok(None)`, not an error.
pub trait Tree: fmt::Debug + Send + Sync + 'static {
    /// What is at this path, if anything.
    ///
    /// # Errors
    /// `Corrupt` when the copy is damaged, `TooLarge` for a path over the limit.
    fn entry(&self, path: &str) -> Result<Option<Entry>>;

    /// The entries of a directory, sorted by name.
    ///
    /// # Errors
    /// `PathNotFound` when there is no directory at the path; `TooLarge` for too many entries.
    fn list(&self, path: &str) -> Result<Vec<Entry>>;

    /// The content of a file.
    ///
    /// # Errors
    /// `PathNotFound`, `TooLarge`, `SymlinkRefused`, `SubmoduleRefused`, `LfsPointer`, `Corrupt`.
    fn read(&self, path: &str) -> Result<Bytes>;
}

/// The files of one revision, as a renderer sees them.
///
/// Every path that is looked at is recorded: the [`ReadSet`] is the cache key, the changed-path
/// filter and the provenance of what was rendered. Cheap to clone; clones share the record.
#[derive(Clone)]
pub struct Snapshot {
    revision: Revision,
    tree: Arc<dyn Tree>,
    reads: Arc<Mutex<BTreeMap<String, Option<ContentId>>>>,
}

impl Snapshot {
    /// A snapshot of a revision.
    pub fn new(revision: Revision, tree: Arc<dyn Tree>) -> Self {
        Snapshot { revision, tree, reads: Arc::default() }
    }

    /// The revision.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// See [`Tree::entry`]; recorded, also when nothing is there.
    ///
    /// # Errors
    /// Those of [`Tree::entry`].
    pub fn entry(&self, path: &str) -> Result<Option<Entry>> {
        let entry = self.tree.entry(path)?;
        self.record(path, entry.as_ref().map(|entry| entry.id.clone()));
        Ok(entry)
    }

    /// See [`Tree::list`]; recorded as a read of the directory with all below it.
    ///
    /// # Errors
    /// Those of [`Tree::list`].
    pub fn list(&self, path: &str) -> Result<Vec<Entry>> {
        self.entry(path)?;
        self.tree.list(path)
    }

    /// See [`Tree::read`]; recorded.
    ///
    /// # Errors
    /// Those of [`Tree::read`].
    pub fn read(&self, path: &str) -> Result<Bytes> {
        self.entry(path)?;
        self.tree.read(path)
    }

    /// What was read so far.
    pub fn read_set(&self) -> ReadSet {
        ReadSet(self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn record(&self, path: &str, id: Option<ContentId>) {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), id);
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({})", self.revision)
    }
}

/// The paths a render looked at, with the content ids it found (none where nothing was).
///
/// A renderer is pure, so the same read-set means the same output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSet(BTreeMap<String, Option<ContentId>>);

impl ReadSet {
    /// Whether another revision answers every one of these reads alike. Looks at nothing but
    /// these paths; the look itself is not recorded in `snapshot`.
    ///
    /// # Errors
    /// Those of [`Tree::entry`].
    pub fn holds_in(&self, snapshot: &Snapshot) -> Result<bool> {
        for (path, id) in &self.0 {
            if snapshot.tree.entry(path)?.map(|entry| entry.id) != *id {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
