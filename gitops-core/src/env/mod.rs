//! The outside world as arguments: time and randomness come in from here and nowhere else.

mod clock;
mod rng;

pub use clock::{Clock, SystemClock};
pub use rng::Rng;

use std::{fmt, sync::Arc};

/// A clock and a seeded source of randomness, handed to everything that needs either.
#[derive(Clone)]
pub struct Env {
    /// What time it is, and how to wait.
    pub clock: Arc<dyn Clock>,
    /// Where jitter comes from. Each consumer takes a named child.
    pub rng: Rng,
}

impl Env {
    /// The real world: tokio's clock (so a paused runtime still pauses it) and a seed from the
    /// operating system's own randomness. Call it inside a runtime.
    pub fn system() -> Self {
        Env { clock: Arc::new(SystemClock::new()), rng: Rng::from_entropy() }
    }

    /// tokio's clock and a given seed: under a paused runtime every run is the same.
    pub fn seeded(seed: u64) -> Self {
        Env { clock: Arc::new(SystemClock::new()), rng: Rng::from_seed(seed) }
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").field("now", &self.clock.now()).finish_non_exhaustive()
    }
}
