//! What a server has and all its parts share.

use crate::{
    access::{Authenticated, Tokens},
    admission::Admission,
    behavior::Behavior,
    fault::Faults,
    kind::Kinds,
    record::{Recorder, Requests},
    services::Services,
    store::Store,
    time,
};
use gitops_core::env::{Clock, Rng};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The inside of a server.
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) kinds: Kinds,
    pub(crate) admission: Admission,
    pub(crate) services: Services,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) requests: Requests,
    pub(crate) recorder: Recorder,
    pub(crate) behavior: Behavior,
    pub(crate) clock: Arc<dyn Clock>,
    /// What the wall clock showed when `clock` showed nothing.
    pub(crate) epoch: Mutex<Duration>,
    /// The time at which the task was due that is carried out.
    pub(crate) moment: Mutex<Option<Duration>>,
    /// How often all watches have been ended.
    pub(crate) restarts: tokio::sync::watch::Sender<u64>,
    pub(crate) rng: Mutex<Rng>,
}

impl Core {
    /// Monotonic time.
    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Time since 1970, as objects show it.
    pub(crate) fn unix(&self) -> Duration {
        let epoch = *self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        epoch.saturating_add(self.moment())
    }

    /// Monotonic time, of what is done now: that at which it was due, if it is late.
    pub(crate) fn moment(&self) -> Duration {
        let moment = *self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        moment.unwrap_or_else(|| self.clock.now())
    }

    /// What is done from now on is done as of some time; `None`: as of now.
    pub(crate) fn at(&self, moment: Option<Duration>) {
        *self.moment.lock().unwrap_or_else(PoisonError::into_inner) = moment;
    }

    /// Moves the time that objects show.
    pub(crate) fn skew(&self, by: Duration, backwards: bool) {
        let mut epoch = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        *epoch = if backwards { epoch.saturating_sub(by) } else { epoch.saturating_add(by) };
    }

    /// Who has a bearer token, for some audiences.
    ///
    /// # Errors
    /// Nobody, in the server's words.
    pub(crate) fn authenticate(
        &self,
        token: &str,
        audiences: &[String],
    ) -> Result<Authenticated, String> {
        self.tokens.holder(&self.store, self.unix(), token, audiences)
    }

    /// The time as objects show it.
    pub(crate) fn timestamp(&self) -> String {
        time::seconds(self.unix())
    }

    /// Lets the seed decide.
    pub(crate) fn random<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A new unique id: of the form of a random UUID (RFC 9562, version 4), from the seed.
    pub(crate) fn uid(&self) -> String {
        let (high, low) = self.random(|rng| (rng.next_u64(), rng.next_u64()));
        let high = high & !0xf000 | 0x4000;
        let low = low & !(0b11 << 62) | 1 << 63;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff,
        )
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("revision", &self.store.revision()).finish_non_exhaustive()
    }
}
