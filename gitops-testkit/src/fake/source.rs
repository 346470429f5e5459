//! A repository in memory.

use super::{MemoryTree, Op, Script};
use bytes::Bytes;
use gitops_core::{
    async_trait,
    error::{Error, Result, Retry, Stage},
    model::{Revision, Snapshot},
    reason,
    stage::Source,
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A source with one branch, whose revision ids are digests of content: the same files are the
/// same revision. Cheap to clone; clones share the branch.
///
/// It starts with an empty tree. [`script`](Self::script) makes its calls fail.
///
/// **Not modelled:** other branches, tags, merges, signatures, authors; a partial fetch; a
/// revision whose files come late (use [`Fault::Stall`](super::Fault::Stall)).
///
/// ```
/// use gitops_core::stage::Source;
/// use gitops_testkit::fake::FakeSource;
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let source = FakeSource::new();
/// let first = source.write("web.yaml", "kind: Web");
/// source.write("web.yaml", "kind: Worker");
/// source.revert();
/// assert_eq!(source.resolve().await?, first);
/// # Ok::<(), gitops_core::Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct FakeSource {
    branch: Arc<Mutex<Branch>>,
    script: Script,
}

struct Branch {
    history: Vec<Revision>,
    trees: BTreeMap<String, Arc<MemoryTree>>,
}

impl FakeSource {
    /// An empty repository.
    pub fn new() -> Self {
        Self::scripted(Script::new())
    }

    /// An empty repository whose calls go through a script that other fakes may share.
    pub fn scripted(script: Script) -> Self {
        let branch = Branch { history: Vec::new(), trees: BTreeMap::new() };
        let source = FakeSource { branch: Arc::new(Mutex::new(branch)), script };
        source.replace(MemoryTree::new());
        source
    }

    /// Faults to come and the record of calls.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Commits a change to the files of the head.
    pub fn commit(&self, edit: impl FnOnce(&mut MemoryTree)) -> Revision {
        let mut tree = (*self.tree()).clone();
        edit(&mut tree);
        self.replace(tree)
    }

    /// Commits one file.
    pub fn write(&self, path: &str, content: impl Into<Bytes>) -> Revision {
        self.commit(|tree| {
            tree.write(path, content);
        })
    }

    /// Commits the removal of a file or directory.
    pub fn remove(&self, path: &str) -> Revision {
        self.commit(|tree| {
            tree.remove(path);
        })
    }

    /// Commits these files and no others.
    pub fn replace(&self, tree: MemoryTree) -> Revision {
        let mut branch = self.branch();
        let revision = Revision::new("main", tree.digest().to_string());
        branch.trees.insert(revision.id().to_owned(), Arc::new(tree));
        branch.history.push(revision.clone());
        revision
    }

    /// Commits what the head's parent had. Without a parent nothing happens.
    pub fn revert(&self) -> Revision {
        let mut branch = self.branch();
        if let Some(parent) = branch.history.iter().rev().nth(1).cloned() {
            branch.history.push(parent);
        }
        head(&branch)
    }

    /// Rewrites history: the head was never there. The first commit stays.
    pub fn force_push_parent(&self) -> Revision {
        let mut branch = self.branch();
        if branch.history.len() > 1 {
            branch.history.pop();
        }
        head(&branch)
    }

    /// Makes a revision unreadable, as if it had been collected as garbage after a force-push.
    pub fn collect(&self, revision: &Revision) {
        self.branch().trees.remove(revision.id());
    }

    /// The revision that is wanted now, without a call on record.
    pub fn head(&self) -> Revision {
        head(&self.branch())
    }

    /// The files of the head, without a call on record.
    pub fn tree(&self) -> Arc<MemoryTree> {
        let branch = self.branch();
        branch.trees.get(head(&branch).id()).cloned().unwrap_or_default()
    }

    fn branch(&self) -> MutexGuard<'_, Branch> {
        self.branch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn head(branch: &Branch) -> Revision {
    // The history begins with the empty tree and is never emptied.
    branch.history.last().cloned().unwrap_or_else(|| Revision::new("main", ""))
}

#[async_trait]
impl Source for FakeSource {
    async fn resolve(&self) -> Result<Revision> {
        self.script.call(Op::Resolve, None, || Ok(self.head())).await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
        let read = || {
            let tree = self.branch().trees.get(revision.id()).cloned().ok_or_else(|| {
                Error::new(
                    Stage::Source,
                    Retry::Backoff,
                    reason::REVISION_NOT_FOUND,
                    format!("there is no revision {revision}"),
                )
            })?;
            Ok(Snapshot::new(revision.clone(), tree))
        };
        self.script.call(Op::Fetch, None, read).await
    }
}

impl Default for FakeSource {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FakeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeSource").field("head", &self.head()).finish_non_exhaustive()
    }
}
