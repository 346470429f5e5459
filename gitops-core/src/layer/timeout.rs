//! A time limit on every call.

use crate::{
    Error, Result, Retry, Stage, async_trait,
    env::{Clock, Env},
    model::{Applied, Change, Cursor, Desired, Inventory, Observed, Revision, Snapshot, Version},
    reason,
    stage::{Applier, InventoryStore, Observer, Query, Renderer, Source, Stored},
};
use futures::future::{self, Either};
use std::{fmt, pin::pin, sync::Arc, time::Duration};

/// Gives every call of a stage a time limit and drops the call when it has passed.
///
/// # Errors
/// A read that is late fails with `TimedOut` (`Backoff`). A write may have taken effect: it fails
/// with `OutcomeUnknown` (`Replan`), so that the next pass observes what became of it. An answer
/// that arrives together with the deadline counts.
///
/// [`Observer::moved`] is a wait and has no limit. A renderer is limited as far as it yields.
pub struct Timeout<S> {
    inner: S,
    limit: Duration,
    clock: Arc<dyn Clock>,
}

impl<S> Timeout<S> {
    /// Limits every call of `inner`, on the clock of `env`.
    pub fn new(inner: S, limit: Duration, env: &Env) -> Self {
        Timeout { inner, limit, clock: env.clock.clone() }
    }

    async fn read<T>(&self, stage: Stage, call: impl Future<Output = Result<T>>) -> Result<T> {
        self.bound(call, || {
            let message = format!("no answer within {:?}", self.limit);
            Error::new(stage, Retry::Backoff, reason::TIMED_OUT, message)
        })
        .await
    }

    async fn write<T>(&self, stage: Stage, call: impl Future<Output = Result<T>>) -> Result<T> {
        self.bound(call, || {
            let message = format!("no answer within {:?}: it may have been written", self.limit);
            Error::new(stage, Retry::Replan, reason::OUTCOME_UNKNOWN, message)
        })
        .await
    }

    async fn bound<T>(
        &self,
        call: impl Future<Output = Result<T>>,
        late: impl FnOnce() -> Error,
    ) -> Result<T> {
        // `select` polls the call first.
        match future::select(pin!(call), self.clock.sleep(self.limit)).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(late()),
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Source> Source for Timeout<S> {
    async fn resolve(&self) -> Result<Revision> {
        self.read(Stage::Source, self.inner.resolve()).await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
        self.read(Stage::Source, self.inner.fetch(revision)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Renderer> Renderer for Timeout<S> {
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
        self.read(Stage::Render, self.inner.render(snapshot)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Observer> Observer for Timeout<S> {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        self.read(Stage::Observe, self.inner.observe(query)).await
    }

    async fn moved(&self, since: Option<&Cursor>) -> Result<()> {
        self.inner.moved(since).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Applier> Applier for Timeout<S> {
    async fn apply(&self, change: &Change) -> Result<Applied> {
        let call = self.inner.apply(change);
        let result = self.write(Stage::Apply, call).await;
        result.map_err(|error| if error.object().is_none() { error.on(&change.id) } else { error })
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: InventoryStore> InventoryStore for Timeout<S> {
    async fn load(&self) -> Result<Stored> {
        self.read(Stage::Inventory, self.inner.load()).await
    }

    async fn save(&self, inventory: &Inventory, base: Option<&Version>) -> Result<Version> {
        self.write(Stage::Inventory, self.inner.save(inventory, base)).await
    }

    async fn remove(&self, base: &Version) -> Result<()> {
        self.write(Stage::Inventory, self.inner.remove(base)).await
    }
}

impl<S: fmt::Debug> fmt::Debug for Timeout<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timeout").field(&self.limit).field(&self.inner).finish()
    }
}
