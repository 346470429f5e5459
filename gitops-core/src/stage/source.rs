//! Where the desired state comes from.

use crate::{
    error::Result,
    model::{Revision, Snapshot},
};
use async_trait::async_trait;
use std::sync::Arc;

/// A versioned store of desired state.
///
/// **Contract.** `resolve` is cheap and says which revision is wanted now; `fetch` makes that
/// revision readable, completely or not at all. The same revision id always has the same content.
/// An empty tree is a snapshot; an unreachable store is an error: the two never look alike.
/// History may be rewritten between calls. Dropping either future leaves at most a cache that a
/// later call completes or replaces.
///
/// # Errors
/// `Unreachable`, `TimedOut` (retried with back-off), `Unauthenticated`, `Forbidden`,
/// `RepositoryNotFound`, `RevisionNotFound`, `Corrupt`, `TooLarge`. None of them is ever taken
/// for an empty desired state.
///
/// ```
/// use gitops_core::{error::Result, model::{Revision, Snapshot, Tree}, stage::Source};
/// use std::sync::Arc;
///
/// /// Always the same files.
/// struct Fixed(Revision, Arc<dyn Tree>);
///
/// #[async_trait::async_trait]
/// impl Source for Fixed {
///     async fn resolve(&self) -> Result<Revision> {
///         Ok(self.0.clone())
///     }
///     async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
///         Ok(Snapshot::new(revision.clone(), self.1.clone()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Source: see gitops_core::stage::Source"
)]
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// The revision that is wanted now.
    async fn resolve(&self) -> Result<Revision>;

    /// The files of a revision that [`resolve`](Self::resolve) named.
    async fn fetch(&self, revision: &Revision) -> Result<Snapshot>;
}

#[async_trait]
impl<T: Source + ?Sized> Source for Arc<T> {
    async fn resolve(&self) -> Result<Revision> {
        (**self).resolve().await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
        (**self).fetch(revision).await
    }
}
