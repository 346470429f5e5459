//! A live system in memory.

mod apply;
mod observe;
mod state;
mod store;

pub use store::FakeStore;

use super::Script;
use gitops_core::{
    Error,
    model::{AppId, Live, ObjectId, Predicted, Uid, Version},
};
use serde_json::Value;
use state::State;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// A live system in memory, seen by one app: an [`Observer`](gitops_core::stage::Observer) and an
/// [`Applier`](gitops_core::stage::Applier), with [`inventory`](Self::inventory) for the store.
///
/// Cheap to clone; clones and the views of other apps ([`as_app`](Self::as_app)) share the system.
///
/// **Strict where a real target is.** Every write gives the object a new version from one counter;
/// every incarnation has its own uid. A write that was planned from another version, and from
/// another state, or from another incarnation, changes nothing and fails with `Stale`. What bears
/// another app's mark is refused (`OwnedByOther`) unless the change adopts it. An object with
/// finalizers stays, terminating, until they are gone. Inventories are kept as bytes and swapped
/// by version.
///
/// **Observing.** With a cursor ([`new`](Self::new)) an observer of the same ids is answered with
/// what moved; without one ([`without_cursor`](Self::without_cursor)) with everything, always, and
/// `moved` stays pending. Answers carry no predictions but scripted ones ([`predict`](Self::predict)).
///
/// **Not modelled:** field ownership (an app owns whole documents; their digest is the state),
/// defaulting, validation, admission (script refusals with [`Script::on`]), garbage collection,
/// namespaces, stale reads, throttling, time.
#[derive(Clone)]
pub struct FakeSystem {
    shared: Arc<Shared>,
    app: AppId,
}

struct Shared {
    state: Mutex<State>,
    version: watch::Sender<u64>,
    script: Script,
}

impl FakeSystem {
    /// An empty system with a cursor, seen by the app `app`.
    pub fn new() -> Self {
        Self::scripted(Script::new())
    }

    /// An empty system that can't tell what moved: it answers everything, always.
    pub fn without_cursor() -> Self {
        let system = Self::new();
        system.state().tells_moves = false;
        system
    }

    /// An empty system whose calls go through a script that other fakes may share.
    pub fn scripted(script: Script) -> Self {
        let shared = Shared { state: Mutex::default(), version: watch::Sender::new(0), script };
        FakeSystem { shared: Arc::new(shared), app: AppId::new("app") }
    }

    /// The same system as another app sees it: other marks are its own, and so is the inventory.
    #[must_use]
    pub fn as_app(&self, app: &str) -> Self {
        FakeSystem { shared: self.shared.clone(), app: AppId::new(app) }
    }

    /// The app that looks at it.
    pub fn app(&self) -> &AppId {
        &self.app
    }

    /// Faults to come and the record of calls, of all apps.
    pub fn script(&self) -> &Script {
        &self.shared.script
    }

    /// This app's inventory.
    pub fn inventory(&self) -> FakeStore {
        FakeStore::new(self.clone())
    }

    /// The ids of all live objects, in order.
    pub fn ids(&self) -> Vec<ObjectId> {
        self.state().ids()
    }

    /// A live object as this app sees it, without a call on record.
    pub fn live(&self, id: &ObjectId) -> Option<Live> {
        self.state().live(id, &self.app)
    }

    /// The document of a live object.
    pub fn value(&self, id: &ObjectId) -> Option<Value> {
        Some(self.live(id)?.document.value())
    }

    /// A foreign hand creates an object, or replaces its document. It bears no mark then, if it
    /// is new, and keeps the one it has otherwise.
    pub fn put(&self, id: &ObjectId, document: &Value) {
        self.write(|state| state.put(id, document));
    }

    /// A foreign hand edits a live object. Returns whether there was one.
    pub fn edit(&self, id: &ObjectId, edit: impl FnOnce(&mut Value)) -> bool {
        let Some(mut value) = self.value(id) else { return false };
        edit(&mut value);
        self.put(id, &value);
        true
    }

    /// A foreign hand changes something that no app owns: another version, the same state.
    pub fn touch(&self, id: &ObjectId) -> bool {
        self.write(|state| state.change(id, |_| ()))
    }

    /// A foreign hand deletes an object; with finalizers it stays, terminating.
    pub fn delete(&self, id: &ObjectId) -> bool {
        self.write(|state| state.delete(id).is_some())
    }

    /// Marks an object as this app's (`Some`) or nobody's.
    pub fn mark(&self, id: &ObjectId, app: Option<&str>) -> bool {
        self.write(|state| state.change(id, |object| object.owner = app.map(AppId::new)))
    }

    /// Sets or takes away the object's own wish not to be pruned.
    pub fn retain(&self, id: &ObjectId, why: Option<&str>) -> bool {
        self.write(|state| state.change(id, |object| object.retain = why.map(Arc::from)))
    }

    /// Makes an object precious to the target, or not any more.
    pub fn protect(&self, id: &ObjectId, protected: bool) -> bool {
        self.write(|state| state.change(id, |object| object.protected = protected))
    }

    /// Adds a finalizer: deleting then waits for [`release`](Self::release).
    pub fn hold(&self, id: &ObjectId, finalizer: &str) -> bool {
        self.write(|state| {
            state.change(id, |object| {
                object.finalizers.insert(finalizer.to_owned());
            })
        })
    }

    /// Removes a finalizer. A terminating object without any is gone.
    pub fn release(&self, id: &ObjectId, finalizer: &str) -> bool {
        self.write(|state| state.release(id, finalizer))
    }

    /// Scripts what the target predicts of an object in every answer from now; `None` takes it
    /// back.
    pub fn predict(&self, id: &ObjectId, predicted: Option<Predicted>) {
        let mut state = self.state();
        match predicted {
            Some(predicted) => state.predictions.insert(id.clone(), predicted),
            None => state.predictions.remove(id),
        };
    }

    /// Forgets what moved: cursors from before are answered with everything.
    pub fn compact(&self) {
        self.state().compact();
    }

    /// Damages the stored inventory: loading it fails with `InventoryCorrupt` until it is saved
    /// by somebody who knows its version.
    pub fn corrupt_inventory(&self) {
        self.state().corrupt(&self.app);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes who waits for moves.
    fn write<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        let version = state.version();
        drop(state);
        self.shared.version.send_if_modified(|seen| version > std::mem::replace(seen, version));
        result
    }
}

impl Default for FakeSystem {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FakeSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeSystem")
            .field("app", &self.app)
            .field("objects", &self.ids())
            .finish_non_exhaustive()
    }
}

fn uid(number: u64) -> Uid {
    Uid::new(format!("uid-{number}"))
}

fn version(number: u64) -> Version {
    Version::new(number.to_string())
}

/// Errors of one stage on one object.
fn refuse(
    stage: gitops_core::Stage,
    retry: gitops_core::Retry,
    reason: &'static str,
    message: impl Into<String>,
) -> Error {
    Error::new(stage, retry, reason, message)
}
