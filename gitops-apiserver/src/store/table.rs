//! One resource's objects and their history.

use super::{Clash, Compacted, Page, Range, Stored};
use bytes::Bytes;
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
    sync::Arc,
};
use tokio::sync::watch;

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was created.
    Created,
    /// It was changed.
    Updated,
    /// It was removed.
    Removed,
}

/// One change of one object.
#[derive(Debug, Clone)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// Whose.
    pub key: Arc<str>,
    /// The object after it; of a removed one, its last state with the revision of its end.
    pub after: Stored,
    /// The object before it.
    pub before: Option<Stored>,
}

/// Objects in the order of their keys, and the last changes.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) objects: BTreeMap<Arc<str>, Stored>,
    pub(super) written: watch::Sender<u64>,
    log: VecDeque<Change>,
    /// The last change that is no longer in the log.
    forgotten: u64,
}

impl Default for Table {
    fn default() -> Self {
        let (written, _) = watch::channel(0);
        Table { objects: BTreeMap::new(), written, log: VecDeque::new(), forgotten: 0 }
    }
}

impl Table {
    pub(super) fn page(&self, range: Range<'_>) -> Page {
        page(&self.objects, range)
    }

    pub(super) fn page_at(&self, range: Range<'_>, at: u64) -> Result<Page, Compacted> {
        if at < self.forgotten {
            return Err(Compacted { oldest: self.forgotten });
        }
        let newer = self.log.iter().rev().take_while(|change| change.after.revision > at);
        let mut undone: BTreeMap<&Arc<str>, &Option<Stored>> = BTreeMap::new();
        for change in newer.filter(|change| change.key.starts_with(range.prefix)) {
            undone.insert(&change.key, &change.before);
        }
        if undone.is_empty() {
            return Ok(self.page(range));
        }
        let mut objects: BTreeMap<Arc<str>, Stored> = below(&self.objects, range.prefix)
            .map(|(key, stored)| (key.clone(), stored.clone()))
            .collect();
        for (key, before) in undone {
            match before {
                Some(before) => objects.insert(key.clone(), before.clone()),
                None => objects.remove(key),
            };
        }
        Ok(page(&objects, range))
    }

    pub(super) fn write(
        &mut self,
        key: &str,
        expected: Option<u64>,
        revision: u64,
        make: impl FnOnce(u64) -> Bytes,
    ) -> Result<Stored, Clash> {
        let entry = self.objects.get_key_value(key);
        if entry.map(|(_, stored)| stored.revision) != expected {
            return Err(Clash);
        }
        let before = entry.map(|(_, stored)| stored.clone());
        let key = entry.map_or_else(|| Arc::from(key), |(key, _)| key.clone());
        let after = Stored { revision, bytes: make(revision) };
        let kind = if before.is_some() { ChangeKind::Updated } else { ChangeKind::Created };
        self.objects.insert(key.clone(), after.clone());
        self.note(Change { kind, key, after: after.clone(), before });
        Ok(after)
    }

    pub(super) fn remove(
        &mut self,
        key: &str,
        expected: u64,
        revision: u64,
        make: impl FnOnce(u64) -> Bytes,
    ) -> Result<Stored, Clash> {
        if self.objects.get(key).is_none_or(|stored| stored.revision != expected) {
            return Err(Clash);
        }
        let Some((key, before)) = self.objects.remove_entry(key) else { return Err(Clash) };
        let after = Stored { revision, bytes: make(revision) };
        let kind = ChangeKind::Removed;
        self.note(Change { kind, key, after: after.clone(), before: Some(before) });
        Ok(after)
    }

    fn note(&mut self, change: Change) {
        let revision = change.after.revision;
        self.log.push_back(change);
        self.written.send_replace(revision);
    }

    pub(super) fn changes(&self, after: u64, max: usize) -> Result<Vec<Change>, Compacted> {
        if after < self.forgotten {
            return Err(Compacted { oldest: self.forgotten });
        }
        let first = self.log.partition_point(|change| change.after.revision <= after);
        Ok(self.log.iter().skip(first).take(max).cloned().collect())
    }

    pub(super) fn trim(&mut self, kept: usize) {
        while self.log.len() > kept {
            self.forget_first();
        }
    }

    pub(super) fn compact(&mut self, revision: u64) {
        while self.log.front().is_some_and(|change| change.after.revision <= revision) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(change) = self.log.pop_front() {
            self.forgotten = change.after.revision;
        }
    }
}

/// The objects whose keys begin so.
fn below<'a>(
    objects: &'a BTreeMap<Arc<str>, Stored>,
    prefix: &'a str,
) -> impl Iterator<Item = (&'a Arc<str>, &'a Stored)> {
    let start = (Bound::Included(prefix), Bound::Unbounded);
    objects.range::<str, _>(start).take_while(move |(key, _)| key.starts_with(prefix))
}

fn page(objects: &BTreeMap<Arc<str>, Stored>, range: Range<'_>) -> Page {
    let start = Bound::Included(range.from.unwrap_or_default().max(range.prefix));
    let mut rest = objects
        .range::<str, _>((start, Bound::Unbounded))
        .take_while(|(key, _)| key.starts_with(range.prefix));
    let limit = range.limit.unwrap_or(usize::MAX);
    let items: Vec<_> =
        rest.by_ref().take(limit).map(|(key, stored)| (key.clone(), stored.clone())).collect();
    let remaining = if range.limit.is_some() { rest.count() } else { 0 };
    Page { items, revision: 0, remaining }
}
