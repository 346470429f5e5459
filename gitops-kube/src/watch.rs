//! What watches bring, without a task of their own.
//!
//! One watch for each kind and cluster, shared by all apps, over the objects that bear an
//! ApplySet mark. Nothing is spawned: the streams are polled by whoever waits (a pass that needs
//! an answer, or [`moved`](gitops_core::stage::Observer::moved)), and a waiter that is dropped
//! leaves them as they are for the next. While nobody waits nothing is read, so what was not looked
//! at for [`Options::patience`] is listed anew instead of trusted.

mod bell;
mod feed;
mod list;
mod store;

pub(crate) use list::list;
pub(crate) use store::Seen;

use crate::{Options, resource::Resource, transport::Transport};
use bell::Bell;
use feed::{Signal, feed};
use futures::{StreamExt, future::poll_fn, stream::BoxStream};
use gitops_core::{
    Error,
    model::{Cursor, ObjectId},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};
use store::Store;

/// A kind that may not be watched is tried again after this time.
const DENIED: Duration = Duration::from_secs(300);
/// So many events are taken in one go before others get their turn.
const BURST: usize = 10_000;

/// All watches of a cluster.
pub(crate) struct Watches {
    transport: Transport,
    options: Options,
    epoch: u64,
    inner: Mutex<Inner>,
    bell: Arc<Bell>,
}

#[derive(Default)]
struct Inner {
    /// By path of the kind.
    watches: BTreeMap<String, Watch>,
    /// Which kinds each app needs.
    uses: BTreeMap<String, BTreeSet<String>>,
    store: Store,
    /// When the streams were last polled.
    polled: Option<Duration>,
    /// Rises when all answers may differ: kinds changed.
    flushes: u64,
}

struct Watch {
    feed: BoxStream<'static, Signal>,
    resource: Resource,
    state: State,
}

/// How far a watch is to be believed.
#[derive(Clone)]
enum State {
    /// Nothing is known yet, or not any more.
    Listing,
    /// It was closed and is being opened again.
    Opening,
    /// The store holds what the server told.
    Fresh,
    /// Listing or watching fails.
    Broken(Error),
    /// Listing or watching all of the cluster is not allowed, since then.
    Denied(Duration),
}

/// What the store says of some kinds, at one moment.
pub(crate) struct View {
    /// What of these kinds bears an ApplySet mark, by id.
    pub(crate) objects: BTreeMap<ObjectId, Seen>,
    /// Kinds of which the store says nothing, since they may not be watched.
    pub(crate) denied: BTreeSet<String>,
    pub(crate) cursor: Mark,
}

/// A place in the history of one app's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    epoch: u64,
    flushes: u64,
    generation: u64,
}

impl Mark {
    /// The cursor; `whole` says that everything the answer told of is watched, so that an equal
    /// mark means an equal answer.
    pub(crate) fn cursor(self, whole: bool) -> Cursor {
        let kind = if whole { "whole" } else { "part" };
        let Mark { epoch, flushes, generation } = self;
        Cursor::new(format!("{epoch:016x}.{flushes}.{generation}.{kind}"))
    }
}

impl Watches {
    pub(crate) fn new(transport: Transport, options: Options) -> Self {
        let epoch = transport.env.rng.child("watches").next_u64();
        Watches { transport, options, epoch, inner: Mutex::default(), bell: Arc::default() }
    }

    /// Brings the watches of these kinds up to date and shows what they hold for an app: each of
    /// them is listed, open, or not allowed.
    ///
    /// # Errors
    /// The first kind (by path) that can neither be listed nor watched.
    pub(crate) async fn view(&self, app: &str, kinds: &[Resource]) -> Result<View, Error> {
        let keys = self.want(app, kinds);
        self.until(|inner| {
            let states = || keys.iter().filter_map(|key| inner.watches.get(key).map(|w| (key, w)));
            let settled =
                states().all(|(_, w)| !matches!(w.state, State::Listing | State::Opening));
            if !settled {
                return Poll::Pending;
            }
            let broken = states().find_map(|(_, watch)| match &watch.state {
                State::Broken(error) => Some(error.clone()),
                _ => None,
            });
            if let Some(error) = broken {
                return Poll::Ready(Err(error));
            }
            let denied = states()
                .filter(|(_, watch)| matches!(watch.state, State::Denied(_)))
                .map(|(key, _)| key.clone())
                .collect();
            let objects = inner.store.of(&keys);
            Poll::Ready(Ok(View { objects, denied, cursor: self.mark(inner, app) }))
        })
        .await
    }

    /// Whether the app's place is still this one and all it needs is watched: no request, no
    /// parsing. O(kinds).
    pub(crate) async fn unmoved(&self, app: &str, since: &Cursor) -> bool {
        self.poll_once().await;
        let inner = self.lock();
        let Some(used) = inner.uses.get(app) else { return false };
        let fresh = |key: &String| {
            inner.watches.get(key).is_some_and(|watch| matches!(watch.state, State::Fresh))
        };
        used.iter().all(fresh) && self.mark(&inner, app).cursor(true) == *since
    }

    /// Completes when the app's place is another than this one; `None`: than now.
    pub(crate) async fn moved(&self, app: &str, since: Option<&Cursor>) {
        let now = self.mark(&self.lock(), app);
        let start = [now.cursor(true), now.cursor(false)];
        let waits = since.is_none_or(|since| start.contains(since));
        if waits {
            let moved = |inner: &Inner| {
                if self.mark(inner, app) == now { Poll::Pending } else { Poll::Ready(()) }
            };
            self.until(moved).await;
        }
    }

    /// Takes an own write into the store, so that the next pass reads it.
    pub(crate) fn record(&self, resource: &Resource, seen: Seen) {
        let mut inner = self.lock();
        let key = resource.all();
        if inner.watches.contains_key(&key) {
            inner.store.put(&key, seen);
        }
        drop(inner);
        self.bell.ring();
    }

    /// Takes an own deletion into the store.
    pub(crate) fn forget(&self, resource: &Resource, id: &ObjectId, uid: &str) {
        self.lock().store.bury(&resource.all(), id, uid);
        self.bell.ring();
    }

    /// Makes every app look again: what kinds mean has changed.
    pub(crate) fn flush(&self) {
        self.lock().flushes += 1;
        self.bell.ring();
    }

    /// Starts what is missing, restarts what can't be believed, and stops what nobody needs.
    fn want(&self, app: &str, kinds: &[Resource]) -> BTreeSet<String> {
        let now = self.transport.env.clock.now();
        let keys: BTreeSet<String> = kinds.iter().map(Resource::all).collect();
        let mut inner = self.lock();
        inner.uses.insert(app.to_owned(), keys.clone());
        let used: BTreeSet<String> = inner.uses.values().flatten().cloned().collect();
        inner.watches.retain(|key, _| used.contains(key));
        inner.store.retain(|key| used.contains(key));
        let unwatched =
            inner.polled.is_some_and(|polled| now.saturating_sub(polled) > self.options.patience);
        if unwatched {
            // Everybody's, not only this app's: the others wait on them.
            for watch in inner.watches.values_mut() {
                *watch = self.start(&watch.resource);
            }
        }
        for resource in kinds {
            let key = resource.all();
            let dead = match inner.watches.get(&key).map(|watch| &watch.state) {
                None | Some(State::Broken(_)) => true,
                Some(State::Denied(since)) => now.saturating_sub(*since) > DENIED,
                Some(_) => false,
            };
            if dead {
                inner.watches.insert(key, self.start(resource));
            }
        }
        keys
    }

    fn start(&self, resource: &Resource) -> Watch {
        let feed = feed(self.transport.clone(), resource.clone(), self.options.clone());
        Watch { feed, resource: resource.clone(), state: State::Listing }
    }

    fn mark(&self, inner: &Inner, app: &str) -> Mark {
        Mark { epoch: self.epoch, flushes: inner.flushes, generation: inner.store.generation(app) }
    }

    async fn poll_once(&self) {
        let waker = Waker::from(self.bell.clone());
        let drive = poll_fn(|_| {
            self.drive(&waker);
            Poll::Ready(())
        });
        tokio::task::unconstrained(drive).await;
    }

    /// Polls the streams until `done` is content. Whoever waits here drives for all.
    async fn until<T>(&self, mut done: impl FnMut(&Inner) -> Poll<T>) -> T {
        let waker = Waker::from(self.bell.clone());
        let slot = self.bell.slot();
        let wait = poll_fn(|context| {
            slot.set(context.waker());
            self.drive(&waker);
            done(&self.lock())
        });
        tokio::task::unconstrained(wait).await
    }

    /// Polls every stream until it has nothing more.
    fn drive(&self, waker: &Waker) {
        let mut context = Context::from_waker(waker);
        let now = self.transport.env.clock.now();
        let mut changed = false;
        let mut left = BURST;
        {
            let mut inner = self.lock();
            let Inner { watches, store, polled, .. } = &mut *inner;
            *polled = Some(now);
            for (key, watch) in watches {
                while left > 0
                    && let Poll::Ready(Some(signal)) = watch.feed.poll_next_unpin(&mut context)
                {
                    left -= 1;
                    changed = true;
                    watch.take(key, signal, store, now);
                }
            }
        }
        if changed {
            // The others that wait look at what changed; with events left, one of them goes on.
            self.bell.ring();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    fn take(&mut self, key: &str, signal: Signal, store: &mut Store, now: Duration) {
        match signal {
            Signal::Listed(objects, version) => {
                store.replace(key, objects, &version);
                self.state = State::Fresh;
            }
            Signal::Opened => self.state = State::Fresh,
            Signal::Closed => self.state = State::Opening,
            Signal::Expired => self.state = State::Listing,
            Signal::Changed(seen) => store.put(key, seen),
            Signal::Deleted(seen) => store.delete(key, &seen),
            Signal::Broken(error) => self.state = State::Broken(error),
            Signal::Denied(error) => {
                tracing::warn!(
                    kind = %self.resource.full_name(), %error,
                    "may not watch this kind: each pass reads its objects instead"
                );
                store.retain(|known| known != key);
                self.state = State::Denied(now);
            }
        }
    }
}
