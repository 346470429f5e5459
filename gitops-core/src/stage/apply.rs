//! Writing one change.

use crate::{
    error::Result,
    model::{Applied, Change},
};
use async_trait::async_trait;
use std::sync::Arc;

/// Makes one change of a plan real.
///
/// **Contract.** Exactly the given change, under the version or incarnation it was planned from:
/// when what it was planned from has moved, it writes nothing and fails with retry class
/// `Replan`. Idempotent. A delete is conditioned on the incarnation. On success it answers the
/// live object as the target now has it, so that no second read is needed. Order, concurrency,
/// waiting and retrying belong to the engine.
///
/// # Errors
/// `Stale` (`Replan`), `FieldConflict`, `Invalid`, `ImmutableField`, `Forbidden` (`Never`),
/// `Throttled` (`After`), `Unavailable` (`Backoff`), and `OutcomeUnknown` (`Replan`) when the
/// write was sent and no answer came: the next pass observes what became of it.
///
/// ```
/// use gitops_core::{error::Result, model::*, stage::Applier};
///
/// /// Changes nothing and says so.
/// struct DryRun;
///
/// #[async_trait::async_trait]
/// impl Applier for DryRun {
///     async fn apply(&self, _change: &Change) -> Result<Applied> {
///         Ok(Applied { effect: Effect::Unchanged, live: None })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an Applier: see gitops_core::stage::Applier"
)]
#[async_trait]
pub trait Applier: Send + Sync + 'static {
    /// Makes the change.
    async fn apply(&self, change: &Change) -> Result<Applied>;
}

#[async_trait]
impl<T: Applier + ?Sized> Applier for Arc<T> {
    async fn apply(&self, change: &Change) -> Result<Applied> {
        (**self).apply(change).await
    }
}
