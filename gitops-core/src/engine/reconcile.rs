//! What a controller runs for a key.

use crate::error::Result;
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

/// What is to happen after a run that went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Run again after this long, or on the next trigger.
    Requeue(Duration),
    /// Run again on the next trigger only. Use it only where every change is sure to trigger:
    /// drift that nothing reports is never seen.
    Await,
}

/// One run for a key.
///
/// **Contract.** It gets the key and nothing else: no event, no hint. It looks at the world and
/// does what is needed, so that lost, doubled or reordered triggers change latency only.
/// Cancel-safe: it is dropped when a shutdown runs out of patience. A panic is caught and
/// reported as an error with reason `Panicked`.
///
/// ```
/// use gitops_core::{engine::{Action, Reconcile}, error::Result};
/// use std::time::Duration;
///
/// struct Heartbeat;
///
/// #[async_trait::async_trait]
/// impl Reconcile<String> for Heartbeat {
///     async fn reconcile(&self, _key: &String) -> Result<Action> {
///         Ok(Action::Requeue(Duration::from_secs(60)))
///     }
/// }
/// ```
#[async_trait]
pub trait Reconcile<K>: Send + Sync + 'static {
    /// Runs once.
    async fn reconcile(&self, key: &K) -> Result<Action>;
}

#[async_trait]
impl<K: Send + Sync + 'static, T: Reconcile<K> + ?Sized> Reconcile<K> for Arc<T> {
    async fn reconcile(&self, key: &K) -> Result<Action> {
        (**self).reconcile(key).await
    }
}
