//! StatefulSets: pods with names, one after the other.

use super::{
    PODS,
    controller::{Controller, RETRY, count},
    pods,
    revisions::{self, Revisions},
};
use crate::{builtin::defaults::field, object, status::Status};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CLAIMS: &str = "persistentvolumeclaims";
const REVISION: &str = "controller-revision-hash";

/// Looks at a set.
pub(super) fn sync(at: &mut Controller<'_>) {
    let Ok(revisions) = revisions::revisions(at) else { return at.again(RETRY) };
    let pods = at.controlled(PODS);
    at.wake(&pods);
    let update = object::meta(&revisions.update, "name").to_owned();
    let current = field::text(&at.object, "status.currentRevision").to_owned();
    let known = revisions.all.iter().any(|one| object::meta(one, "name") == current);
    let current = if known { current } else { update.clone() };
    let mut set = Set { at, revisions, current, update };
    let failed = !set.at.is_deleting() && set.act(&pods).is_err();
    set.say();
    if failed {
        set.at.again(RETRY);
    }
}

/// A set and its revisions.
struct Set<'c, 'a> {
    at: &'c mut Controller<'a>,
    revisions: Revisions,
    /// The name of the revision that pods had before the last change.
    current: String,
    /// The name of the one they are to have.
    update: String,
}

fn revision(pod: &Value) -> &str {
    let labels = object::meta_value(pod, "labels");
    labels.and_then(|labels| labels.get(REVISION)).and_then(Value::as_str).unwrap_or_default()
}

/// The number at the end of a pod's name.
fn ordinal(pod: &Value) -> Option<i64> {
    object::meta(pod, "name").rsplit_once('-')?.1.parse().ok()
}

impl Set<'_, '_> {
    fn start(&self) -> i64 {
        field::number(&self.at.object, "spec.ordinals.start")
    }

    fn in_parallel(&self) -> bool {
        field::text(&self.at.object, "spec.podManagementPolicy") == "Parallel"
    }

    fn partition(&self) -> i64 {
        field::number(&self.at.object, "spec.updateStrategy.rollingUpdate.partition")
    }

    fn is_available(&self, pod: &Value) -> bool {
        pods::is_active(pod) && self.at.available(&[pod]) == 1
    }

    /// Brings the pods one step on: the missing first, then those too many, then those of old
    /// templates. Unless it may go on in parallel, one step waits for the one before.
    fn act(&self, all: &[Value]) -> Result<(), Status> {
        let wanted = self.start()..self.start().saturating_add(self.at.replicas());
        let pods: BTreeMap<i64, &Value> =
            all.iter().filter_map(|pod| Some((ordinal(pod)?, pod))).collect();
        let parallel = self.in_parallel();
        let mut made = 0;
        for number in wanted.clone() {
            match pods.get(&number) {
                Some(pod) if pods::has_ended(pod) => {
                    if !object::is_deleting(pod) {
                        self.at.delete(PODS, pod);
                    }
                    return Ok(());
                }
                Some(pod) if !parallel && !self.is_available(pod) => return Ok(()),
                Some(_) => {}
                None => {
                    self.create(number)?;
                    made += 1;
                    if made == super::controller::BURST {
                        self.at.again(super::controller::PAUSE);
                        return Ok(());
                    }
                    if !parallel {
                        return Ok(());
                    }
                }
            }
        }
        let surplus = pods.iter().rev().filter(|(number, _)| !wanted.contains(number));
        for (_, pod) in surplus {
            if !object::is_deleting(pod) {
                self.at.delete(PODS, pod);
            }
            if !parallel {
                return Ok(());
            }
        }
        self.replace(&pods)
    }

    /// Deletes the last pod of an old template, if those after it are available.
    fn replace(&self, pods: &BTreeMap<i64, &Value>) -> Result<(), Status> {
        if field::text(&self.at.object, "spec.updateStrategy.type") == "OnDelete" {
            return Ok(());
        }
        let first = self.start().saturating_add(self.partition());
        for (_, pod) in pods.range(first..).rev() {
            if revision(pod) != self.update && !object::is_deleting(pod) {
                self.at.delete(PODS, pod);
                return Ok(());
            }
            if !self.is_available(pod) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn create(&self, number: i64) -> Result<(), Status> {
        let rolling = field::text(&self.at.object, "spec.updateStrategy.type") == "RollingUpdate";
        let keeps = rolling && number < self.start().saturating_add(self.partition());
        let name = if keeps { &self.current } else { &self.update };
        let all = &self.revisions.all;
        let revision = all.iter().find(|one| object::meta(one, "name") == name);
        let template = revisions::template(revision.unwrap_or(&self.revisions.update));
        let pod_name = format!("{}-{number}", self.at.name());
        let mut pod = self.at.pod(&template);
        object::set_meta(&mut pod, "name", pod_name.as_str());
        let mut labels = object::meta_value(&pod, "labels").cloned().unwrap_or(json!({}));
        labels["statefulset.kubernetes.io/pod-name"] = pod_name.as_str().into();
        labels["apps.kubernetes.io/pod-index"] = number.to_string().into();
        labels[REVISION] = name.as_str().into();
        object::set_meta(&mut pod, "labels", labels);
        field::put(&mut pod, "spec.hostname", pod_name.as_str());
        let service = field::text(&self.at.object, "spec.serviceName");
        if !service.is_empty() {
            field::put(&mut pod, "spec.subdomain", service);
        }
        self.claim(&mut pod, &pod_name)?;
        self.at.create(PODS, pod)?;
        Ok(())
    }

    /// Gives a pod its volumes, and makes the claims that are not there yet.
    fn claim(&self, pod: &mut Value, pod_name: &str) -> Result<(), Status> {
        let templates = field::items(&self.at.object, "spec.volumeClaimTemplates");
        let mut volumes = Vec::with_capacity(templates.len());
        let kind = self.at.kind_of(CLAIMS)?;
        for template in templates {
            let name = object::meta(template, "name");
            let claim_name = format!("{name}-{pod_name}");
            volumes.push(json!({"name": name, "persistentVolumeClaim": {"claimName": claim_name}}));
            let key = format!("{}/{claim_name}", self.at.namespace());
            if self.at.core().store.get(CLAIMS, &key).is_some() {
                continue;
            }
            let mut claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim"});
            field::copy(&mut claim, "spec", template);
            object::set_meta(&mut claim, "name", claim_name);
            object::set_meta(&mut claim, "namespace", self.at.namespace());
            object::copy_meta(&mut claim, template, "annotations");
            let mut labels = object::meta_value(template, "labels").cloned().unwrap_or(json!({}));
            let matched = field::get(&self.at.object, "spec.selector.matchLabels");
            for (name, value) in matched.and_then(Value::as_object).into_iter().flatten() {
                labels[name] = value.clone();
            }
            object::set_meta(&mut claim, "labels", labels);
            self.at.actor.create(&kind, &claim)?;
        }
        let kept = field::items(pod, "spec.volumes").iter().filter(|volume| {
            !volumes.iter().any(|claimed| claimed.get("name") == volume.get("name"))
        });
        let all: Vec<Value> = volumes.iter().chain(kept).cloned().collect();
        if !all.is_empty() {
            field::put(pod, "spec.volumes", all);
        }
        Ok(())
    }

    /// Says in the status how it is, and when a rollout is complete.
    fn say(&mut self) {
        let pods = self.at.controlled(PODS);
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let of = |name: &str| {
            let live = pods.iter().filter(|pod| !object::is_deleting(pod));
            number(live.filter(|pod| revision(pod) == name).count())
        };
        let (mut at_current, at_update) = (of(&self.current), of(&self.update));
        let ready: Vec<&Value> = pods
            .iter()
            .filter(|pod| field::text(pod, "status.phase") == "Running" && pods::is_ready(pod))
            .collect();
        let available = self.at.available(&ready);
        let ready = number(ready.len());
        let wanted = self.at.replicas();
        let rolling = field::text(&self.at.object, "spec.updateStrategy.type") == "RollingUpdate";
        let all = number(pods.len());
        if rolling && at_update == wanted && all == wanted && ready == wanted {
            self.current.clone_from(&self.update);
            at_current = at_update;
        }
        let generation = object::generation(&self.at.object);
        let collisions = field::number(&self.at.object, "status.collisionCount");
        let object = &mut self.at.object;
        field::put(object, "status.replicas", all);
        field::put(object, "status.availableReplicas", available);
        field::put(object, "status.currentRevision", self.current.as_str());
        field::put(object, "status.updateRevision", self.update.as_str());
        field::put(object, "status.collisionCount", collisions);
        count(object, "observedGeneration", generation);
        count(object, "readyReplicas", ready);
        count(object, "currentReplicas", at_current);
        count(object, "updatedReplicas", at_update);
        self.at.store_status();
        let mut used: Vec<&str> = pods.iter().map(revision).collect();
        used.extend([&*self.current, &*self.update]);
        revisions::truncate(self.at, &self.revisions.all, &used);
    }
}
