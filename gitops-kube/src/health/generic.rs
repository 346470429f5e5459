//! What can be told of any kind (kstatus, `generic.go`).

use super::{Reading, degraded, progressing};
use gitops_core::model::{Health, HealthStatus};

/// Deletion has begun, or the status is about an older generation.
pub(super) fn outdated(object: &Reading<'_>) -> Option<Health> {
    if object.text("/metadata/deletionTimestamp").is_some_and(|time| !time.is_empty()) {
        return Some(Health::new(HealthStatus::Terminating, "being deleted"));
    }
    let generation = object.int("/metadata/generation")?;
    let observed = object.int("/status/observedGeneration")?;
    (generation != observed)
        .then(|| progressing(format!("generation {generation} is not observed yet, {observed} is")))
}

/// The conditions that kstatus gives a meaning to for every kind.
pub(super) fn standard_conditions(object: &Reading<'_>) -> Option<Health> {
    object.conditions().filter(|condition| condition.is_true()).find_map(
        |condition| match condition.kind {
            "Reconciling" => Some(progressing(condition.why())),
            "Stalled" => Some(degraded(condition.why())),
            _ => None,
        },
    )
}

/// The condition that most controllers of custom resources set.
pub(super) fn ready_condition(object: &Reading<'_>) -> Option<Health> {
    let ready = object.condition("Ready")?;
    Some(if ready.is_true() { Health::healthy() } else { progressing(ready.why()) })
}
