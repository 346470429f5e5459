//! Deployments: which ReplicaSets there are, and how far they are.

use super::{
    REPLICA_SETS,
    controller::{Controller, RETRY, count},
    revisions::hash,
    rollout, scaling,
};
use crate::{builtin::defaults::field, object, status::Status, time};
use serde_json::{Value, json};
use std::time::Duration;

const HASH: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const HISTORY_LENGTH: usize = 2000;
/// What ReplicaSets don't take over from their Deployment.
const OWN: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    scaling::DESIRED,
    scaling::MAX,
    "deprecated.deployment.rollback.to",
];

/// A Deployment and its ReplicaSets.
pub(super) struct Deployment<'c, 'a> {
    pub(super) at: &'c mut Controller<'a>,
    /// That of the current template.
    pub(super) new: Option<Value>,
    /// The others, oldest first.
    pub(super) old: Vec<Value>,
}

/// Looks at a Deployment.
pub(super) fn sync(at: &mut Controller<'_>) {
    let mut old = at.controlled(REPLICA_SETS);
    old.sort_by_cached_key(|set| {
        (object::meta(set, "creationTimestamp").to_owned(), object::meta(set, "name").to_owned())
    });
    let wanted = template(&at.object);
    let new = old.iter().position(|set| template(set) == wanted).map(|place| old.remove(place));
    let mut deployment = Deployment { at, new, old };
    // What is refused is tried again; writes in between have planned another look already.
    if deployment.act().is_err_and(|status| status.reason != "Conflict") {
        deployment.at.again(RETRY);
    }
}

/// The pods' template, without what tells ReplicaSets apart.
fn template(of: &Value) -> Value {
    let mut template = field::get(of, "spec.template").cloned().unwrap_or_default();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    template
}

pub(super) fn replicas(set: &Value) -> i64 {
    field::number(set, "spec.replicas")
}

fn revision(of: &Value) -> Option<i64> {
    annotation(of, REVISION)?.parse().ok()
}

pub(super) fn annotation<'v>(of: &'v Value, name: &str) -> Option<&'v str> {
    object::meta_value(of, "annotations")?.get(name)?.as_str()
}

pub(super) fn annotate(object: &mut Value, name: &str, value: &str) {
    let mut all = object::meta_value(object, "annotations").cloned().unwrap_or(json!({}));
    all[name] = value.into();
    object::set_meta(object, "annotations", all);
}

impl Deployment<'_, '_> {
    fn act(&mut self) -> Result<(), Status> {
        let paused = field::flag(&self.at.object, "spec.paused");
        if self.at.is_deleting() {
            self.find_new(false)?;
            self.say();
            self.at.store_status();
            return Ok(());
        }
        self.tell_paused(paused);
        self.find_new(false)?;
        if paused || self.is_scaled() {
            self.scale()?;
            if paused {
                self.clean_up();
            }
            self.say();
            self.at.store_status();
            return Ok(());
        }
        match field::text(&self.at.object, "spec.strategy.type") {
            "Recreate" => rollout::recreate(self),
            _ => rollout::rolling(self),
        }
    }

    /// The ReplicaSets that want pods.
    pub(super) fn active(&self) -> impl Iterator<Item = &Value> {
        self.all().filter(|set| replicas(set) > 0)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Value> {
        self.old.iter().chain(&self.new)
    }

    /// The ReplicaSet of the current template, with what it takes over from the Deployment; made if
    /// it is not there and that is wanted.
    pub(super) fn find_new(&mut self, create: bool) -> Result<(), Status> {
        let next = self.old.iter().filter_map(revision).max().unwrap_or(0) + 1;
        if let Some(live) = &self.new {
            let mut set = live.clone();
            self.take_over(&mut set, next, true);
            field::copy(&mut set, "spec.minReadySeconds", &self.at.object);
            if set != *live {
                self.new = Some(self.at.update(REPLICA_SETS, &set)?);
                return Ok(());
            }
            let number = annotation(&set, REVISION).unwrap_or_default().to_owned();
            let name = object::meta(&set, "name").to_owned();
            self.set_revision(&number);
            if self.deadline().is_some() && condition(&self.at.object, "Progressing").is_none() {
                let message = format!("Found new replica set \"{name}\"");
                self.progressing("True", "FoundNewReplicaSet", &message);
            }
            self.at.store_status();
            return Ok(());
        }
        if !create {
            return Ok(());
        }
        self.create(next)
    }

    fn create(&mut self, revision: i64) -> Result<(), Status> {
        let deployment = &self.at.object;
        let mut template = field::get(deployment, "spec.template").cloned().unwrap_or_default();
        let collisions = field::number(deployment, "status.collisionCount");
        let hash = hash(&template, collisions);
        field::put(&mut template, &format!("metadata.labels.{HASH}"), hash.as_str());
        let mut selector = field::get(deployment, "spec.selector").cloned().unwrap_or_default();
        field::put(&mut selector, &format!("matchLabels.{HASH}"), hash.as_str());
        // So long that the hash still fits.
        let base: String = self.at.name().chars().take(252 - hash.len()).collect();
        let name = format!("{base}-{hash}");
        let mut set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": name, "labels": template["metadata"]["labels"]},
            "spec": {"replicas": 0, "selector": selector, "template": template},
        });
        field::copy(&mut set, "spec.minReadySeconds", deployment);
        let size = self.new_size(0);
        field::put(&mut set, "spec.replicas", size);
        self.take_over(&mut set, revision, false);
        match self.at.create(REPLICA_SETS, set) {
            Ok(made) => self.new = Some(made),
            Err(status) if status.reason == "AlreadyExists" => {
                // Somebody else's ReplicaSet has the name: the next hash is another.
                field::put(&mut self.at.object, "status.collisionCount", collisions + 1);
                self.at.store_status();
                return Err(status);
            }
            Err(status) => {
                if self.deadline().is_some() {
                    let message =
                        format!("Failed to create new replica set \"{name}\": {}", status.message);
                    self.progressing("False", "ReplicaSetCreateError", &message);
                    self.at.store_status();
                }
                return Err(status);
            }
        }
        self.set_revision(&revision.to_string());
        if self.deadline().is_some() {
            let message = format!("Created new replica set \"{name}\"");
            self.progressing("True", "NewReplicaSetCreated", &message);
        }
        self.at.store_status();
        Ok(())
    }

    fn set_revision(&mut self, number: &str) {
        if annotation(&self.at.object, REVISION) != Some(number) {
            annotate(&mut self.at.object, REVISION, number);
        }
    }

    /// Annotations of the Deployment, and the number of its revision.
    fn take_over(&self, set: &mut Value, next: i64, exists: bool) {
        let annotations = object::meta_value(&self.at.object, "annotations");
        for (name, value) in annotations.and_then(Value::as_object).into_iter().flatten() {
            if !OWN.contains(&&**name) {
                annotate(set, name, value.as_str().unwrap_or_default());
            }
        }
        let before = annotation(set, REVISION).map(str::to_owned);
        if revision(set).unwrap_or(0) < next {
            annotate(set, REVISION, &next.to_string());
            if let Some(before) = before {
                let mut history = annotation(set, HISTORY).unwrap_or_default().to_owned();
                if !history.is_empty() {
                    history.push(',');
                }
                history.push_str(&before);
                while history.len() > HISTORY_LENGTH {
                    history = history.split_once(',').map_or("", |(_, rest)| rest).to_owned();
                }
                annotate(set, HISTORY, &history);
            }
        }
        if !exists {
            self.annotate_size(set);
        }
    }

    /// The seconds without progress after which a rollout has failed.
    pub(super) fn deadline(&self) -> Option<i64> {
        let seconds = field::get(&self.at.object, "spec.progressDeadlineSeconds")?.as_i64()?;
        Some(seconds).filter(|seconds| *seconds != i64::from(i32::MAX))
    }

    fn tell_paused(&mut self, paused: bool) {
        let reason = condition(&self.at.object, "Progressing")
            .map(|one| field::text(one, "reason").to_owned())
            .unwrap_or_default();
        if self.deadline().is_none() || reason == "ProgressDeadlineExceeded" {
            return;
        }
        match (paused, reason == "DeploymentPaused") {
            (true, false) => {
                self.progressing("Unknown", "DeploymentPaused", "Deployment is paused");
            }
            (false, true) => {
                self.progressing("Unknown", "DeploymentResumed", "Deployment is resumed");
            }
            _ => return,
        }
        self.at.store_status();
    }

    fn progressing(&mut self, status: &str, reason: &str, message: &str) {
        let now = self.at.now();
        set_condition(&mut self.at.object, "Progressing", (status, reason, message), &now);
    }

    /// Sets the counters, and whether enough pods are available.
    pub(super) fn say(&mut self) {
        let sum = |name: &str| -> i64 {
            self.all().map(|set| field::number(set, &format!("status.{name}"))).sum()
        };
        let (actual, ready, available) =
            (sum("replicas"), sum("readyReplicas"), sum("availableReplicas"));
        let ending = sum("terminatingReplicas");
        let total: i64 = self.all().map(replicas).sum();
        let updated = self.new.as_ref().map_or(0, |new| field::number(new, "status.replicas"));
        let enough = available >= self.at.replicas() - self.max_unavailable();
        let now = self.at.now();
        let object = &mut self.at.object;
        let generation = object::generation(object);
        count(object, "observedGeneration", generation);
        count(object, "replicas", actual);
        count(object, "updatedReplicas", updated);
        count(object, "readyReplicas", ready);
        count(object, "availableReplicas", available);
        count(object, "unavailableReplicas", (total - available).max(0));
        field::put(object, "status.terminatingReplicas", ending);
        let said = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            (
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
            )
        };
        set_condition(object, "Available", said, &now);
    }

    /// Whether all pods are of the current template and available.
    pub(super) fn is_complete(&self) -> bool {
        let at = |name: &str| field::number(&self.at.object, &format!("status.{name}"));
        let wanted = self.at.replicas();
        at("updatedReplicas") == wanted
            && at("replicas") == wanted
            && at("availableReplicas") == wanted
            && at("observedGeneration") >= object::generation(&self.at.object)
    }

    /// Says in the status how far the rollout is.
    pub(super) fn tell_progress(&mut self) {
        let before = self.at.object.clone();
        self.say();
        let reason = |of: &Value| {
            condition(of, "Progressing").map(|one| field::text(one, "reason").to_owned())
        };
        let name = match &self.new {
            Some(new) => format!("ReplicaSet \"{}\"", object::meta(new, "name")),
            None => format!("Deployment \"{}\"", self.at.name()),
        };
        let at = |of: &Value, name: &str| field::number(of, &format!("status.{name}"));
        let now = &self.at.object;
        let settled = at(now, "replicas") == at(now, "updatedReplicas")
            && reason(&before).as_deref() == Some("NewReplicaSetAvailable");
        if self.deadline().is_none() {
            drop_condition(&mut self.at.object, "Progressing");
        } else if !settled {
            let old = |of: &Value| at(of, "replicas") - at(of, "updatedReplicas");
            let more = |name: &str| at(now, name) > at(&before, name);
            let progress = more("updatedReplicas")
                || old(now) < old(&before)
                || more("readyReplicas")
                || more("availableReplicas");
            if self.is_complete() {
                let message = format!("{name} has successfully progressed.");
                self.progressing("True", "NewReplicaSetAvailable", &message);
            } else if progress {
                self.go_on(&before, &format!("{name} is progressing."));
            } else if self.has_timed_out() {
                let message = format!("{name} has timed out progressing.");
                self.progressing("False", "ProgressDeadlineExceeded", &message);
            }
        }
        self.tell_failures();
        self.at.store_status();
        self.look_again();
    }

    /// There is progress: the time of the condition says when, whatever it said before.
    fn go_on(&mut self, before: &Value, message: &str) {
        let since = condition(before, "Progressing")
            .filter(|one| field::text(one, "status") == "True")
            .and_then(|one| one.get("lastTransitionTime").cloned());
        drop_condition(&mut self.at.object, "Progressing");
        self.progressing("True", "ReplicaSetUpdated", message);
        let list = field::items_mut(&mut self.at.object, "status.conditions");
        if let (Some(since), Some(last)) = (since, list.last_mut()) {
            last["lastTransitionTime"] = since;
        }
    }

    /// What keeps ReplicaSets from making pods keeps the Deployment from it.
    fn tell_failures(&mut self) {
        let failure = self
            .new
            .iter()
            .chain(&self.old)
            .find_map(|set| condition(set, "ReplicaFailure").cloned());
        let now = self.at.now();
        match failure {
            Some(failure) => {
                let text = |name: &str| field::text(&failure, name).to_owned();
                let said = (&*text("status"), &*text("reason"), &*text("message"));
                set_condition(&mut self.at.object, "ReplicaFailure", said, &now);
            }
            None => drop_condition(&mut self.at.object, "ReplicaFailure"),
        }
    }

    /// How many seconds are left for the next progress.
    fn left(&self) -> Option<i64> {
        let deadline = self.deadline()?;
        let condition = condition(&self.at.object, "Progressing")?;
        let over = matches!(
            field::text(condition, "reason"),
            "NewReplicaSetAvailable" | "ProgressDeadlineExceeded"
        );
        let since = time::parse(field::text(condition, "lastUpdateTime")).filter(|_| !over)?;
        let now = i64::try_from(self.at.core().unix().as_secs()).unwrap_or(i64::MAX);
        Some(since.saturating_add(deadline).saturating_sub(now))
    }

    fn has_timed_out(&self) -> bool {
        self.left().is_some_and(|left| left < 0)
    }

    fn look_again(&self) {
        if let Some(left) = self.left().filter(|_| !self.is_complete()) {
            self.at.again(Duration::from_secs(u64::try_from(left).unwrap_or(0) + 1));
        }
    }

    /// Deletes old ReplicaSets beyond `revisionHistoryLimit`.
    pub(super) fn clean_up(&self) {
        let limit = field::get(&self.at.object, "spec.revisionHistoryLimit");
        let Some(limit) = limit.and_then(Value::as_u64).filter(|limit| *limit < i32::MAX as u64)
        else {
            return;
        };
        let mut old: Vec<&Value> =
            self.old.iter().filter(|set| !object::is_deleting(set)).collect();
        old.sort_by_key(|set| revision(set));
        let surplus = old.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        for set in old.into_iter().take(surplus) {
            let seen = object::generation(set) <= field::number(set, "status.observedGeneration");
            if replicas(set) == 0 && field::number(set, "status.replicas") == 0 && seen {
                self.at.delete(REPLICA_SETS, set);
            }
        }
    }
}

pub(super) fn condition<'v>(object: &'v Value, of: &str) -> Option<&'v Value> {
    super::super::conditions::get(object, of)
}

fn drop_condition(object: &mut Value, of: &str) {
    super::super::conditions::remove(object, of);
}

/// Sets a condition, at the end, unless its status and reason are the same already.
fn set_condition(object: &mut Value, of: &str, said: (&str, &str, &str), now: &str) {
    let (status, reason, message) = said;
    let mut since = now.to_owned();
    if let Some(have) = condition(object, of) {
        let same = field::text(have, "status") == status;
        if same && field::text(have, "reason") == reason {
            return;
        }
        if same {
            field::text(have, "lastTransitionTime").clone_into(&mut since);
        }
    }
    drop_condition(object, of);
    super::super::conditions::set(
        object,
        json!({
            "type": of, "status": status, "reason": reason, "message": message,
            "lastUpdateTime": now, "lastTransitionTime": since,
        }),
    );
}
