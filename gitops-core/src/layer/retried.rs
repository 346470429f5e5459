//! Bounded retries of reads.

use crate::{
    Result, Retry, async_trait,
    env::{Clock, Env, Rng},
    model::{Cursor, Observed, Revision, Snapshot},
    stage::{Observer, Query, Source},
};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How often a read is tried, and how long it waits in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How many tries there are in all; 0 counts as 1.
    pub tries: u32,
    /// The wait after the first failure. It doubles with each further one.
    pub first: Duration,
    /// The longest wait. When the far side asks for a longer one, its error is handed on instead,
    /// for the controller to wait without holding a pass open.
    pub longest: Duration,
}

impl Default for Retries {
    /// Three tries, 200 ms and 400 ms apart, give or take the jitter.
    fn default() -> Self {
        Retries { tries: 3, first: Duration::from_millis(200), longest: Duration::from_secs(5) }
    }
}

/// How far a wait is moved by chance, in per cent of itself.
const JITTER: u32 = 20;

/// Tries the calls of a reading stage again, a bounded number of times, to bridge a hiccup. For
/// sources and observers only: writes are never repeated by a layer, and rendering again can't
/// help.
///
/// The retry class of the error decides: `Backoff` waits with exponential back-off and jitter,
/// `After` as long as was asked for at least, `Replan` and `Never` are handed on at once. The
/// error handed on at the end is the last one.
///
/// Passes of the controller retry too: keep the tries few, or a server that is down gets the
/// product of both.
pub struct Retried<S> {
    inner: S,
    retries: Retries,
    clock: Arc<dyn Clock>,
    rng: Mutex<Rng>,
}

impl<S> Retried<S> {
    /// Retries the calls of `inner`, on the clock of `env` and with jitter from its child `name`.
    pub fn new(inner: S, name: &str, retries: Retries, env: &Env) -> Self {
        let rng = Mutex::new(env.rng.child("retried").child(name));
        Retried { inner, retries, clock: env.clock.clone(), rng }
    }

    async fn run<T, F: Future<Output = Result<T>>>(
        &self,
        mut call: impl FnMut() -> F,
    ) -> Result<T> {
        let mut failures = 0;
        loop {
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failures += 1;
            match self.wait(error.retry(), failures) {
                Some(wait) if failures < self.retries.tries => self.clock.sleep(wait).await,
                _ => return Err(error),
            }
        }
    }

    /// How long to wait after so many failures; `None` when waiting here can't help.
    fn wait(&self, retry: Retry, failures: u32) -> Option<Duration> {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        match retry {
            Retry::Backoff => {
                let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
                let base = self.retries.first.saturating_mul(doubled).min(self.retries.longest);
                Some(rng.jitter(base, JITTER))
            }
            // Not before it has passed: the jitter only adds.
            Retry::After(asked) if asked <= self.retries.longest => {
                Some(asked + rng.jitter(self.retries.first, 100) / 2)
            }
            _ => None,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Source> Source for Retried<S> {
    async fn resolve(&self) -> Result<Revision> {
        self.run(|| self.inner.resolve()).await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
        self.run(|| self.inner.fetch(revision)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Observer> Observer for Retried<S> {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        self.run(|| self.inner.observe(query)).await
    }

    async fn moved(&self, since: Option<&Cursor>) -> Result<()> {
        self.run(|| self.inner.moved(since)).await
    }
}

impl<S: fmt::Debug> fmt::Debug for Retried<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Retried").field(&self.retries).field(&self.inner).finish()
    }
}
