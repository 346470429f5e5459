//! All reading of the live system.

use crate::{
    error::Result,
    model::{Cursor, Desired, Inventory, Observed},
};
use async_trait::async_trait;
use std::sync::Arc;

/// What an observer is asked.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// What is wanted: these objects are looked at.
    pub desired: &'a Desired,
    /// What is owned: these too, and what is remembered of them says where a prediction is needed.
    pub inventory: &'a Inventory,
    /// Where the asker stands: the cursor of an answer to the same desired state and inventory.
    pub since: Option<&'a Cursor>,
}

/// Reads the live system: the objects, and what the target says an apply would make of them.
///
/// **Contract.** Reads only; read-only access is enough. An answer covers everything in the
/// query, or ([`Coverage::Moved`](crate::model::Coverage)) what moved since the given cursor; an
/// implementation without a cursor always answers everything and is still correct. An object
/// reported absent was asked for and is not there: failing to look is an error, never an absence.
/// Where the remembered pair of digests does not hold any more, it predicts, if the target can.
///
/// # Errors
/// `Unavailable`, `TimedOut`, `Throttled`, `Unauthenticated`, `Forbidden` (with verb, kind and
/// namespace), `UnknownKind`. No answer is ever partial.
///
/// ```
/// use gitops_core::{error::Result, model::*, stage::{Observer, Query}};
/// use std::collections::BTreeMap;
///
/// /// A system where nothing is ever there.
/// struct Void;
///
/// #[async_trait::async_trait]
/// impl Observer for Void {
///     async fn observe(&self, query: Query<'_>) -> Result<Observed> {
///         let wanted = query.desired.objects().map(|object| object.id());
///         let owned = query.inventory.iter().map(|(id, _)| id);
///         let absent = wanted.chain(owned).map(|id| (id.clone(), Observation::default()));
///         Ok(Observed::everything(absent.collect()))
///     }
///     async fn moved(&self, _since: Option<&Cursor>) -> Result<()> {
///         std::future::pending().await // nothing ever moves by itself
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an Observer: see gitops_core::stage::Observer"
)]
#[async_trait]
pub trait Observer: Send + Sync + 'static {
    /// Reads what the query asks for.
    async fn observe(&self, query: Query<'_>) -> Result<Observed>;

    /// Completes when an answer may differ from the one that had this cursor; may complete early.
    /// An observer that can't tell stays pending: the interval is then what finds drift.
    async fn moved(&self, since: Option<&Cursor>) -> Result<()>;
}

#[async_trait]
impl<T: Observer + ?Sized> Observer for Arc<T> {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        (**self).observe(query).await
    }

    async fn moved(&self, since: Option<&Cursor>) -> Result<()> {
        (**self).moved(since).await
    }
}
