//! A span around every call.

use crate::{
    Error, Result, async_trait,
    model::{
        Applied, Change, Cursor, Desired, Diff, Inventory, Observed, Revision, Snapshot, Version,
    },
    stage::{Applier, Differ, InventoryStore, Observer, Query, Renderer, Source, Stored},
};
use tracing::{Instrument as _, Span, debug, debug_span};

/// Opens a `tracing` span at level DEBUG around every call, named after it, with the stage's name
/// (`part`) and what it works on: revision, object, counts. A failure is an event with its reason.
/// Documents, field values and credentials are never recorded.
#[derive(Debug, Clone)]
pub struct Traced<S> {
    inner: S,
    name: String,
}

impl<S> Traced<S> {
    /// Traces the calls of `inner` under this name.
    pub fn new(inner: S, name: String) -> Self {
        Traced { inner, name }
    }
}

async fn spanned<T>(span: Span, call: impl Future<Output = Result<T>>) -> Result<T> {
    async { call.await.inspect_err(failed) }.instrument(span).await
}

fn failed(error: &Error) {
    debug!(reason = error.reason(), %error, "failed");
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Source> Source for Traced<S> {
    async fn resolve(&self) -> Result<Revision> {
        spanned(debug_span!("resolve", part = self.name), self.inner.resolve()).await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
        let span = debug_span!("fetch", part = self.name, %revision);
        spanned(span, self.inner.fetch(revision)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Renderer> Renderer for Traced<S> {
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
        let span = debug_span!("render", part = self.name, revision = %snapshot.revision());
        spanned(span, self.inner.render(snapshot)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Observer> Observer for Traced<S> {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        let span = debug_span!(
            "observe",
            part = self.name,
            desired = query.desired.len(),
            owned = query.inventory.len(),
        );
        spanned(span, self.inner.observe(query)).await
    }

    async fn moved(&self, since: Option<&Cursor>) -> Result<()> {
        spanned(debug_span!("moved", part = self.name), self.inner.moved(since)).await
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: Differ> Differ for Traced<S> {
    fn diff(&self, desired: &Desired, observed: &Observed, inventory: &Inventory) -> Result<Diff> {
        let span = debug_span!("diff", part = self.name, desired = desired.len());
        span.in_scope(|| self.inner.diff(desired, observed, inventory).inspect_err(failed))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: Applier> Applier for Traced<S> {
    async fn apply(&self, change: &Change) -> Result<Applied> {
        let span = debug_span!("apply", part = self.name, object = %change.id);
        spanned(span, self.inner.apply(change)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: InventoryStore> InventoryStore for Traced<S> {
    async fn load(&self) -> Result<Stored> {
        spanned(debug_span!("load", part = self.name), self.inner.load()).await
    }

    async fn save(&self, inventory: &Inventory, base: Option<&Version>) -> Result<Version> {
        let span = debug_span!("save", part = self.name, owned = inventory.len());
        spanned(span, self.inner.save(inventory, base)).await
    }

    async fn remove(&self, base: &Version) -> Result<()> {
        spanned(debug_span!("remove", part = self.name), self.inner.remove(base)).await
    }
}
