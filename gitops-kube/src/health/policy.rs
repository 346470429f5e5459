//! PodDisruptionBudgets. kstatus takes them as current once their controller has seen them, and
//! notes that it reported no failure then; it does now, in the condition `DisruptionAllowed`.

use super::{Reading, degraded, progressing};
use gitops_core::model::Health;

pub(super) fn disruption_budget(object: &Reading<'_>) -> Health {
    if object.int("/status/observedGeneration").is_none() {
        return progressing("not observed by its controller yet");
    }
    // Too few pods is a state of the pods, not of the budget.
    let failed = object.conditions().find(|condition| {
        condition.kind == "DisruptionAllowed"
            && condition.is_false()
            && condition.reason == "SyncFailed"
    });
    failed.map_or_else(Health::healthy, |failed| degraded(failed.why()))
}
