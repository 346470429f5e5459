//! How long to wait after a failure. Pure.

use crate::env::Rng;
use std::time::Duration;

/// Exponential back-off with a cap and jitter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    max: Duration,
    jitter_percent: u32,
}

impl Default for Backoff {
    /// From 1 s doubling to 5 min, moved by up to 10 % either way.
    fn default() -> Self {
        Backoff { base: Duration::from_secs(1), max: Duration::from_secs(300), jitter_percent: 10 }
    }
}

impl Backoff {
    /// A back-off that starts at `base` and doubles up to `max`.
    pub fn new(base: Duration, max: Duration) -> Self {
        Backoff { base, max: max.max(base), ..Self::default() }
    }

    /// How far a delay may move either way, in percent; at most 100.
    #[must_use]
    pub fn jitter(mut self, percent: u32) -> Self {
        self.jitter_percent = percent.min(100);
        self
    }

    /// The cap, without jitter.
    pub fn longest(&self) -> Duration {
        self.max
    }

    /// The delay after this many failures in a row (from 1).
    pub fn delay(&self, failures: u32, rng: &mut Rng) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let delay = self.base.saturating_mul(1 << doublings).min(self.max);
        self.spread(delay, rng)
    }

    /// Any delay, moved by the jitter.
    pub fn spread(&self, delay: Duration, rng: &mut Rng) -> Duration {
        rng.jitter(delay, self.jitter_percent)
    }
}
