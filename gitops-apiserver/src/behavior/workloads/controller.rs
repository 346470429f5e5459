//! What the controllers of workloads have in common.

use super::super::{
    actor::Actor,
    agenda::{Task, Work},
    meta::Meta,
};
use super::{PODS, pods};
use crate::{
    builtin::defaults::field,
    core::Core,
    kind::Kind,
    object,
    request::{DeleteOptions, Propagation},
    status::Status,
    time,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// When something is tried again that was refused.
pub(super) const RETRY: Duration = Duration::from_secs(10);
/// How many pods are made or deleted in one go, and when it goes on.
pub(super) const BURST: usize = 500;
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// A controller at one object.
pub(super) struct Controller<'a> {
    pub(super) actor: Actor<'a>,
    pub(super) kind: Arc<Kind>,
    pub(super) object: Value,
    task: &'a Task,
}

impl<'a> Controller<'a> {
    pub(super) fn of(core: &'a Core, task: &'a Task, account: &'static str) -> Option<Self> {
        let actor = Actor::controller(core, account);
        let (kind, object) = actor.read(&task.table, &task.key)?;
        Some(Controller { actor, kind, object, task })
    }

    pub(super) fn core(&self) -> &'a Core {
        self.actor.core
    }

    pub(super) fn name(&self) -> &str {
        object::meta(&self.object, "name")
    }

    pub(super) fn namespace(&self) -> &str {
        object::meta(&self.object, "namespace")
    }

    pub(super) fn uid(&self) -> &str {
        object::meta(&self.object, "uid")
    }

    pub(super) fn is_deleting(&self) -> bool {
        object::is_deleting(&self.object)
    }

    /// `spec.replicas`.
    pub(super) fn replicas(&self) -> i64 {
        field::number(&self.object, "spec.replicas")
    }

    /// The time, as objects show it.
    pub(super) fn now(&self) -> String {
        self.core().timestamp()
    }

    /// Looks again after a time.
    pub(super) fn again(&self, after: Duration) {
        let at = self.core().moment().saturating_add(after);
        self.core().behavior.agenda.plan(at, Task { work: Work::Sync, ..self.task.clone() });
    }

    /// The objects of a table that it controls, in the order of their names.
    pub(super) fn controlled(&self, table: &str) -> Vec<Value> {
        let places = self.core().behavior.owners.dependents(self.uid());
        let places = places.iter().filter(|(have, _)| &**have == table);
        places
            .filter_map(|(table, key)| {
                let stored = self.core().store.get(table, key)?;
                let controller = Meta::read(&stored.bytes).controller().map(|one| one.uid.clone());
                let ours = controller.as_deref() == Some(self.uid());
                serde_json::from_slice(&stored.bytes).ok().filter(|_| ours)
            })
            .collect()
    }

    /// The owner reference of what it makes.
    fn reference(&self) -> Value {
        json!({
            "apiVersion": self.kind.api_version, "kind": self.kind.info.kind, "name": self.name(),
            "uid": self.uid(), "controller": true, "blockOwnerDeletion": true,
        })
    }

    /// A kind of object that it makes.
    pub(super) fn kind_of(&self, table: &str) -> Result<Arc<Kind>, Status> {
        let kind = self.core().kinds.of_table(table);
        kind.ok_or_else(|| Status::internal("the kind is not served"))
    }

    /// Creates an object that it controls.
    pub(super) fn create(&self, table: &str, mut new: Value) -> Result<Value, Status> {
        object::set_meta(&mut new, "namespace", self.namespace());
        object::set_meta(&mut new, "ownerReferences", vec![self.reference()]);
        self.actor.create(&*self.kind_of(table)?, &new)
    }

    /// A pod as a template has it.
    pub(super) fn pod(&self, template: &Value) -> Value {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}});
        for name in ["labels", "annotations", "finalizers"] {
            object::copy_meta(&mut pod, template, name);
        }
        field::copy(&mut pod, "spec", template);
        object::set_meta(&mut pod, "generateName", format!("{}-", self.name()));
        pod
    }

    /// Replaces an object that it controls, if it is still the one that was read.
    pub(super) fn update(&self, table: &str, new: &Value) -> Result<Value, Status> {
        self.actor.update(&*self.kind_of(table)?, new, "")
    }

    /// Deletes an object that it controls.
    pub(super) fn delete(&self, table: &str, of: &Value) {
        let options = DeleteOptions {
            uid: Some(object::meta(of, "uid").to_owned()),
            propagation: Some(Propagation::Background),
            ..DeleteOptions::default()
        };
        let deleted = self.kind_of(table).and_then(|kind| self.actor.delete(&kind, of, &options));
        if deleted.is_err_and(|status| status.reason != "NotFound") {
            self.again(RETRY);
        }
    }

    /// Stores the status that was set in the object, if it says anything new.
    pub(super) fn store_status(&mut self) {
        let Some((kind, live)) = self.actor.read(&self.task.table, &self.task.key) else { return };
        if live == self.object {
            return;
        }
        // Somebody else has written meanwhile: that write has planned another look.
        if let Ok(stored) = self.actor.update(&kind, &self.object, "status") {
            self.object = stored;
        }
    }

    /// Pods that are not ready may have become so by what has changed here.
    pub(super) fn wake(&self, pods: &[Value]) {
        for pod in pods.iter().filter(|pod| !pods::is_ready(pod)) {
            let key = format!("{}/{}", self.namespace(), object::meta(pod, "name"));
            let task = Task { work: Work::StartPod, table: PODS.into(), key: key.into() };
            self.core().behavior.agenda.plan(self.core().moment(), task);
        }
    }

    /// How many of these pods have been ready for `minReadySeconds`; looks again when more will.
    pub(super) fn available(&self, pods: &[&Value]) -> i64 {
        let wait = field::number(&self.object, "spec.minReadySeconds").max(0);
        let now = i64::try_from(self.core().unix().as_secs()).unwrap_or(i64::MAX);
        let mut available = 0;
        let mut soonest: Option<i64> = None;
        for pod in pods.iter().filter(|pod| pods::is_ready(pod)) {
            let since = pods::ready_since(pod).and_then(time::parse).unwrap_or(now);
            let left = since.saturating_add(wait).saturating_sub(now);
            if wait == 0 || left <= 0 {
                available += 1;
            } else {
                soonest = Some(soonest.map_or(left, |before| before.min(left)));
            }
        }
        if let Some(left) = soonest {
            self.again(Duration::from_secs(u64::try_from(left).unwrap_or(0)));
        }
        available
    }
}

/// Sets a counter of a status; 0 is left out as the API does.
pub(super) fn count(object: &mut Value, name: &str, value: i64) {
    let path = format!("status.{name}");
    if value == 0 {
        field::take(object, &path);
    } else {
        field::put(object, &path, value);
    }
}
