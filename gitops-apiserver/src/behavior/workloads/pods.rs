//! Pods: the scheduler gives them a node, and its kubelet runs them.

use super::{
    super::{
        Behaviors, Change, Jobs, READY_AFTER, Workloads,
        actor::Actor,
        agenda::{Task, Work},
        conditions, definitions,
        garbage::place_of,
        meta::Meta,
    },
    NODES, PODS, pod_status,
};
use crate::{builtin::defaults::field, core::Core, object, request::DeleteOptions, store::Range};
use serde_json::{Value, json};
use std::time::Duration;

/// The node of pods where the cluster has none.
pub(super) const NODE: &str = "node";

/// Plans what becomes of a pod that was written.
pub(super) fn plan(change: &Change<'_>) {
    let Some(after) = change.after else { return };
    if !runs(change.settings, after) {
        return;
    }
    if !after.is_deleting() {
        change.plan_here(Work::StartPod);
        return;
    }
    let grace = after.deletion_grace_period_seconds;
    let before = change.before.and_then(|before| before.deletion_grace_period_seconds);
    if let Some(seconds) = grace.filter(|_| grace != before) {
        let at = change.core.moment().saturating_add(Duration::from_secs(seconds));
        let (table, key) = change.place.clone();
        change.core.behavior.agenda.plan(at, Task { work: Work::EndPod, table, key });
    }
}

/// Whether anybody runs a pod.
fn runs(settings: &Behaviors, pod: &Meta) -> bool {
    if is_of_job(pod) { settings.jobs != Jobs::Off } else { settings.workloads != Workloads::Off }
}

fn is_of_job(pod: &Meta) -> bool {
    pod.controller().is_some_and(|owner| owner.kind == "Job")
}

/// What becomes of a pod, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Future {
    Ready(Duration),
    Ended {
        after: Duration,
        well: bool,
    },
    /// It stays as it is.
    Never,
}

fn future(core: &Core, settings: &Behaviors, pod: &Value, meta: &Meta) -> Future {
    let said = annotation(pod).or_else(|| {
        let owner = meta.controller()?;
        let (_, (table, key)) = place_of(core, owner, &meta.namespace)?;
        let stored = core.store.get(&table, &key)?;
        annotation(&serde_json::from_slice(&stored.bytes).ok()?)
    });
    let said = said.as_deref().and_then(parse);
    let when = |time: Duration| said.unwrap_or(Some(time));
    let future = match (is_of_job(meta), settings.jobs, settings.workloads) {
        (true, Jobs::Complete { after }, _) => {
            when(after).map(|after| Future::Ended { after, well: true })
        }
        (true, Jobs::Fail { after }, _) => {
            when(after).map(|after| Future::Ended { after, well: false })
        }
        (false, _, Workloads::Ready { after }) => when(after).map(Future::Ready),
        (false, _, Workloads::Never) => said.flatten().map(Future::Ready),
        _ => None,
    };
    future.unwrap_or(Future::Never)
}

fn annotation(object: &Value) -> Option<String> {
    let annotations = object::meta_value(object, "annotations")?;
    annotations.get(READY_AFTER)?.as_str().map(str::to_owned)
}

/// `never` is `Some(None)`; what says nothing is `None`.
fn parse(text: &str) -> Option<Option<Duration>> {
    if text == "never" {
        return Some(None);
    }
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" | "" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        "h" => Duration::from_secs(number.checked_mul(3600)?),
        _ => return None,
    };
    Some(Some(duration))
}

/// Whether a pod is ready.
pub(super) fn is_ready(pod: &Value) -> bool {
    conditions::holds(pod, "Ready")
}

/// Since when a pod is ready.
pub(super) fn ready_since(pod: &Value) -> Option<&str> {
    conditions::get(pod, "Ready")?.get("lastTransitionTime")?.as_str()
}

/// Whether a pod has ended.
pub(super) fn has_ended(pod: &Value) -> bool {
    matches!(field::text(pod, "status.phase"), "Succeeded" | "Failed")
}

/// Whether a pod is there, and neither has ended nor is to.
pub(super) fn is_active(pod: &Value) -> bool {
    !has_ended(pod) && !object::is_deleting(pod)
}

/// Gives a pod a node, and starts it.
pub(in super::super) fn start(core: &Core, task: &Task, settings: &Behaviors) {
    let kubelet = Actor::kubelet(core);
    let Some((_, pod)) = kubelet.read(PODS, &task.key) else { return };
    if object::is_deleting(&pod) || has_ended(&pod) || is_ready(&pod) {
        return;
    }
    if field::text(&pod, "spec.nodeName").is_empty() {
        // The binding is a write, which brings the pod back here.
        if field::is_empty(&pod, "spec.schedulingGates") {
            bind(core, &task.key);
        }
        return;
    }
    let advance = Task { work: Work::AdvancePod, ..task.clone() };
    let meta = core.store.get(PODS, &task.key).map(|stored| Meta::read(&stored.bytes));
    let future = future(core, settings, &pod, &meta.unwrap_or_default());
    match future {
        Future::Ready(Duration::ZERO) => set(&kubelet, task, pod_status::ready),
        Future::Ended { after: Duration::ZERO, well } => {
            set(&kubelet, task, |pod, now| pod_status::ended(pod, well, now));
        }
        _ => {
            if field::text(&pod, "status.phase") != "Running" {
                set(&kubelet, task, pod_status::running);
            }
            let (Future::Ready(after) | Future::Ended { after, .. }) = future else { return };
            if !core.behavior.agenda.has(&advance) {
                core.behavior.agenda.plan(core.moment().saturating_add(after), advance);
            }
        }
    }
}

/// The time is over after which a pod becomes ready, or ends.
pub(in super::super) fn advance(core: &Core, task: &Task, settings: &Behaviors) {
    let kubelet = Actor::kubelet(core);
    let Some((_, pod)) = kubelet.read(PODS, &task.key) else { return };
    if !is_active(&pod) {
        return;
    }
    let meta = core.store.get(PODS, &task.key).map(|stored| Meta::read(&stored.bytes));
    match future(core, settings, &pod, &meta.unwrap_or_default()) {
        Future::Ready(_) => set(&kubelet, task, pod_status::ready),
        Future::Ended { well, .. } => {
            set(&kubelet, task, |pod, now| pod_status::ended(pod, well, now));
        }
        Future::Never => {}
    }
}

/// The grace period of a deleted pod is over.
pub(in super::super) fn end(core: &Core, task: &Task) {
    let kubelet = Actor::kubelet(core);
    let Some((kind, pod)) = kubelet.read(PODS, &task.key) else { return };
    if !object::is_deleting(&pod) {
        return;
    }
    if !has_ended(&pod) && !object::finalizers(&pod).is_empty() {
        set(&kubelet, task, |pod, now| pod_status::ended(pod, true, now));
    }
    let options = DeleteOptions {
        grace_seconds: Some(0),
        uid: Some(object::meta(&pod, "uid").to_owned()),
        ..DeleteOptions::default()
    };
    let _ = kubelet.delete(&kind, &pod, &options);
    // Nobody counts a pod whose Job is gone.
    let meta = core.store.get(PODS, &task.key).map(|stored| Meta::read(&stored.bytes));
    let Some(meta) = meta.filter(is_of_job) else { return };
    let job = meta.controller().and_then(|owner| place_of(core, owner, &meta.namespace));
    if job.is_none_or(|(_, (table, key))| core.store.get(&table, &key).is_none()) {
        super::jobs::abandon(&kubelet, &task.key);
    }
}

/// Writes a pod's status.
fn set(kubelet: &Actor<'_>, task: &Task, act: impl FnOnce(&mut Value, &str)) {
    let Some((kind, mut pod)) = kubelet.read(PODS, &task.key) else { return };
    act(&mut pod, &kubelet.core.timestamp());
    let _ = kubelet.update(&kind, &pod, "status");
}

/// What the scheduler does: the nodes in turn, whatever they have room for.
fn bind(core: &Core, key: &str) {
    let nodes = core.store.list(NODES, Range::default()).items;
    let schedulable = nodes.iter().filter(|(_, node)| {
        let node: Value = serde_json::from_slice(&node.bytes).unwrap_or_default();
        !field::flag(&node, "spec.unschedulable")
    });
    let names: Vec<&str> = schedulable.map(|(name, _)| &**name).collect();
    let turn = core.behavior.turn();
    let node = match names.len() {
        0 if nodes.is_empty() => NODE,
        0 => return,
        count => names.get(turn % count).copied().unwrap_or(NODE),
    };
    let (Some(kind), Some(stored)) = (core.kinds.of_table(PODS), core.store.get(PODS, key)) else {
        return;
    };
    let now = core.timestamp();
    definitions::change(core, &kind, key, &stored, None, |pod| {
        field::put(pod, "spec.nodeName", node);
        conditions::set(
            pod,
            json!({
                "type": "PodScheduled", "status": "True", "lastProbeTime": null,
                "lastTransitionTime": now,
            }),
        )
    });
}
