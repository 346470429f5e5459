//! The loop: triggers in, reports out.

use super::{Action, Backoff, Reason, Reconcile, Scheduler, Trigger};
use crate::{
    env::Env,
    error::{Error, Result, Retry, Stage},
    reason,
};
use futures::{
    FutureExt, Stream, StreamExt,
    channel::mpsc,
    future::BoxFuture,
    stream::{self, BoxStream, FuturesUnordered, SelectAll},
};
use std::{
    fmt::{self, Debug},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

/// Runs a [`Reconcile`] for every key that is triggered: one run a key at a time, fair among keys,
/// at most [`concurrency`](Self::concurrency) at once, with back-off per key.
///
/// It spawns nothing: [`run`](Self::run) gives a stream, and work happens while that stream is
/// polled. Under a paused clock and a seeded [`Env`] every run is the same.
///
/// **Guarantees.** A trigger is never lost: one that comes while its key runs leads to exactly one
/// more run. A key that failed is always due again. A panic in one run touches no other.
pub struct Controller<K> {
    triggers: SelectAll<BoxStream<'static, Input<K>>>,
    handle: Handle<K>,
    concurrency: usize,
    backoff: Backoff,
    patience: Duration,
    env: Env,
}

/// One finished run.
#[derive(Debug, Clone)]
pub struct Report<K> {
    /// The key.
    pub key: K,
    /// Why it ran.
    pub reason: Reason,
    /// When it ended, on the clock of the environment.
    pub at: Duration,
    /// What came of it.
    pub result: Result<Action>,
}

enum Input<K> {
    Trigger(Trigger<K>),
    Suspend(K),
    Resume(K),
    Shutdown,
}

/// Speaks to a running [`Controller`]; cheap to clone. When the controller is gone, calls do
/// nothing.
pub struct Handle<K>(mpsc::UnboundedSender<Input<K>>);

impl<K> Clone for Handle<K> {
    fn clone(&self) -> Self {
        Handle(self.0.clone())
    }
}

impl<K> Debug for Handle<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

impl<K> Handle<K> {
    /// Runs a key as soon as there is room; also what a webhook calls.
    pub fn trigger(&self, key: K) {
        self.send(Input::Trigger(Trigger { key, reason: Reason::Manual }));
    }

    /// Stops starting runs of a key; triggers are kept for later.
    pub fn suspend(&self, key: K) {
        self.send(Input::Suspend(key));
    }

    /// Lets a suspended key run again, at once.
    pub fn resume(&self, key: K) {
        self.send(Input::Resume(key));
    }

    /// Starts nothing more, waits for what runs (at most the controller's patience) and ends the
    /// stream of reports.
    pub fn shutdown(&self) {
        self.send(Input::Shutdown);
    }

    fn send(&self, input: Input<K>) {
        // The controller is gone: there is nobody left to tell.
        let _ = self.0.unbounded_send(input);
    }
}

impl<K: Ord + Clone + Debug + Send + Sync + 'static> Controller<K> {
    /// A controller without triggers yet.
    pub fn new(env: Env) -> Self {
        let (sender, receiver) = mpsc::unbounded();
        let mut triggers = SelectAll::new();
        triggers.push(receiver.boxed());
        Controller {
            triggers,
            handle: Handle(sender),
            concurrency: 4,
            backoff: Backoff::default(),
            patience: Duration::from_secs(30),
            env,
        }
    }

    /// How many keys run at once; at least one. Default 4.
    #[must_use]
    pub fn concurrency(mut self, keys: usize) -> Self {
        self.concurrency = keys.max(1);
        self
    }

    /// How long keys wait after failures.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// How long a shutdown waits for what still runs before dropping it. Default 30 s.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Adds a stream of triggers; see [`super::interval`], [`super::revisions`] and
    /// [`super::Pipeline::live`].
    #[must_use]
    pub fn on(mut self, triggers: impl Stream<Item = Trigger<K>> + Send + 'static) -> Self {
        self.triggers.push(triggers.map(Input::Trigger).boxed());
        self
    }

    /// A handle to suspend, resume, trigger and shut down.
    pub fn handle(&self) -> Handle<K> {
        self.handle.clone()
    }

    /// Runs until [`Handle::shutdown`]. Nothing happens unless the stream is polled; dropping it
    /// drops what runs, which stages are made to survive.
    pub fn run(self, reconciler: impl Reconcile<K>) -> impl Stream<Item = Report<K>> + Send {
        let scheduler = Scheduler::new(self.backoff, self.env.rng.child("scheduler"));
        let run = Run {
            triggers: self.triggers,
            _open: self.handle,
            scheduler,
            running: FuturesUnordered::new(),
            reconciler: Arc::new(reconciler),
            concurrency: self.concurrency,
            patience: self.patience,
            deadline: None,
            env: self.env,
        };
        stream::unfold(run, |mut run| async move { Some((run.next().await?, run)) })
    }
}

impl<K> Debug for Controller<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controller")
            .field("concurrency", &self.concurrency)
            .field("backoff", &self.backoff)
            .finish_non_exhaustive()
    }
}

type Finished<K> = (K, Reason, Result<Action>);

struct Run<K> {
    triggers: SelectAll<BoxStream<'static, Input<K>>>,
    /// Keeps the handle's channel open, so that the inputs never end by themselves.
    _open: Handle<K>,
    scheduler: Scheduler<K>,
    running: FuturesUnordered<BoxFuture<'static, Finished<K>>>,
    reconciler: Arc<dyn Reconcile<K>>,
    concurrency: usize,
    patience: Duration,
    /// Set once a shutdown began: when to stop waiting.
    deadline: Option<BoxFuture<'static, ()>>,
    env: Env,
}

enum Event<K> {
    Done(Finished<K>),
    Input(Input<K>),
    Wake,
    OutOfPatience,
}

impl<K: Ord + Clone + Debug + Send + Sync + 'static> Run<K> {
    async fn next(&mut self) -> Option<Report<K>> {
        loop {
            if self.deadline.is_some() && self.running.is_empty() {
                return None;
            }
            self.start();
            match self.event().await {
                Event::Done((key, reason, result)) => {
                    let at = self.env.clock.now();
                    self.scheduler.finish(at, key.clone(), &result);
                    return Some(Report { key, reason, at, result });
                }
                Event::Input(input) => self.take(input),
                Event::Wake => {}
                Event::OutOfPatience => return None,
            }
        }
    }

    fn start(&mut self) {
        while self.deadline.is_none() && self.running.len() < self.concurrency {
            let now = self.env.clock.now();
            let Some((key, reason)) = self.scheduler.start_next(now) else { return };
            let reconciler = self.reconciler.clone();
            self.running.push(Box::pin(async move {
                let run = AssertUnwindSafe(reconciler.reconcile(&key)).catch_unwind().await;
                let result = run.unwrap_or_else(|_| Err(panicked(&key)));
                (key, reason, result)
            }));
        }
    }

    async fn event(&mut self) -> Event<K> {
        let now = self.env.clock.now();
        let room = self.deadline.is_none() && self.running.len() < self.concurrency;
        let wake = self.scheduler.next_wake().filter(|_| room);
        let wake = wake.map(|at| self.env.clock.sleep(at.saturating_sub(now)));
        let wake = async move {
            match wake {
                Some(sleep) => sleep.await,
                None => std::future::pending().await,
            }
        };
        let deadline = async {
            match &mut self.deadline {
                Some(sleep) => sleep.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! { biased;
            Some(done) = self.running.next(), if !self.running.is_empty() => Event::Done(done),
            Some(input) = self.triggers.next() => Event::Input(input),
            () = wake => Event::Wake,
            () = deadline => Event::OutOfPatience,
        }
    }

    fn take(&mut self, input: Input<K>) {
        let now = self.env.clock.now();
        match input {
            Input::Trigger(Trigger { key, reason }) => self.scheduler.trigger(now, key, reason),
            Input::Suspend(key) => self.scheduler.suspend(key),
            Input::Resume(key) => self.scheduler.resume(now, key),
            Input::Shutdown if self.deadline.is_none() => {
                self.deadline = Some(self.env.clock.sleep(self.patience));
            }
            Input::Shutdown => {}
        }
    }
}

fn panicked(key: &impl Debug) -> Error {
    let message = format!("the run of {key:?} panicked; its message is on standard error");
    Error::new(Stage::Plan, Retry::Backoff, reason::PANICKED, message)
        .advise("this is a bug in a stage: report it with the backtrace")
}
