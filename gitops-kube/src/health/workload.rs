//! Deployments, ReplicaSets, StatefulSets and DaemonSets (kstatus, `core.go`).

use super::{Reading, degraded, progressing, suspended};
use gitops_core::model::Health;

/// What the Deployment controller takes for "no deadline".
const NO_DEADLINE: i64 = i32::MAX as i64;

fn wanted(object: &Reading<'_>) -> i64 {
    object.int("/spec/replicas").unwrap_or(1)
}

fn count(object: &Reading<'_>, field: &str) -> i64 {
    object.int(&format!("/status/{field}")).unwrap_or(0)
}

/// Progressing while fewer than `wanted` are as `what` says.
fn fewer(have: i64, wanted: i64, what: &str) -> Option<Health> {
    (have < wanted).then(|| progressing(format!("{have} of {wanted} {what}")))
}

/// Progressing while there are more than `wanted`.
fn surplus(have: i64, wanted: i64) -> Option<Health> {
    let surplus = have.saturating_sub(wanted);
    (surplus > 0).then(|| progressing(format!("{surplus} too many, being terminated")))
}

fn on_delete(object: &Reading<'_>) -> bool {
    object.text("/spec/updateStrategy/type") == Some("OnDelete")
}

pub(super) fn deployment(object: &Reading<'_>) -> Health {
    if object.is_true("/spec/paused") {
        return suspended("paused");
    }
    // Without a deadline the controller sets no Progressing condition.
    let deadline = object.int("/spec/progressDeadlineSeconds").unwrap_or(NO_DEADLINE);
    let mut rolled_out = deadline == NO_DEADLINE;
    let mut available = false;
    for condition in object.conditions() {
        match condition.kind {
            "Progressing" if condition.reason == "ProgressDeadlineExceeded" => {
                return degraded(condition.why());
            }
            "Progressing" => {
                rolled_out |= condition.is_true() && condition.reason == "NewReplicaSetAvailable";
            }
            "Available" => available = condition.is_true(),
            _ => {}
        }
    }
    let wanted = wanted(object);
    let updated = count(object, "updatedReplicas");
    fewer(count(object, "replicas"), wanted, "replicas created")
        .or_else(|| fewer(updated, wanted, "replicas updated"))
        .or_else(|| surplus(count(object, "replicas"), wanted))
        .or_else(|| fewer(count(object, "availableReplicas"), updated, "replicas available"))
        .or_else(|| fewer(count(object, "readyReplicas"), wanted, "replicas ready"))
        .or_else(|| (!rolled_out).then(|| progressing("the new ReplicaSet is not available")))
        .or_else(|| (!available).then(|| progressing("not available")))
        .unwrap_or_else(Health::healthy)
}

pub(super) fn replica_set(object: &Reading<'_>) -> Health {
    let failure = object.condition("ReplicaFailure").filter(|failure| failure.is_true());
    let wanted = wanted(object);
    // The controller keeps trying: not a failure for good.
    failure
        .map(|failure| progressing(failure.why()))
        .or_else(|| fewer(count(object, "fullyLabeledReplicas"), wanted, "replicas labelled"))
        .or_else(|| fewer(count(object, "availableReplicas"), wanted, "replicas available"))
        .or_else(|| fewer(count(object, "readyReplicas"), wanted, "replicas ready"))
        .or_else(|| surplus(count(object, "replicas"), wanted))
        .unwrap_or_else(Health::healthy)
}

pub(super) fn stateful_set(object: &Reading<'_>) -> Health {
    if on_delete(object) {
        return Health::healthy();
    }
    let wanted = wanted(object);
    let replicas = count(object, "replicas");
    let common = fewer(replicas, wanted, "replicas created")
        .or_else(|| fewer(count(object, "readyReplicas"), wanted, "replicas ready"))
        .or_else(|| surplus(replicas, wanted));
    if let Some(health) = common {
        return health;
    }
    // Ordinals below the partition stay at the old revision on purpose.
    if let Some(partition) = object.int("/spec/updateStrategy/rollingUpdate/partition") {
        let wanted = wanted.saturating_sub(partition);
        return fewer(count(object, "updatedReplicas"), wanted, "replicas updated")
            .unwrap_or_else(Health::healthy);
    }
    let current = object.text("/status/currentRevision");
    let update = object.text("/status/updateRevision");
    fewer(count(object, "currentReplicas"), wanted, "replicas of the current revision")
        .or_else(|| (current != update).then(|| progressing("the update is being rolled out")))
        .unwrap_or_else(Health::healthy)
}

pub(super) fn daemon_set(object: &Reading<'_>) -> Health {
    if on_delete(object) {
        return Health::healthy();
    }
    if object.int("/metadata/generation").is_none()
        || object.int("/status/observedGeneration").is_none()
    {
        return progressing("not observed by its controller yet");
    }
    let Some(wanted) = object.int("/status/desiredNumberScheduled") else {
        return progressing("the number of nodes is not known yet");
    };
    fewer(count(object, "currentNumberScheduled"), wanted, "pods scheduled")
        .or_else(|| fewer(count(object, "updatedNumberScheduled"), wanted, "pods updated"))
        .or_else(|| fewer(count(object, "numberAvailable"), wanted, "pods available"))
        .or_else(|| fewer(count(object, "numberReady"), wanted, "pods ready"))
        .unwrap_or_else(Health::healthy)
}
