//! The copy on disk: a bare repository that survives restarts and doesn't grow without bound.
//!
//! ```text
//! CACHE/lock            held by whoever writes, in any process
//! CACHE/current         name of the repository in use, and of the URL it is a copy of
//! CACHE/repo-7/         a bare repository; repo-7/held is share-locked by all who read from it
//! CACHE/repo-8/         the next one, until `current` names it
//! ```
//!
//! A repository is never compacted in place: files under a live reader must not move. A new one is
//! fetched beside it and takes over when `current` is renamed; the old one is removed when nobody
//! holds it. A process killed at any moment leaves at worst a directory that the next one removes.

use super::{fault::Fault, limits::Limits, url::GitUrl};
use crate::model::Digest;
use gix::{ObjectId, ThreadSafeRepository};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// A commit or tag object is text for people; this is plenty.
const COMMIT_BYTES: u64 = 1 << 20;

pub(super) struct Cache {
    dir: PathBuf,
    identity: String,
    limits: Limits,
    packs: usize,
    open: Mutex<Option<Arc<Generation>>>,
}

/// Proof that nobody else writes, in this process or another.
pub(super) struct WriteLock(#[expect(dead_code, reason = "held, not read")] File);

/// One bare repository. Its files stay while anybody holds one of these.
pub(super) struct Generation {
    name: String,
    repo: ThreadSafeRepository,
    damaged: AtomicBool,
    _held: File,
}

fn storage(what: &str, path: &Path) -> impl FnOnce(io::Error) -> Fault {
    let what = format!("{what} {}", path.display());
    move |error| Fault::Storage { detail: format!("{what}: {error}") }
}

impl Cache {
    pub(super) fn new(dir: PathBuf, url: &GitUrl, limits: Limits, packs: usize) -> Self {
        let identity = Digest::of(url.url.to_bstring().as_slice()).to_string();
        Cache { dir, identity, limits, packs, open: Mutex::new(None) }
    }

    /// The repository that is open in this process, without any lock: content is addressed by id,
    /// so whatever it has is right.
    pub(super) fn opened(&self) -> Option<Arc<Generation>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).clone();
        open.filter(|generation| !generation.is_damaged())
    }

    /// The write lock, or nothing while somebody else has it.
    pub(super) fn try_lock(&self) -> Result<Option<WriteLock>, Fault> {
        create_private(&self.dir).map_err(storage("can't create", &self.dir))?;
        let path = self.dir.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(storage("can't open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(WriteLock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(storage("can't lock", &path)(error)),
        }
    }

    /// The repository in use, if there is a sound one of this URL with room for another pack.
    pub(super) fn current(&self, _: &WriteLock) -> Option<Arc<Generation>> {
        let text = fs::read_to_string(self.dir.join("current")).ok()?;
        let (name, identity) = text.trim().split_once(' ')?;
        if identity != self.identity || number(name).is_none() {
            return None;
        }
        let known = self.opened().filter(|open| open.name == name && open.dir().exists());
        let generation = match known {
            Some(known) => known,
            None => {
                let path = self.dir.join(name);
                // We have the write lock, so any lock inside was left behind by the dead.
                remove_stale_locks(&path);
                let repo = ThreadSafeRepository::open_opts(&path, self.options()).ok()?;
                let generation = Arc::new(Generation::hold(name, repo, &path).ok()?);
                self.remember(&generation);
                generation
            }
        };
        (!generation.is_damaged()).then_some(generation)
    }

    /// Whether the repository should be left as it is and a new one begun.
    pub(super) fn is_full(&self, generation: &Generation) -> bool {
        generation.packs() >= self.packs
    }

    /// A new, empty repository, which nobody uses before it is published.
    pub(super) fn fresh(&self, _: &WriteLock) -> Result<Arc<Generation>, Fault> {
        let highest = self.names().iter().filter_map(|name| number(name)).max().unwrap_or(0);
        let name = format!("repo-{}", highest.saturating_add(1));
        let path = self.dir.join(&name);
        let repo = ThreadSafeRepository::init_opts(
            &path,
            gix::create::Kind::Bare,
            gix::create::Options::default(),
            self.options(),
        )
        .map_err(|error| Fault::Storage { detail: format!("{}: {error}", path.display()) })?;
        Generation::hold(&name, repo, &path).map(Arc::new).map_err(storage("can't hold", &path))
    }

    /// Makes a repository the current one, at once for everybody.
    pub(super) fn publish(&self, _: &WriteLock, generation: &Arc<Generation>) -> Result<(), Fault> {
        let (next, current) = (self.dir.join("current.next"), self.dir.join("current"));
        let write = || {
            fs::write(&next, format!("{} {}\n", generation.name, self.identity))?;
            File::open(&next)?.sync_all()?;
            fs::rename(&next, &current)
        };
        write().map_err(storage("can't write", &current))?;
        self.remember(generation);
        Ok(())
    }

    /// Removes repositories that are not current and that nobody holds. What can't be removed now
    /// is left to the next time.
    pub(super) fn sweep(&self, _: &WriteLock) {
        let current = fs::read_to_string(self.dir.join("current")).unwrap_or_default();
        let current = current.split(' ').next().unwrap_or_default();
        for name in self.names().iter().filter(|name| *name != current) {
            let path = self.dir.join(name);
            // Nobody opens one without the write lock, which we have: no race with a newcomer.
            let free = match File::options().write(true).open(path.join("held")) {
                Ok(held) => held.try_lock().is_ok(),
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            };
            if free {
                let _ = fs::remove_dir_all(&path);
            }
        }
    }

    fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter(|name| number(name).is_some()).collect()
    }

    fn remember(&self, generation: &Arc<Generation>) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(generation.clone());
    }

    /// Nothing of the user's or the machine's configuration or environment, and bounded memory for
    /// what a server sends. Edits of refs want a committer's name.
    fn options(&self) -> gix::open::Options {
        gix::open::Options::isolated().config_overrides([
            "gitoxide.committer.nameFallback=gitops".to_owned(),
            "gitoxide.committer.emailFallback=gitops@localhost".to_owned(),
            format!("gitoxide.objects.allocLimit={}", self.limits.object_bytes),
        ])
    }
}

impl Generation {
    fn hold(name: &str, repo: ThreadSafeRepository, path: &Path) -> io::Result<Self> {
        let held =
            File::options().create(true).truncate(false).write(true).open(path.join("held"))?;
        held.lock_shared()?;
        let damaged = AtomicBool::new(false);
        Ok(Generation { name: name.to_owned(), repo, damaged, _held: held })
    }

    /// A handle for this thread.
    pub(super) fn repo(&self) -> gix::Repository {
        self.repo.to_thread_local()
    }

    fn dir(&self) -> &Path {
        self.repo.git_dir()
    }

    /// Remembers that something in it could not be read: the next fetch begins anew.
    pub(super) fn mark_damaged(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// Packs, and what interrupted fetches left beside them.
    fn packs(&self) -> usize {
        let Ok(entries) = fs::read_dir(self.dir().join("objects/pack")) else { return usize::MAX };
        let others = |name: &str| !(name.ends_with(".idx") || name.ends_with(".keep"));
        entries.flatten().filter(|entry| entry.file_name().to_str().is_none_or(others)).count()
    }

    /// The tree of a commit, if the commit is here. A commit arrives with all its files or not at
    /// all, because a pack becomes visible only when it is complete.
    pub(super) fn tree_of(&self, commit: ObjectId) -> Result<Option<ObjectId>, Fault> {
        let damaged = |detail: String| {
            self.mark_damaged();
            Fault::Corrupt { detail }
        };
        let repo = self.repo();
        let header = match repo.try_find_header(commit) {
            Ok(Some(header)) => header,
            Ok(None) => return Ok(None),
            Err(error) => return Err(damaged(format!("commit {commit}: {error}"))),
        };
        if header.kind() != gix::object::Kind::Commit {
            return Err(Fault::NoSuchRef {
                what: format!("{commit} is a {}, not a commit", header.kind()),
                advice: "name a commit, or a tag that leads to one",
            });
        }
        if header.size() > COMMIT_BYTES {
            return Err(Fault::TooLarge {
                what: format!("the text of commit {commit}"),
                limit: format!("{COMMIT_BYTES} bytes"),
            });
        }
        let tree = repo
            .find_commit(commit)
            .map_err(|error| error.to_string())
            .and_then(|found| found.tree_id().map_err(|error| error.to_string()))
            .map_err(|error| damaged(format!("commit {commit}: {error}")))?
            .detach();
        match repo.try_find_header(tree) {
            Ok(Some(_)) => Ok(Some(tree)),
            _ => Err(damaged(format!("commit {commit} has no tree"))),
        }
    }
}

fn number(name: &str) -> Option<u64> {
    name.strip_prefix("repo-")?.parse().ok()
}

/// Readable by its owner only: it holds what may be private.
fn create_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn remove_stale_locks(repo: &Path) {
    for dir in ["", "refs/gitops"] {
        let Ok(entries) = fs::read_dir(repo.join(dir)) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "lock") {
                let _ = fs::remove_file(path);
            }
        }
    }
}
