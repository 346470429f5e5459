//! Jobs (kstatus, `core.go`; a running Job is Progressing, see the parent module's table).

use super::{Reading, degraded, progressing, suspended};
use gitops_core::model::Health;

pub(super) fn job(object: &Reading<'_>) -> Health {
    let holds = |kind| object.condition(kind).filter(|condition| condition.is_true());
    if holds("Complete").is_some() {
        return Health::healthy();
    }
    if let Some(failed) = holds("Failed") {
        return degraded(failed.why());
    }
    // The condition Suspended lags behind the field when a Job is resumed.
    if object.is_true("/spec/suspend") {
        return suspended("suspended");
    }
    if object.text("/status/startTime").is_none() {
        return progressing("not started");
    }
    let count = |field| object.int(field).unwrap_or(0);
    let (succeeded, active) = (count("/status/succeeded"), count("/status/active"));
    progressing(format!("running: {active} active, {succeeded} succeeded"))
}
