//! A process that dies at its n-th write: its client falls silent for good.

use gitops_testkit::fake::Moment;
use http::{Method, Request, Response};
use kube::{Client, client::Body};
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::watch;

/// The life of one process: it counts its writes, and at one of them it may end.
#[derive(Clone)]
pub(crate) struct Life(Arc<State>);

struct State {
    writes: AtomicUsize,
    end: Option<(usize, Moment)>,
    dead: watch::Sender<bool>,
}

impl Life {
    /// Ends at this write, counted from 1, before it is sent or after the server answered it.
    pub(crate) fn ending(end: Option<(usize, Moment)>) -> Self {
        Life(Arc::new(State { writes: AtomicUsize::new(0), end, dead: watch::Sender::new(false) }))
    }

    /// How many writes were begun.
    pub(crate) fn writes(&self) -> usize {
        self.0.writes.load(Ordering::SeqCst)
    }

    /// Completes at its end.
    pub(crate) async fn ended(&self) {
        let mut dead = self.0.dead.subscribe();
        let _ = dead.wait_for(|dead| *dead).await;
    }

    /// The client of this life, over one that works.
    pub(crate) fn client(&self, real: Client) -> Client {
        let life = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let (life, real) = (life.clone(), real.clone());
            async move { life.send(request, real).await }
        });
        Client::new(service, "default")
    }

    async fn send(
        &self,
        request: Request<Body>,
        real: Client,
    ) -> Result<Response<Body>, kube::Error> {
        if *self.0.dead.borrow() {
            return pending().await;
        }
        let moment = match is_write(&request) {
            true => {
                let n = self.0.writes.fetch_add(1, Ordering::SeqCst) + 1;
                self.0.end.filter(|(at, _)| *at == n).map(|(_, moment)| moment)
            }
            false => None,
        };
        if moment == Some(Moment::Before) {
            return self.die().await;
        }
        let answer = real.send(request).await;
        match moment {
            Some(_) => self.die().await,
            None if *self.0.dead.borrow() => pending().await,
            None => answer,
        }
    }

    async fn die<T>(&self) -> T {
        self.0.dead.send_replace(true);
        pending().await
    }
}

fn is_write(request: &Request<Body>) -> bool {
    let dry = request.uri().query().is_some_and(|query| query.contains("dryRun="));
    *request.method() != Method::GET && !dry
}
