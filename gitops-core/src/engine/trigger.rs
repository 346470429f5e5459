//! Why a key should run: streams of triggers are a controller's only input.

use crate::{env::Env, stage::Source};
use futures::{Stream, StreamExt, stream};
use std::{sync::Arc, time::Duration};

/// A request to run a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger<K> {
    /// The key.
    pub key: K,
    /// Why; for people and metrics. A run is never told.
    pub reason: Reason,
}

/// Why a key runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[non_exhaustive]
pub enum Reason {
    /// The source has another revision.
    Source,
    /// The live system moved.
    Live,
    /// Its time had come.
    Interval,
    /// A person or a webhook asked.
    Manual,
    /// The previous run failed or lost a race.
    Retry,
}

impl Reason {
    /// Whether it promises another result than the run before: worth cutting a back-off short.
    pub fn is_news(self) -> bool {
        matches!(self, Reason::Source | Reason::Manual)
    }
}

/// Triggers every key at once, then each on its own every `period`, moved by up to
/// `jitter_percent` so that keys spread out.
pub fn interval<K>(
    keys: impl IntoIterator<Item = K>,
    period: Duration,
    jitter_percent: u32,
    env: &Env,
) -> impl Stream<Item = Trigger<K>> + Send + 'static
where
    K: Clone + Send + 'static,
{
    let streams: Vec<_> = keys
        .into_iter()
        .enumerate()
        .map(|(index, key)| {
            let rng = env.rng.child("interval").child(&index.to_string());
            let state = (key, rng, env.clone(), true);
            stream::unfold(state, move |(key, mut rng, env, first)| async move {
                if !first {
                    env.clock.sleep(rng.jitter(period, jitter_percent)).await;
                }
                let trigger = Trigger { key: key.clone(), reason: Reason::Interval };
                Some((trigger, (key, rng, env, false)))
            })
            .boxed()
        })
        .collect();
    stream::select_all(streams)
}

/// Asks a source for its revision every `period` and triggers when it names another one. The
/// first answer is the baseline. Errors trigger nothing: the app's own pass reports them.
pub fn revisions<K>(
    key: K,
    source: Arc<dyn Source>,
    period: Duration,
    env: &Env,
) -> impl Stream<Item = Trigger<K>> + Send + 'static
where
    K: Clone + Send + 'static,
{
    let state = (key, source, env.clone(), None);
    stream::unfold(state, move |(key, source, env, mut known)| async move {
        loop {
            if let Ok(revision) = source.resolve().await {
                let before = known.replace(revision.clone());
                if before.is_some_and(|before| before != revision) {
                    let trigger = Trigger { key: key.clone(), reason: Reason::Source };
                    return Some((trigger, (key, source, env, known)));
                }
            }
            env.clock.sleep(period).await;
        }
    })
    .boxed()
}

/// Triggers a key once, now: for a first run without an interval.
pub fn once<K: Send + 'static>(key: K) -> impl Stream<Item = Trigger<K>> + Send + 'static {
    stream::iter([Trigger { key, reason: Reason::Manual }])
}
