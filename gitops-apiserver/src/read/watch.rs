//! Watches: the changes of a resource after a revision, as they come.

use super::{Filter, list::version};
use crate::{
    behavior::agenda,
    core::Core,
    fault::WatchFault,
    kind::Kind,
    object,
    request::{Address, ListOptions},
    status::{Status, quote},
    store::{Change, ChangeKind, Compacted, Range, Stored},
};
use serde_json::Value;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::sync::watch::Receiver;

/// How many changes are taken from the store at a time.
const BATCH: usize = 256;
/// How often a watch that asks for bookmarks gets one.
const BOOKMARKS: Duration = Duration::from_secs(60);
/// The shortest watch without a timeout of its own; the longest is twice that.
const MIN_TIMEOUT: u64 = 1800;
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// One event.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Added(Stored),
    Modified(Stored),
    /// The object as it was, with the revision of the event in it.
    Deleted(Deleted),
    Bookmark(Value),
    Error(Status),
}

/// What a watch shows of an object that is gone for it.
#[derive(Debug, Clone)]
pub(crate) enum Deleted {
    /// It was removed.
    Removed(Stored),
    /// It no longer meets the selector: its last state that did, at the new revision.
    Left(Stored, u64),
}

/// A watch that has begun.
pub(crate) struct Watch {
    core: Arc<Core>,
    kind: Arc<Kind>,
    filter: Filter,
    prefix: String,
    cursor: u64,
    ready: VecDeque<Event>,
    written: Receiver<u64>,
    bookmarks: bool,
    /// What the initial bookmark says, if one is to come.
    initial: bool,
    next_bookmark: Duration,
    deadline: Duration,
    ended: bool,
    restarts: Receiver<u64>,
    restarted: bool,
    faults: Vec<WatchFault>,
    /// How many events have come.
    count: u64,
    /// Until then nothing comes.
    held: Option<Duration>,
    broken: bool,
    /// When the server has something to do.
    due: Receiver<Duration>,
}

/// GET of a collection with `watch`.
pub(crate) fn watch(
    core: &Arc<Core>,
    kind: &Arc<Kind>,
    address: &Address,
    options: &ListOptions,
) -> Result<Watch, Status> {
    let filter = Filter::new(kind, options, &address.name)?;
    let prefix = if address.namespace.is_empty() {
        String::new()
    } else {
        format!("{}/", address.namespace)
    };
    let asked = version(&options.version).map_err(|_| invalid_version(&options.version))?;
    let written = core.store.subscribe(&kind.table);
    let seconds = options
        .timeout
        .filter(|seconds| *seconds > 0)
        .unwrap_or_else(|| core.random(|rng| MIN_TIMEOUT + rng.below(MIN_TIMEOUT)));
    let now = core.now();
    let mut watch = Watch {
        core: core.clone(),
        kind: kind.clone(),
        filter,
        prefix,
        cursor: 0,
        ready: VecDeque::new(),
        written,
        bookmarks: options.bookmarks,
        initial: false,
        next_bookmark: now.saturating_add(BOOKMARKS),
        deadline: now.saturating_add(Duration::from_secs(seconds)),
        ended: false,
        restarts: core.restarts.subscribe(),
        restarted: false,
        faults: Vec::new(),
        count: 0,
        held: None,
        broken: false,
        due: core.behavior.agenda.subscribe(),
    };
    watch.begin(asked, options.initial_events);
    Ok(watch)
}

fn invalid_version(text: &str) -> Status {
    let shown = quote(text);
    Status::unclassified(format!(
        "resourceVersion: Invalid value: {shown}: strconv.ParseUint: parsing {shown}: invalid syntax"
    ))
}

impl Watch {
    /// Decides where it starts: with what is there, or after a revision.
    fn begin(&mut self, asked: Option<u64>, initial: Option<bool>) {
        let current = self.core.store.revision();
        if let Some(asked) = asked.filter(|asked| *asked > current) {
            self.fail(Status::version_too_large(asked, current));
            return;
        }
        let everything = match (initial, asked) {
            (Some(initial), _) => initial,
            (None, asked) => asked.is_none(),
        };
        if !everything {
            self.cursor = asked.unwrap_or(current);
            return;
        }
        let prefix = self.filter.narrowed(&self.kind, &self.prefix);
        let range = Range { prefix: &prefix, ..Range::default() };
        let page = self.core.store.list(&self.kind.table, range);
        self.cursor = page.revision;
        let items = page.items.into_iter();
        let shown = items.filter(|(key, stored)| self.filter.shows(&self.kind, key, stored));
        self.ready = shown.map(|(_, stored)| Event::Added(stored)).collect();
        self.initial = initial == Some(true) && self.bookmarks;
        if self.initial {
            let bookmark = self.bookmark(true);
            self.ready.push_back(bookmark);
        }
    }

    pub(crate) fn kind(&self) -> &Arc<Kind> {
        &self.kind
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The events that are there now. Empty: nothing has happened yet. `None`: it is over.
    pub(crate) fn poll(&mut self) -> Option<Vec<Event>> {
        self.due.borrow_and_update();
        agenda::run_due(&self.core);
        if self.ready.is_empty() && !self.ended {
            self.read();
        }
        let now = self.core.now();
        if self.ready.is_empty() && !self.ended {
            let last = now >= self.deadline;
            if self.bookmarks && (now >= self.next_bookmark || last) {
                self.next_bookmark = now.saturating_add(BOOKMARKS);
                let bookmark = self.bookmark(false);
                self.ready.push_back(bookmark);
            }
            self.ended = last;
        }
        if self.restarted || self.restarts.has_changed().unwrap_or(false) {
            return None;
        }
        if self.faults.is_empty() {
            return match (self.ready.is_empty(), self.ended) {
                (true, true) => None,
                _ => Some(self.ready.drain(..).collect()),
            };
        }
        self.disturbed(now)
    }

    /// Plans what goes wrong with it.
    pub(crate) fn disturb(&mut self, faults: Vec<WatchFault>) {
        self.faults = faults;
    }

    /// Whether the connection breaks now, instead of ending.
    pub(crate) fn breaks(&mut self) -> bool {
        std::mem::take(&mut self.broken)
    }

    /// The events that are there now and come through.
    fn disturbed(&mut self, now: Duration) -> Option<Vec<Event>> {
        let mut out = Vec::new();
        if self.held.is_some_and(|until| now < until) {
            return (now < self.deadline).then_some(out);
        }
        while let Some(event) = self.ready.pop_front() {
            let nth = self.count + 1;
            let mut copies = 1;
            for fault in self.faults.clone() {
                match fault {
                    WatchFault::Drop(which) if which == nth => copies = 0,
                    WatchFault::Duplicate(which) if which == nth => copies = 2,
                    WatchFault::Delay(which, time) if which <= nth && self.held.is_none() => {
                        self.held = Some(now.saturating_add(time));
                        self.ready.push_front(event);
                        return Some(out);
                    }
                    _ => {}
                }
            }
            // The next one waits again.
            self.held = None;
            self.count = nth;
            out.extend(std::iter::repeat_n(event, copies));
            if let Some(end) = self.end_after(nth) {
                self.ready.clear();
                self.ended = true;
                self.broken = end == WatchFault::Reset(nth);
                if end == WatchFault::Expire(nth) {
                    let message =
                        format!("too old resource version: {} ({})", self.cursor, self.cursor + 1);
                    out.push(Event::Error(Status::expired(message)));
                }
                return Some(out);
            }
        }
        if out.is_empty() && self.ended { None } else { Some(out) }
    }

    /// Whether it ends after so many events, and how.
    fn end_after(&self, count: u64) -> Option<WatchFault> {
        let ends = |fault: &&WatchFault| match fault {
            WatchFault::Close(after) | WatchFault::Reset(after) | WatchFault::Expire(after) => {
                *after == count
            }
            _ => false,
        };
        self.faults.iter().find(ends).cloned()
    }

    /// Waits until there may be something new.
    pub(crate) async fn wait(&mut self) {
        let mut until = self.deadline.min(self.core.behavior.agenda.next());
        match self.held {
            // No bookmark overtakes an event.
            Some(held) => until = until.min(held),
            None if self.bookmarks => until = until.min(self.next_bookmark),
            None => {}
        }
        let sleep = self.core.clock.sleep(until.saturating_sub(self.core.now()));
        tokio::select! {
            biased;
            _ = self.written.changed(), if self.held.is_none() => {}
            _ = self.restarts.changed() => self.restarted = true,
            _ = self.due.changed() => {}
            () = sleep => {}
        }
    }

    fn read(&mut self) {
        // Marked as seen before reading: what comes later wakes it again.
        self.written.borrow_and_update();
        let current = self.core.store.revision();
        match self.core.store.changes(&self.kind.table, self.cursor, BATCH) {
            // Nothing up to `current` is still to come: bookmarks can say so.
            Ok(changes) if changes.is_empty() => self.cursor = self.cursor.max(current),
            Ok(changes) => {
                for change in changes {
                    self.cursor = change.after.revision;
                    self.ready.extend(self.event(&change));
                }
            }
            Err(Compacted { oldest }) => {
                let message = format!("too old resource version: {} ({oldest})", self.cursor);
                self.fail(Status::expired(message));
            }
        }
    }

    /// What a change is for somebody who sees only what meets the selector.
    fn event(&self, change: &Change) -> Option<Event> {
        if !change.key.starts_with(&self.prefix) {
            return None;
        }
        let shows = |stored: &Stored| self.filter.shows(&self.kind, &change.key, stored);
        let before = change.before.as_ref().filter(|before| shows(before));
        if change.kind == ChangeKind::Removed {
            return before.map(|_| Event::Deleted(Deleted::Removed(change.after.clone())));
        }
        match (before, shows(&change.after)) {
            (None, true) => Some(Event::Added(change.after.clone())),
            (Some(_), true) => Some(Event::Modified(change.after.clone())),
            (Some(before), false) => {
                Some(Event::Deleted(Deleted::Left(before.clone(), change.after.revision)))
            }
            (None, false) => None,
        }
    }

    fn bookmark(&self, initial: bool) -> Event {
        let mut object = self.kind.model.empty();
        object::set_meta(&mut object, "resourceVersion", self.cursor.to_string());
        if initial {
            let annotations = object.pointer("/metadata/annotations").and_then(Value::as_object);
            let mut annotations = annotations.cloned().unwrap_or_default();
            annotations.insert(INITIAL_EVENTS_END.to_owned(), "true".into());
            object::set_meta(&mut object, "annotations", annotations);
        }
        Event::Bookmark(object)
    }

    /// Ends with an error.
    pub(crate) fn fail(&mut self, status: Status) {
        self.ready.push_back(Event::Error(status));
        self.ended = true;
    }
}
