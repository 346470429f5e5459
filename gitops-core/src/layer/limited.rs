//! A limit on how many calls run at once.

use crate::{
    Result, async_trait,
    model::{Applied, Change, Cursor, Desired, Inventory, Observed, Revision, Snapshot, Version},
    stage::{Applier, InventoryStore, Observer, Query, Renderer, Source, Stored},
};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many calls may run at once. Clones share the places, so that the stages of many apps can
/// be limited together, by the server they talk to.
#[derive(Debug, Clone)]
pub struct Limit(Arc<Semaphore>);

impl Limit {
    /// A limit of this many calls; 0 counts as 1, since nothing would ever run.
    pub fn new(calls: usize) -> Self {
        Limit(Arc::new(Semaphore::new(calls.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// How many more calls could start now.
    pub fn free(&self) -> usize {
        self.0.available_permits()
    }

    async fn run<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        // Only a closed semaphore answers with an error, and nobody closes this one.
        let _place = self.0.acquire().await.ok();
        call.await
    }
}

impl From<usize> for Limit {
    fn from(calls: usize) -> Self {
        Limit::new(calls)
    }
}

impl From<&Limit> for Limit {
    fn from(limit: &Limit) -> Self {
        limit.clone()
    }
}

/// Lets a call wait until one of the places of a [`Limit`] is free; first come, first served.
/// Dropping a call frees its place, or its place in the queue.
///
/// [`Observer::moved`] is a wait and takes no place.
#[derive(Debug, Clone)]
pub struct Limited<S> {
    inner: S,
    limit: Limit,
}

impl<S> Limited<S> {
    /// Limits the calls of `inner`.
    pub fn new(inner: S, limit: Limit) -> Self {
        Limited { inner, limit }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Source> Source for Limited<S> {
    async fn resolve(&self) -> Result<Revision> {
        self.limit.run(self.inner.resolve()).await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
        self.limit.run(self.inner.fetch(revision)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Renderer> Renderer for Limited<S> {
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
        self.limit.run(self.inner.render(snapshot)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Observer> Observer for Limited<S> {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        self.limit.run(self.inner.observe(query)).await
    }

    async fn moved(&self, since: Option<&Cursor>) -> Result<()> {
        self.inner.moved(since).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Applier> Applier for Limited<S> {
    async fn apply(&self, change: &Change) -> Result<Applied> {
        self.limit.run(self.inner.apply(change)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: InventoryStore> InventoryStore for Limited<S> {
    async fn load(&self) -> Result<Stored> {
        self.limit.run(self.inner.load()).await
    }

    async fn save(&self, inventory: &Inventory, base: Option<&Version>) -> Result<Version> {
        self.limit.run(self.inner.save(inventory, base)).await
    }

    async fn remove(&self, base: &Version) -> Result<()> {
        self.limit.run(self.inner.remove(base)).await
    }
}
