//! Jobs: pods that end, until enough have ended well or too many badly.

use super::{
    PODS,
    controller::{BURST, Controller, PAUSE, RETRY, count},
    deployments::annotation,
    pods,
};
use crate::{
    behavior::conditions,
    builtin::defaults::field,
    object,
    request::{DeleteOptions, Propagation},
    status::Status,
    time,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const TRACKED: &str = "batch.kubernetes.io/job-tracking";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// The first wait after a failure, which doubles with each, and the longest, in seconds.
const BACKOFF: i64 = 10;
const MAX_BACKOFF: i64 = 600;

/// Looks at a Job.
pub(super) fn sync(at: &mut Controller<'_>) {
    let managed_by = field::get(&at.object, "spec.managedBy");
    if managed_by.is_some_and(|who| who != "kubernetes.io/job-controller") {
        return;
    }
    let pods = at.controlled(PODS);
    if is_finished(&at.object) {
        for pod in &pods {
            release(at, pod);
        }
        return expire(at);
    }
    at.wake(&pods);
    Job { at, pods }.act();
}

fn is_finished(job: &Value) -> bool {
    conditions::holds(job, "Complete") || conditions::holds(job, "Failed")
}

/// Whether a pod has failed, or is on its way out without success.
fn has_failed(pod: &Value) -> bool {
    let phase = field::text(pod, "status.phase");
    phase == "Failed" || (object::is_deleting(pod) && phase != "Succeeded")
}

/// Takes a pod's finalizer away by which it waits to be counted.
fn release(at: &Controller<'_>, pod: &Value) {
    let have = object::finalizers(pod);
    if !have.contains(&TRACKED) {
        return;
    }
    let left: Vec<&str> = have.into_iter().filter(|one| *one != TRACKED).collect();
    let mut new = pod.clone();
    if left.is_empty() {
        object::drop_meta(&mut new, "finalizers");
    } else {
        object::set_meta(&mut new, "finalizers", left);
    }
    let _ = at.update(PODS, &new);
}

/// Deletes a finished Job after `ttlSecondsAfterFinished`.
fn expire(at: &Controller<'_>) {
    let ttl = field::get(&at.object, "spec.ttlSecondsAfterFinished").and_then(Value::as_i64);
    let Some(ttl) = ttl.filter(|_| !at.is_deleting()) else { return };
    let end = ["Complete", "Failed"].into_iter().find_map(|of| {
        let condition = conditions::get(&at.object, of)?;
        time::parse(field::text(condition, "lastTransitionTime"))
    });
    let left = end.map_or(0, |end| end.saturating_add(ttl).saturating_sub(seconds(at)));
    if left > 0 {
        return at.again(Duration::from_secs(u64::try_from(left).unwrap_or(0)));
    }
    let options = DeleteOptions {
        uid: Some(at.uid().to_owned()),
        propagation: Some(Propagation::Foreground),
        ..DeleteOptions::default()
    };
    let _ = at.actor.delete(&at.kind, &at.object, &options);
}

fn seconds(at: &Controller<'_>) -> i64 {
    i64::try_from(at.core().unix().as_secs()).unwrap_or(i64::MAX)
}

/// A Job that is not finished, and its pods.
struct Job<'c, 'a> {
    at: &'c mut Controller<'a>,
    pods: Vec<Value>,
}

impl Job<'_, '_> {
    fn spec(&self, name: &str) -> Option<i64> {
        field::get(&self.at.object, &format!("spec.{name}"))?.as_i64()
    }

    fn is_indexed(&self) -> bool {
        field::text(&self.at.object, "spec.completionMode") == "Indexed"
    }

    fn is_suspended(&self) -> bool {
        field::flag(&self.at.object, "spec.suspend")
    }

    fn active(&self) -> Vec<&Value> {
        self.pods.iter().filter(|pod| pods::is_active(pod)).collect()
    }

    fn act(mut self) {
        let now = self.at.now();
        let suspended = self.is_suspended();
        if field::is_empty(&self.at.object, "status.startTime") && !suspended {
            field::put(&mut self.at.object, "status.startTime", now.as_str());
        }
        self.count_ended();
        let verdict = self.verdict();
        let failed = if self.at.is_deleting() { Ok(()) } else { self.manage(&verdict) };
        self.say(&verdict, &now);
        self.at.store_status();
        if failed.is_err() {
            self.at.again(RETRY);
        }
        // Only what is counted may go.
        for pod in &self.pods {
            if pods::has_ended(pod) || has_failed(pod) {
                release(self.at, pod);
            }
        }
    }

    /// Counts the pods that have ended since the last look.
    fn count_ended(&mut self) {
        let new: Vec<&Value> =
            self.pods.iter().filter(|pod| object::finalizers(pod).contains(&TRACKED)).collect();
        let well = new.iter().filter(|pod| field::text(pod, "status.phase") == "Succeeded");
        let failed = new.iter().filter(|pod| has_failed(pod)).count();
        let mut succeeded = field::number(&self.at.object, "status.succeeded");
        if self.is_indexed() {
            let mut done = self.done();
            done.extend(well.filter_map(|pod| index(pod)));
            succeeded = i64::try_from(done.len()).unwrap_or(i64::MAX);
            let text = ranges(&done);
            if !text.is_empty() {
                field::put(&mut self.at.object, "status.completedIndexes", text);
            }
        } else {
            succeeded += i64::try_from(well.count()).unwrap_or(0);
        }
        let before = field::number(&self.at.object, "status.failed");
        count(&mut self.at.object, "succeeded", succeeded);
        count(&mut self.at.object, "failed", before + i64::try_from(failed).unwrap_or(0));
    }

    /// The indexes that are complete.
    fn done(&self) -> BTreeSet<i64> {
        let text = field::text(&self.at.object, "status.completedIndexes");
        let ranges = text.split(',').filter_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some(first.parse::<i64>().ok()?..=last.parse::<i64>().ok()?)
        });
        // No Job has so many pods, whatever its status says.
        ranges.flatten().take(1 << 20).collect()
    }

    /// Whether it is decided how it ends: the condition that says so, and the one after it.
    fn verdict(&self) -> Option<Verdict> {
        let job = &self.at.object;
        if let Some(told) = conditions::get(job, "FailureTarget") {
            let text = |name: &str| field::text(told, name).to_owned();
            return Some(Verdict { well: false, reason: text("reason"), message: text("message") });
        }
        let verdict = |well: bool, reason: &str, message: &str| {
            Some(Verdict { well, reason: reason.to_owned(), message: message.to_owned() })
        };
        let (succeeded, failed) =
            (field::number(job, "status.succeeded"), field::number(job, "status.failed"));
        if failed > self.spec("backoffLimit").unwrap_or(6) {
            let message = "Job has reached the specified backoff limit";
            return verdict(false, "BackoffLimitExceeded", message);
        }
        if let Some(deadline) = self.spec("activeDeadlineSeconds") {
            let start = time::parse(field::text(job, "status.startTime"));
            let left = start.map_or(0, |start| start + deadline - seconds(self.at));
            if start.is_some() && !self.is_suspended() {
                if left <= 0 {
                    let message = "Job was active longer than specified deadline";
                    return verdict(false, "DeadlineExceeded", message);
                }
                self.at.again(Duration::from_secs(u64::try_from(left).unwrap_or(0)));
            }
        }
        let complete = match self.spec("completions") {
            Some(completions) => succeeded >= completions,
            None => succeeded > 0 && self.active().is_empty(),
        };
        let message = "Reached expected number of succeeded pods";
        if complete { verdict(true, "CompletionsReached", message) } else { None }
    }

    /// Makes and deletes pods as they are wanted.
    fn manage(&self, verdict: &Option<Verdict>) -> Result<(), Status> {
        let active = self.active();
        let parallelism = self.spec("parallelism").unwrap_or(1);
        let succeeded = field::number(&self.at.object, "status.succeeded");
        let wanted = match (verdict, self.spec("completions")) {
            (Some(_), _) => 0,
            _ if self.is_suspended() => 0,
            (None, Some(completions)) => parallelism.min(completions - succeeded),
            (None, None) if succeeded > 0 => i64::try_from(active.len()).unwrap_or(0),
            (None, None) => parallelism,
        };
        let wanted = usize::try_from(wanted).unwrap_or(0);
        for pod in active.iter().skip(wanted) {
            self.at.delete(PODS, pod);
        }
        let missing = wanted.saturating_sub(active.len());
        if missing == 0 || self.backs_off() {
            return Ok(());
        }
        if missing > BURST {
            self.at.again(PAUSE);
        }
        let taken: BTreeSet<i64> =
            self.done().into_iter().chain(active.iter().filter_map(|pod| index(pod))).collect();
        let mut indexes = (0..).filter(|index| !taken.contains(index));
        for _ in 0..missing.min(BURST) {
            let index = if self.is_indexed() { indexes.next() } else { None };
            self.at.create(PODS, self.pod(index))?;
        }
        Ok(())
    }

    /// Whether it is too soon after a failure for another pod; looks again when it is not.
    fn backs_off(&self) -> bool {
        let failed = field::number(&self.at.object, "status.failed");
        let ends = self.pods.iter().filter(|pod| has_failed(pod)).filter_map(|pod| {
            let end = pod.pointer("/status/containerStatuses/0/state/terminated/finishedAt")?;
            time::parse(end.as_str()?)
        });
        let Some(last) = ends.max().filter(|_| failed > 0) else { return false };
        let doubled = BACKOFF.saturating_mul(1 << (failed - 1).clamp(0, 10));
        let left = last + doubled.min(MAX_BACKOFF) - seconds(self.at);
        if left > 0 {
            self.at.again(Duration::from_secs(u64::try_from(left).unwrap_or(0)));
        }
        left > 0
    }

    fn pod(&self, index: Option<i64>) -> Value {
        let template = field::get(&self.at.object, "spec.template").cloned().unwrap_or_default();
        let mut pod = self.at.pod(&template);
        let mut finalizers: Vec<String> =
            object::finalizers(&pod).into_iter().map(str::to_owned).collect();
        finalizers.push(TRACKED.to_owned());
        object::set_meta(&mut pod, "finalizers", finalizers);
        let Some(index) = index else { return pod };
        let name = format!("{}-{index}", self.at.name());
        let index = index.to_string();
        object::set_meta(&mut pod, "generateName", format!("{name}-"));
        super::deployments::annotate(&mut pod, INDEX, &index);
        let mut labels = object::meta_value(&pod, "labels").cloned().unwrap_or(json!({}));
        labels[INDEX] = index.into();
        object::set_meta(&mut pod, "labels", labels);
        field::put(&mut pod, "spec.hostname", name);
        let variable = json!({
            "name": "JOB_COMPLETION_INDEX",
            "valueFrom": {"fieldRef": {"fieldPath": format!("metadata.labels['{INDEX}']")}},
        });
        for containers in ["spec.initContainers", "spec.containers"] {
            for container in field::items_mut(&mut pod, containers) {
                let mut env = field::items(container, "env").to_vec();
                env.push(variable.clone());
                field::put(container, "env", env);
            }
        }
        pod
    }

    /// Sets the counters of the pods that are there, and the conditions.
    fn say(&mut self, verdict: &Option<Verdict>, now: &str) {
        self.pods = self.at.controlled(PODS);
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let active = self.active();
        let ready = number(active.iter().filter(|pod| pods::is_ready(pod)).count());
        let active = number(active.len());
        let ending =
            self.pods.iter().filter(|pod| object::is_deleting(pod) && !pods::has_ended(pod));
        let ending = number(ending.count());
        let suspended = self.is_suspended();
        let job = &mut self.at.object;
        count(job, "active", active);
        field::put(job, "status.ready", ready);
        field::put(job, "status.terminating", ending);
        field::put(job, "status.uncountedTerminatedPods", json!({}));
        let condition = |of: &str, status: &str, reason: &str, message: &str| {
            json!({
                "type": of, "status": status, "reason": reason, "message": message,
                "lastProbeTime": now, "lastTransitionTime": now,
            })
        };
        let Some(Verdict { well, reason, message }) = verdict else {
            if suspended {
                conditions::set(
                    job,
                    condition("Suspended", "True", "JobSuspended", "Job suspended"),
                );
            } else if conditions::holds(job, "Suspended") {
                conditions::set(job, condition("Suspended", "False", "JobResumed", "Job resumed"));
                field::put(job, "status.startTime", now);
            }
            return;
        };
        let (first, last) =
            if *well { ("SuccessCriteriaMet", "Complete") } else { ("FailureTarget", "Failed") };
        conditions::set(job, condition(first, "True", reason, message));
        if active == 0 && ending == 0 {
            conditions::set(job, condition(last, "True", reason, message));
            if *well {
                field::put(job, "status.completionTime", now);
            }
        }
    }
}

/// How a Job ends, and why.
struct Verdict {
    well: bool,
    reason: String,
    message: String,
}

fn index(pod: &Value) -> Option<i64> {
    annotation(pod, INDEX)?.parse().ok()
}

/// `0-2,5`.
fn ranges(indexes: &BTreeSet<i64>) -> String {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for index in indexes {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            _ => ranges.push((*index, *index)),
        }
    }
    let words = ranges.iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    });
    words.collect::<Vec<_>>().join(",")
}

/// A pod whose Job is gone is counted by nobody.
pub(super) fn abandon(actor: &crate::behavior::actor::Actor<'_>, key: &str) {
    let Some((kind, mut pod)) = actor.read(PODS, key) else { return };
    let have = object::finalizers(&pod);
    if !have.contains(&TRACKED) {
        return;
    }
    let left: Vec<String> =
        have.into_iter().filter(|one| *one != TRACKED).map(str::to_owned).collect();
    if left.is_empty() {
        object::drop_meta(&mut pod, "finalizers");
    } else {
        object::set_meta(&mut pod, "finalizers", left);
    }
    let _ = actor.update(&kind, &pod, "");
}
