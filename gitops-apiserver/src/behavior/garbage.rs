//! The garbage collector: objects whose owners are all gone, and the deletion policies `Foreground`
//! and `Orphan` (KEP-2336 and the API's documentation of garbage collection).

use super::{
    Change,
    actor::Actor,
    agenda::{Task, Work},
    meta::{Meta, Owner},
    owners::Place,
};
use crate::{
    core::Core,
    kind::Kind,
    object,
    request::{DeleteOptions, Propagation},
    write::{FOREGROUND, ORPHAN},
};
use serde_json::Value;
use std::sync::Arc;

const ACCOUNT: &str = "system:serviceaccount:kube-system:generic-garbage-collector";

/// Plans what the collector has to look at after a write.
pub(super) fn plan(change: &Change<'_>) {
    // Events are nobody's dependents.
    if !change.settings.garbage_collection || change.table() == "events" {
        return;
    }
    if let Some(after) = change.after {
        let waits =
            after.is_deleting() && (after.has_finalizer(ORPHAN) || after.has_finalizer(FOREGROUND));
        let owned = after.owners().next().is_some();
        let news = change.before.is_none_or(|before| {
            before.is_deleting() != after.is_deleting() || !before.owners().eq(after.owners())
        });
        if news && (waits || owned) {
            change.plan_here(Work::Collect);
        }
    }
    let Some(before) = change.before else { return };
    if change.after.is_none() {
        for dependent in change.core.behavior.owners.dependents(&before.uid) {
            change.plan(Work::Collect, dependent);
        }
    }
    // Owners may have waited for this.
    let left = before.owners().filter(|owner| {
        change.after.is_none_or(|after| !after.owners().any(|still| still == *owner))
    });
    for owner in left.filter(|owner| owner.block_owner_deletion == Some(true)) {
        if let Some((_, place)) = place_of(change.core, owner, &before.namespace) {
            change.plan(Work::Collect, place);
        }
    }
}

/// Where an owner is stored, if there is one, seen from a dependent's namespace.
pub(super) fn place_of(core: &Core, owner: &Owner, namespace: &str) -> Option<(Arc<Kind>, Place)> {
    let kind = core.kinds.of_kind(&owner.api_version, &owner.kind)?;
    let key = if kind.info.namespaced {
        format!("{namespace}/{}", owner.name)
    } else {
        owner.name.clone()
    };
    let place = (kind.table.clone(), key.into());
    Some((kind, place))
}

/// How it stands with an owner.
enum Standing {
    /// It is there.
    Solid,
    /// It is not, or another object has its name.
    Absent,
    /// It is being deleted, and waits for its dependents to go first.
    Waiting,
    /// Nobody can tell: its kind is not served, or an object of the cluster can't belong to a
    /// namespace's.
    Unknown,
}

fn standing(core: &Core, owner: &Owner, namespace: &str) -> Standing {
    let Some((kind, (table, key))) = place_of(core, owner, namespace) else {
        return Standing::Unknown;
    };
    if kind.info.namespaced && namespace.is_empty() {
        return Standing::Unknown;
    }
    let Some(stored) = core.store.get(&table, &key) else { return Standing::Absent };
    let meta = Meta::read(&stored.bytes);
    match meta.is_deleting() && meta.has_finalizer(FOREGROUND) {
        _ if meta.uid != owner.uid => Standing::Absent,
        true => Standing::Waiting,
        false => Standing::Solid,
    }
}

/// Looks at an object: whether it is to be deleted, or what it waits for.
pub(super) fn collect(core: &Core, task: &Task) {
    let Some(stored) = core.store.get(&task.table, &task.key) else { return };
    let meta = Meta::read(&stored.bytes);
    let collector = Collector { actor: Actor::controller(core, ACCOUNT), task, meta: &meta };
    if !meta.is_deleting() {
        collector.judge();
    } else if meta.has_finalizer(ORPHAN) {
        collector.orphan_dependents();
    } else if meta.has_finalizer(FOREGROUND) {
        collector.wait_for_dependents();
    }
}

/// The collector at an object.
struct Collector<'a> {
    actor: Actor<'a>,
    task: &'a Task,
    meta: &'a Meta,
}

impl Collector<'_> {
    fn core(&self) -> &Core {
        self.actor.core
    }

    fn again(&self, place: Place) {
        let (table, key) = place;
        let task = Task { work: Work::Collect, table, key };
        self.core().behavior.agenda.plan(self.core().moment(), task);
    }

    /// Deletes an object if none of its owners is there; else takes away the references to those
    /// that are not.
    fn judge(&self) {
        let mut gone = Vec::new();
        let (mut solid, mut waiting) = (false, false);
        for owner in self.meta.owners() {
            match standing(self.core(), owner, &self.meta.namespace) {
                Standing::Unknown => return,
                Standing::Solid => solid = true,
                Standing::Absent => gone.push(&*owner.uid),
                Standing::Waiting => {
                    waiting = true;
                    gone.push(&*owner.uid);
                }
            }
        }
        if gone.is_empty() {
            return;
        }
        let Some((kind, object)) = self.actor.read(&self.task.table, &self.task.key) else {
            return;
        };
        if solid {
            self.disown(&kind, object, &gone);
            return;
        }
        let dependents = self.core().behavior.owners.dependents(&self.meta.uid);
        let propagation = if waiting && !dependents.is_empty() {
            Propagation::Foreground
        } else if self.meta.has_finalizer(ORPHAN) {
            Propagation::Orphan
        } else if self.meta.has_finalizer(FOREGROUND) {
            Propagation::Foreground
        } else {
            Propagation::Background
        };
        let object = match waiting && dependents.iter().any(|place| self.is_waiting(place)) {
            true => self.unblock(&kind, object),
            false => object,
        };
        let options = DeleteOptions {
            uid: Some(self.meta.uid.clone()),
            propagation: Some(propagation),
            ..DeleteOptions::default()
        };
        // Whoever refuses it, such as admission, is not asked again until something changes.
        let _ = self.actor.delete(&kind, &object, &options);
    }

    /// Whether an object is being deleted and waits for its own dependents.
    fn is_waiting(&self, (table, key): &Place) -> bool {
        let stored = self.core().store.get(table, key);
        let meta = stored.map(|stored| Meta::read(&stored.bytes)).unwrap_or_default();
        meta.is_deleting() && meta.has_finalizer(FOREGROUND)
    }

    /// Takes owner references away.
    fn disown(&self, kind: &Kind, mut object: Value, uids: &[&str]) {
        let owners = object::meta_value(&object, "ownerReferences").and_then(Value::as_array);
        let uid = |owner: &Value| owner.get("uid").and_then(Value::as_str).map(str::to_owned);
        let kept: Vec<Value> = owners
            .into_iter()
            .flatten()
            .filter(|owner| uid(owner).is_none_or(|uid| !uids.contains(&&*uid)))
            .cloned()
            .collect();
        if kept.is_empty() {
            object::drop_meta(&mut object, "ownerReferences");
        } else {
            object::set_meta(&mut object, "ownerReferences", kept);
        }
        let _ = self.actor.update(kind, &object, "");
    }

    /// Two that wait for each other would wait forever: this one no longer makes its owners wait.
    fn unblock(&self, kind: &Kind, mut object: Value) -> Value {
        let owners = object.pointer_mut("/metadata/ownerReferences").and_then(Value::as_array_mut);
        for owner in owners.into_iter().flatten() {
            owner["blockOwnerDeletion"] = false.into();
        }
        self.actor.update(kind, &object, "").unwrap_or(object)
    }

    /// `Orphan`: dependents stay, and no longer know of it.
    fn orphan_dependents(&self) {
        for (table, key) in self.core().behavior.owners.dependents(&self.meta.uid) {
            if let Some((kind, dependent)) = self.actor.read(&table, &key) {
                self.disown(&kind, dependent, &[&self.meta.uid]);
            }
        }
        self.release(ORPHAN);
    }

    /// `Foreground`: dependents that block it go first.
    fn wait_for_dependents(&self) {
        let mut blocked = false;
        for place in self.core().behavior.owners.dependents(&self.meta.uid) {
            let Some(stored) = self.core().store.get(&place.0, &place.1) else { continue };
            let dependent = Meta::read(&stored.bytes);
            let blocks = |owner: &Owner| {
                owner.uid == self.meta.uid && owner.block_owner_deletion == Some(true)
            };
            blocked |= dependent.owners().any(blocks);
            if !dependent.is_deleting() {
                self.again(place);
            }
        }
        if !blocked {
            self.release(FOREGROUND);
        }
    }

    /// Takes the collector's finalizer away.
    fn release(&self, finalizer: &str) {
        let Some((kind, mut object)) = self.actor.read(&self.task.table, &self.task.key) else {
            return;
        };
        let left: Vec<String> = object::finalizers(&object)
            .into_iter()
            .filter(|have| *have != finalizer)
            .map(str::to_owned)
            .collect();
        if left.is_empty() {
            object::drop_meta(&mut object, "finalizers");
        } else {
            object::set_meta(&mut object, "finalizers", left);
        }
        let _ = self.actor.update(&kind, &object, "");
    }
}
