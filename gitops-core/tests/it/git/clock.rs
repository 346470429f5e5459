//! A clock that moves when the test says so.

use futures::future::BoxFuture;
use gitops_core::env::{Clock, Env, Rng};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

#[derive(Clone)]
pub(super) struct Stepped(Arc<watch::Sender<Duration>>);

impl Stepped {
    pub(super) fn new() -> Self {
        Stepped(Arc::new(watch::Sender::new(Duration::ZERO)))
    }

    pub(super) fn env(&self) -> Env {
        Env { clock: Arc::new(self.clone()), rng: Rng::from_seed(0) }
    }

    pub(super) fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now += by);
    }
}

impl Clock for Stepped {
    fn now(&self) -> Duration {
        *self.0.borrow()
    }

    fn unix(&self) -> Duration {
        self.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (mut now, until) = (self.0.subscribe(), self.now() + duration);
        Box::pin(async move {
            // The clock outlives every sleeper in these tests.
            let _ = now.wait_for(|now| *now >= until).await;
        })
    }
}
