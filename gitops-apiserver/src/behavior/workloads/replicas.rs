//! ReplicaSets and ReplicationControllers: so many pods of a template.

use super::{
    PODS, REPLICA_SETS,
    controller::{BURST, Controller, PAUSE, RETRY, count},
    pods,
};
use crate::{builtin::defaults::field, object, status::Status};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// Looks at a set.
pub(super) fn sync(set: &mut Controller<'_>) {
    let pods = set.controlled(PODS);
    set.wake(&pods);
    let active: Vec<&Value> = pods.iter().filter(|pod| pods::is_active(pod)).collect();
    let failure = if set.is_deleting() { Ok(()) } else { manage(set, &active) };
    let ending = pods.iter().filter(|pod| object::is_deleting(pod) && !pods::has_ended(pod));
    say(set, &active, ending.count(), failure.err());
}

/// Makes pods where there are too few, deletes some where there are too many.
fn manage(set: &Controller<'_>, active: &[&Value]) -> Result<(), Status> {
    let wanted = usize::try_from(set.replicas()).unwrap_or(0);
    let missing = wanted.saturating_sub(active.len());
    let surplus = active.len().saturating_sub(wanted);
    if missing.max(surplus) > BURST {
        set.again(PAUSE);
    }
    let template = field::get(&set.object, "spec.template").cloned().unwrap_or_default();
    for _ in 0..missing.min(BURST) {
        set.create(PODS, set.pod(&template)).inspect_err(|_| set.again(RETRY))?;
    }
    if surplus > 0 {
        let mut first = active.to_vec();
        first.sort_by_cached_key(|pod| expendable(pod));
        for pod in first.iter().take(surplus.min(BURST)) {
            set.delete(PODS, pod);
        }
    }
    Ok(())
}

/// Which pods go first: those that are of the least use yet, then the cheapest and the youngest.
fn expendable(pod: &Value) -> (bool, u8, bool, i64, Reverse<String>, Reverse<String>, String) {
    let phase = match field::text(pod, "status.phase") {
        "Pending" | "" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let annotations = object::meta_value(pod, "annotations");
    let cost = annotations.and_then(|all| all.get("controller.kubernetes.io/pod-deletion-cost"));
    let cost = cost.and_then(Value::as_str).and_then(|cost| cost.parse().ok()).unwrap_or(0);
    let ready = pods::ready_since(pod).unwrap_or_default().to_owned();
    let created = object::meta(pod, "creationTimestamp").to_owned();
    (
        !field::text(pod, "spec.nodeName").is_empty(),
        phase,
        pods::is_ready(pod),
        cost,
        Reverse(ready),
        Reverse(created),
        object::meta(pod, "name").to_owned(),
    )
}

/// Says in the status how it is.
fn say(set: &mut Controller<'_>, active: &[&Value], ending: usize, failure: Option<Status>) {
    let labels = field::get(&set.object, "spec.template.metadata.labels").cloned();
    let full = active.iter().filter(|pod| has_labels(pod, labels.as_ref())).count();
    let ready = active.iter().filter(|pod| pods::is_ready(pod)).count();
    let available = set.available(active);
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let generation = object::generation(&set.object);
    let now = set.now();
    let wanted = set.replicas();
    let is_replica_set = &*set.kind.table == REPLICA_SETS;
    let object = &mut set.object;
    field::put(object, "status.replicas", number(active.len()));
    count(object, "fullyLabeledReplicas", number(full));
    count(object, "readyReplicas", number(ready));
    count(object, "availableReplicas", available);
    count(object, "observedGeneration", generation);
    if is_replica_set {
        field::put(object, "status.terminatingReplicas", number(ending));
    }
    let failed = super::super::conditions::get(object, "ReplicaFailure").is_some();
    match failure {
        Some(status) if !failed => {
            let less = number(active.len()) < wanted;
            super::super::conditions::set(
                object,
                json!({
                    "type": "ReplicaFailure", "status": "True",
                    "reason": if less { "FailedCreate" } else { "FailedDelete" },
                    "message": status.message, "lastTransitionTime": now,
                }),
            );
        }
        None if failed => super::super::conditions::remove(object, "ReplicaFailure"),
        _ => {}
    }
    set.store_status();
}

fn has_labels(pod: &Value, labels: Option<&Value>) -> bool {
    let have = object::meta_value(pod, "labels");
    let mut wanted = labels.and_then(Value::as_object).into_iter().flatten();
    wanted.all(|(name, value)| have.and_then(|have| have.get(name)) == Some(value))
}
