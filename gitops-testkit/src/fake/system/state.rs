//! The state of a fake system: pure, without calls, faults or waiting.

use super::{uid, version};
use gitops_core::model::{AppId, Cursor, Document, Live, ObjectId, Owner, Predicted};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub(super) struct State {
    objects: BTreeMap<ObjectId, LiveObject>,
    /// When each id last moved, also of objects that are gone.
    moved: BTreeMap<ObjectId, u64>,
    /// The ids that an app asked for, or that bear or bore its mark.
    watched: BTreeMap<AppId, BTreeSet<ObjectId>>,
    version: u64,
    /// Cursors from before this version are too old to be answered with moves.
    floor: u64,
    incarnations: u64,
    pub(super) tells_moves: bool,
    pub(super) predictions: BTreeMap<ObjectId, Predicted>,
    pub(super) inventories: BTreeMap<AppId, Stored>,
    pub(super) saves: u64,
}

/// A stored inventory as bytes, with its version.
pub(super) struct Stored {
    pub(super) bytes: Vec<u8>,
    pub(super) version: u64,
}

pub(super) struct LiveObject {
    pub(super) document: Document,
    pub(super) owner: Option<AppId>,
    pub(super) retain: Option<Arc<str>>,
    pub(super) protected: bool,
    pub(super) finalizers: BTreeSet<String>,
    terminating: bool,
    incarnation: u64,
    version: u64,
}

impl Default for State {
    fn default() -> Self {
        State {
            objects: BTreeMap::new(),
            moved: BTreeMap::new(),
            watched: BTreeMap::new(),
            version: 0,
            floor: 0,
            incarnations: 0,
            tells_moves: true,
            predictions: BTreeMap::new(),
            inventories: BTreeMap::new(),
            saves: 0,
        }
    }
}

/// What deleting an object led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deletion {
    Gone,
    Terminating,
}

impl State {
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The version of the latest move that concerns this app. Forgetting what moved makes old
    /// cursors void, so that an equal one must not survive it.
    pub(super) fn cursor(&self, app: &AppId) -> Cursor {
        let latest = self.concerning(app).map(|(_, moved)| moved).max().unwrap_or(0);
        Cursor::new(latest.max(self.floor).to_string())
    }

    pub(super) fn ids(&self) -> Vec<ObjectId> {
        self.objects.keys().cloned().collect()
    }

    pub(super) fn live(&self, id: &ObjectId, viewer: &AppId) -> Option<Live> {
        let object = self.objects.get(id)?;
        Some(Live {
            version: version(object.version),
            uid: Some(uid(object.incarnation)),
            state: object.document.digest(),
            memo: None,
            owner: match &object.owner {
                None => Owner::Nobody,
                Some(owner) if owner == viewer => Owner::Ours,
                Some(owner) => Owner::Other(owner.as_str().into()),
            },
            terminating: object.terminating,
            retain: object.retain.clone(),
            protected: object.protected,
            document: object.document.clone(),
        })
    }

    /// Creates an object, or replaces the document of a live one.
    pub(super) fn put(&mut self, id: &ObjectId, document: &Value) {
        let document = Document::new(document);
        self.place(id, &document);
        self.change(id, |object| object.document = document);
    }

    /// As `put`, and puts an app's mark on it.
    pub(super) fn put_marked(&mut self, id: &ObjectId, document: Document, app: &AppId) {
        self.place(id, &document);
        self.change(id, |object| {
            object.document = document;
            object.owner = Some(app.clone());
        });
    }

    fn place(&mut self, id: &ObjectId, document: &Document) {
        if !self.objects.contains_key(id) {
            self.incarnations += 1;
            let object = LiveObject {
                document: document.clone(),
                owner: None,
                retain: None,
                protected: false,
                finalizers: BTreeSet::new(),
                terminating: false,
                incarnation: self.incarnations,
                version: 0,
            };
            self.objects.insert(id.clone(), object);
        }
    }

    /// Changes a live object and gives it a new version.
    pub(super) fn change(&mut self, id: &ObjectId, change: impl FnOnce(&mut LiveObject)) -> bool {
        let Some(object) = self.objects.get_mut(id) else { return false };
        change(object);
        self.version += 1;
        object.version = self.version;
        self.moved.insert(id.clone(), self.version);
        if let Some(owner) = object.owner.clone() {
            self.watched.entry(owner).or_default().insert(id.clone());
        }
        true
    }

    /// Deletes an object, or marks it as terminating; `None` when it is not there.
    pub(super) fn delete(&mut self, id: &ObjectId) -> Option<Deletion> {
        let object = self.objects.get(id)?;
        if object.finalizers.is_empty() {
            self.objects.remove(id);
            self.version += 1;
            self.moved.insert(id.clone(), self.version);
            return Some(Deletion::Gone);
        }
        if !object.terminating {
            self.change(id, |object| object.terminating = true);
        }
        Some(Deletion::Terminating)
    }

    pub(super) fn release(&mut self, id: &ObjectId, finalizer: &str) -> bool {
        let mut last = false;
        let found = self.change(id, |object| {
            object.finalizers.remove(finalizer);
            last = object.terminating && object.finalizers.is_empty();
        });
        if last {
            self.delete(id);
        }
        found
    }

    /// Remembers what an app asks for; returns whether that is what it asked for before.
    pub(super) fn watch(&mut self, app: &AppId, ids: &BTreeSet<ObjectId>) -> bool {
        let watched = self.watched.entry(app.clone()).or_default();
        let known = ids.is_subset(watched);
        watched.extend(ids.iter().cloned());
        known
    }

    /// The ids of this app that moved after a version; `None` when that is too long ago, or not
    /// a version of this system.
    pub(super) fn moved_since(&self, app: &AppId, since: u64) -> Option<BTreeSet<ObjectId>> {
        if since < self.floor || since > self.version {
            return None;
        }
        let moved = self.concerning(app).filter(|(_, moved)| *moved > since);
        Some(moved.map(|(id, _)| id.clone()).collect())
    }

    /// The live objects that bear this app's mark.
    pub(super) fn marked<'a>(&'a self, app: &'a AppId) -> impl Iterator<Item = &'a ObjectId> {
        let marked =
            self.objects.iter().filter(move |(_, object)| object.owner.as_ref() == Some(app));
        marked.map(|(id, _)| id)
    }

    pub(super) fn compact(&mut self) {
        self.floor = self.version + 1;
        self.version += 1;
    }

    pub(super) fn corrupt(&mut self, app: &AppId) {
        if let Some(stored) = self.inventories.get_mut(app) {
            stored.bytes.truncate(stored.bytes.len() / 2);
            stored.bytes.extend_from_slice(b"\xff");
        }
    }

    fn concerning(&self, app: &AppId) -> impl Iterator<Item = (&ObjectId, u64)> {
        let watched = self.watched.get(app).into_iter().flatten();
        watched.filter_map(|id| Some((id, *self.moved.get(id)?)))
    }
}
