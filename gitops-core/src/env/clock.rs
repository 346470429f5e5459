//! Time.
#![allow(clippy::disallowed_methods, reason = "the one place that may ask what time it is")]

use futures::future::BoxFuture;
use std::time::{Duration, SystemTime};

/// What time it is, and how to wait.
pub trait Clock: Send + Sync + 'static {
    /// Monotonic time since some fixed start. All deadlines and intervals use it.
    fn now(&self) -> Duration;

    /// Wall-clock time since 1970, for display only: it may jump.
    fn unix(&self) -> Duration;

    /// Completes when this much monotonic time has passed. Dropping it is free of effect.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// tokio's clock. Under `tokio::time::pause` the monotonic part is virtual.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: tokio::time::Instant,
    unix: Duration,
}

impl SystemClock {
    /// A clock that starts now.
    pub fn new() -> Self {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        SystemClock { start: tokio::time::Instant::now(), unix }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn unix(&self) -> Duration {
        self.unix + self.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
