//! Which key runs when: a pure state machine; time is an argument.

use super::Backoff;
use crate::{
    engine::{Action, Reason},
    env::Rng,
    error::{Error, Retry},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How often a lost race is tried again at once before it counts as a failure.
const REPLANS_IN_A_ROW: u32 = 3;

/// The queue of keys: one run a key at a time, first due first served, doubled triggers merged,
/// failures backed off key by key.
///
/// Every operation is O(log n) in the number of keys. A key that failed is always due again.
#[derive(Debug, Clone)]
pub struct Scheduler<K> {
    /// By (due time, order of arrival): the first is served first, so no key starves another.
    queue: BTreeMap<(Duration, u64), K>,
    keys: BTreeMap<K, Entry>,
    arrivals: u64,
    backoff: Backoff,
    rng: Rng,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    due: Option<(Duration, u64, Reason)>,
    running: bool,
    /// A trigger that came while running or suspended.
    again: Option<Reason>,
    suspended: bool,
    failures: u32,
    replans: u32,
    /// The far side asked for quiet until then.
    not_before: Duration,
}

impl<K: Ord + Clone> Scheduler<K> {
    /// An empty queue.
    pub fn new(backoff: Backoff, rng: Rng) -> Self {
        Scheduler { queue: BTreeMap::new(), keys: BTreeMap::new(), arrivals: 0, backoff, rng }
    }

    /// Asks for a run of `key` at the time `at`, or earlier if one is due earlier. A key that is
    /// running runs once more afterwards; a suspended one once it resumes. A new revision or a
    /// person cuts a back-off short, unless the far side named a time; other triggers don't, or a
    /// failing app in a busy system would run at the rate of its events.
    pub fn trigger(&mut self, at: Duration, key: K, reason: Reason) {
        let entry = self.keys.entry(key.clone()).or_default();
        if entry.running || entry.suspended {
            entry.again.get_or_insert(reason);
            return;
        }
        if entry.failures > 0 && entry.due.is_some() && !reason.is_news() {
            return;
        }
        self.schedule(at, key, reason);
    }

    fn schedule(&mut self, at: Duration, key: K, reason: Reason) {
        self.arrivals += 1;
        let entry = self.keys.entry(key.clone()).or_default();
        let at = at.max(entry.not_before);
        if let Some((due, order, _)) = entry.due {
            if due <= at {
                return;
            }
            self.queue.remove(&(due, order));
        }
        entry.due = Some((at, self.arrivals, reason));
        self.queue.insert((at, self.arrivals), key);
    }

    /// Takes the next key that is due, if any, and marks it running.
    pub fn start_next(&mut self, now: Duration) -> Option<(K, Reason)> {
        let first = self.queue.first_entry().filter(|first| first.key().0 <= now)?;
        let key = first.remove();
        let entry = self.keys.get_mut(&key)?;
        let (_, _, reason) = entry.due.take()?;
        entry.running = true;
        Some((key, reason))
    }

    /// Takes back a key that ran, and schedules what comes next.
    pub fn finish(&mut self, now: Duration, key: K, result: &Result<Action, Error>) {
        let Some(entry) = self.keys.get_mut(&key) else { return };
        entry.running = false;
        let (wait, reason) = match result {
            Ok(action) => {
                (entry.failures, entry.replans) = (0, 0);
                match action {
                    // Jitter keeps apps that started together from meeting again and again.
                    Action::Requeue(after) => {
                        (Some(self.backoff.spread(*after, &mut self.rng)), Reason::Interval)
                    }
                    Action::Await => (None, Reason::Interval),
                }
            }
            Err(error) if error.retry() == Retry::Replan && entry.replans < REPLANS_IN_A_ROW => {
                entry.replans += 1;
                (Some(Duration::ZERO), Reason::Retry)
            }
            Err(error) => {
                entry.failures = entry.failures.saturating_add(1);
                let delay = self.backoff.delay(entry.failures, &mut self.rng);
                match error.retry() {
                    Retry::After(named) => {
                        entry.not_before = now + named;
                        (Some(delay.max(named)), Reason::Retry)
                    }
                    // Nothing but an input can help; it is looked at again all the same.
                    Retry::Never => (Some(self.backoff.longest()), Reason::Interval),
                    Retry::Backoff | Retry::Replan => (Some(delay), Reason::Retry),
                }
            }
        };
        // After a failure only news is worth an early run; the rest waits for the back-off.
        let failed = entry.failures > 0;
        let again = entry.again.take().filter(|again| !failed || again.is_news());
        if entry.suspended {
            entry.again = again.or(wait.map(|_| reason));
        } else if let Some(again) = again {
            self.schedule(now, key, again);
        } else if let Some(wait) = wait {
            self.schedule(now + wait, key, reason);
        }
    }

    /// Stops starting runs of a key. One that is running runs to its end.
    pub fn suspend(&mut self, key: K) {
        let entry = self.keys.entry(key).or_default();
        entry.suspended = true;
        if let Some((due, order, reason)) = entry.due.take() {
            entry.again.get_or_insert(reason);
            self.queue.remove(&(due, order));
        }
    }

    /// Lets a key run again, and at once.
    pub fn resume(&mut self, now: Duration, key: K) {
        let Some(entry) = self.keys.get_mut(&key).filter(|entry| entry.suspended) else { return };
        entry.suspended = false;
        entry.again = None;
        self.trigger(now, key, Reason::Manual);
    }

    /// When the next key is due.
    pub fn next_wake(&self) -> Option<Duration> {
        self.queue.first_key_value().map(|((due, _), _)| *due)
    }

    /// The keys that are running.
    pub fn running(&self) -> BTreeSet<&K> {
        self.keys.iter().filter(|(_, entry)| entry.running).map(|(key, _)| key).collect()
    }
}
