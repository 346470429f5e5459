//! The source itself: deadlines, locks and what happens in which order.

use super::{
    attempt::{Attempt, StopOnDrop},
    builder::{GitSourceBuilder, Repository, Settings},
    cache::{Cache, Generation, WriteLock},
    credentials::{Credential, Credentials},
    fault::Fault,
    reference::{Wanted, commit_of},
    remote::Remote,
    scrub::Scrub,
    tree::GitTree,
    url::GitUrl,
};
use crate::{
    env::Env,
    error::{Error, Result, Retry, Stage},
    model::{Revision, Snapshot},
    reason,
    stage::Source,
};
use async_trait::async_trait;
use gix::ObjectId;
use std::{fmt, sync::Arc, time::Duration};

/// How often a lock that another process holds is tried again.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// A branch, tag, version or commit of a Git repository as a [`Source`]. Cheap to clone.
///
/// `resolve` lists one ref (two small requests over http). `fetch` makes no request when the
/// commit is in the cache; otherwise it receives what the last fetched commit does not have,
/// without history. A [`Snapshot`] reads from the cache lazily and stays whole for as long as it
/// lives, whatever is fetched meanwhile, by this process or another.
///
/// **Runtime.** Needs tokio with I/O and time enabled. Blocking work runs on its blocking threads.
///
/// **Cancellation.** A dropped future stops its work at once, also when the server stalls; what it
/// left in the cache is completed or removed by the next call. The overall deadline is measured
/// with [`Env`]'s clock.
///
/// **Errors.** Those of [`Source`]; also `Throttled`, `InvalidConfiguration` and `Unavailable` (the
/// cache directory). Credentials never appear in them.
///
/// ```no_run
/// use gitops_core::{source::git::{Credential, GitSource, Reference, Repository}, stage::Source};
///
/// # async fn example(token: String) -> gitops_core::Result<()> {
/// let source = GitSource::builder(Repository {
///     url: "https://git.example.com/shop/deploy.git".into(),
///     reference: Reference::branch("main"),
///     cache: "/var/cache/shop".into(),
/// })
/// .credentials(Credential::basic("x-access-token", token))
/// .build()?;
///
/// let revision = source.resolve().await?;
/// let files = source.fetch(&revision).await?;
/// for entry in files.list("apps")? {
///     println!("{revision} has apps/{}", entry.name);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct GitSource(Arc<Inner>);

struct Inner {
    url: GitUrl,
    wanted: Wanted,
    settings: Settings,
    cache: Cache,
    credentials: Arc<dyn Credentials>,
    deadline: Duration,
    env: Env,
    /// One fetch at a time, in order. The file lock alone would do, but unfairly.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl GitSource {
    /// Starts with what is required; see [`GitSourceBuilder`] for the options.
    pub fn builder(repository: Repository) -> GitSourceBuilder {
        GitSourceBuilder::new(repository)
    }

    pub(super) fn assemble(
        url: GitUrl,
        wanted: Wanted,
        settings: Settings,
        cache: Cache,
        credentials: Arc<dyn Credentials>,
        deadline: Duration,
        env: Env,
    ) -> Self {
        let turn = Arc::default();
        GitSource(Arc::new(Inner {
            url,
            wanted,
            settings,
            cache,
            credentials,
            deadline,
            env,
            turn,
        }))
    }
}

#[async_trait]
impl Source for GitSource {
    async fn resolve(&self) -> Result<Revision> {
        let inner = &self.0;
        let scrub = Scrub::default();
        let Some(prefix) = inner.wanted.prefix().map(str::to_owned) else {
            return inner.wanted.choose(&[]).map_err(|fault| inner.error(fault, &scrub));
        };
        inner
            .within("listing its refs", async {
                let (credential, scrub) = inner.ask().await?;
                let refs = inner
                    .work(move |inner, attempt| inner.remote(&credential, attempt).list(&prefix))
                    .await;
                refs.and_then(|refs| inner.wanted.choose(&refs))
                    .map_err(|fault| inner.error(fault, &scrub))
            })
            .await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
        let inner = &self.0;
        let nothing = Scrub::default();
        let commit = commit_of(revision).map_err(|fault| inner.error(fault, &nothing))?;
        inner
            .within("fetching", async {
                let kept = inner.work(move |inner, _| inner.kept(commit)).await;
                let (generation, tree) = match kept.map_err(|fault| inner.error(fault, &nothing))? {
                    Some(kept) => kept,
                    None => inner.fetched(commit).await?,
                };
                let (limits, place) = (inner.settings.limits, inner.url.to_string());
                let tree = GitTree::new(generation, tree, limits, place);
                Ok(Snapshot::new(revision.clone(), Arc::new(tree)))
            })
            .await
    }
}

/// A commit's tree and the repository that has it.
type Found = (Arc<Generation>, ObjectId);

impl Inner {
    /// The commit, if the repository that is open already has it. Needs no lock and no request.
    fn kept(&self, commit: ObjectId) -> Result<Option<Found>, Fault> {
        let Some(generation) = self.cache.opened() else { return Ok(None) };
        match generation.tree_of(commit) {
            Ok(tree) => Ok(tree.map(|tree| (generation, tree))),
            // Damaged: it is fetched anew.
            Err(fault) if fault.may_be_local() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn fetched(self: &Arc<Self>, commit: ObjectId) -> Result<Found> {
        let nothing = Scrub::default();
        let turn = self.turn.clone().lock_owned().await;
        let lock = loop {
            match self.cache.try_lock().map_err(|fault| self.error(fault, &nothing))? {
                Some(lock) => break lock,
                None => self.env.clock.sleep(LOCK_PAUSE).await,
            }
        };
        let (credential, scrub) = self.ask().await?;
        self.work(move |inner, attempt| {
            // Turn and lock live as long as the work, also when nobody waits for it any more.
            let (_turn, lock) = (turn, lock);
            inner.bring(&lock, &inner.remote(&credential, attempt), commit)
        })
        .await
        .map_err(|fault| self.error(fault, &scrub))
    }

    /// From the current repository, into it, or into a new one that takes its place.
    fn bring(
        &self,
        lock: &WriteLock,
        remote: &Remote<'_>,
        commit: ObjectId,
    ) -> Result<Found, Fault> {
        // What could not be removed the last time.
        self.cache.sweep(lock);
        if let Some(current) = self.cache.current(lock) {
            let found = match current.tree_of(commit) {
                Ok(None) if !self.cache.is_full(&current) => {
                    remote.fetch(&current, commit).and_then(|()| current.tree_of(commit))
                }
                found => found,
            };
            match found {
                Ok(Some(tree)) => return Ok((current, tree)),
                Err(fault) if !fault.may_be_local() => return Err(fault),
                Ok(None) | Err(_) => tracing::debug!(url = %self.url, "a new cache is begun"),
            }
        }
        let fresh = self.cache.fresh(lock)?;
        remote.fetch(&fresh, commit)?;
        let Some(tree) = fresh.tree_of(commit)? else {
            return Err(Fault::Corrupt { detail: format!("commit {commit} did not arrive") });
        };
        self.cache.publish(lock, &fresh)?;
        self.cache.sweep(lock);
        Ok((fresh, tree))
    }

    fn remote<'a>(&'a self, credential: &'a Credential, attempt: &'a Arc<Attempt>) -> Remote<'a> {
        Remote { url: &self.url, settings: &self.settings, credential, attempt }
    }

    /// The credential of this attempt, and what its secrets look like.
    async fn ask(&self) -> Result<(Credential, Scrub)> {
        let credential = self.credentials.credential().await?;
        let scrub = Scrub::new(&credential, self.settings.proxy_password.as_deref());
        Ok((credential, scrub))
    }

    fn error(&self, fault: Fault, scrub: &Scrub) -> Error {
        fault.into_error(&self.url.to_string(), scrub)
    }

    /// Runs blocking work on a blocking thread. It stops when this future is dropped.
    async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &Arc<Attempt>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let runtime = tokio::runtime::Handle::current();
        let attempt = Attempt::new(self.settings.limits.transfer_bytes, runtime);
        let (inner, doing) = (self.clone(), attempt.clone());
        let stop = StopOnDrop(attempt);
        // gix blocks; the thread is told to stop by StopOnDrop and holds no more than locks.
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&inner, &doing);
            tracing::debug!(url = %inner.url, bytes = doing.received(), "git");
            done
        })
        .await;
        drop(stop);
        done.unwrap_or_else(|panic| {
            Err(Fault::Corrupt { detail: format!("the Git library gave up: {panic}") })
        })
    }

    async fn within<T>(&self, what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            done = work => done,
            () = self.env.clock.sleep(self.deadline) => Err(Error::new(
                Stage::Source,
                Retry::Backoff,
                reason::TIMED_OUT,
                format!("{}: {what} took longer than {:?}", self.url, self.deadline),
            )
            .advise("the server or the network is slow: it is tried again; raise the deadline if \
                     the repository is large")),
        }
    }
}

impl fmt::Debug for GitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitSource")
            .field("url", &self.0.url)
            .field("wanted", &self.0.wanted)
            .finish_non_exhaustive()
    }
}
