//! From what is known after a pass to a status. Pure.

use crate::{
    error::{Error, Retry},
    model::{AppId, Condition, ConditionKind, Health, HealthStatus, ObjectId, Revision, Status},
    reason,
};
use std::{collections::BTreeMap, time::Duration};

/// What a status is made from.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) app: &'a AppId,
    pub(super) attempted: Option<Revision>,
    pub(super) applied: Option<Revision>,
    pub(super) objects: usize,
    pub(super) health: Vec<(ObjectId, Health)>,
    /// What the pass waits for, in words.
    pub(super) waiting: Option<String>,
    pub(super) error: Option<&'a Error>,
    /// For how long something has not been healthy, and how long that may take.
    pub(super) unhealthy_for: Option<Duration>,
    pub(super) health_timeout: Duration,
    pub(super) at: Duration,
}

struct Verdict {
    ready: bool,
    reconciling: bool,
    stalled: bool,
    reason: &'static str,
    message: String,
}

pub(super) fn summarise(facts: Facts<'_>) -> Status {
    let worst = facts.health.iter().max_by(|a, b| a.1.status.cmp(&b.1.status));
    let verdict = judge(&facts, worst);
    let mut health = BTreeMap::new();
    for (_, one) in &facts.health {
        *health.entry(one.status).or_insert(0) += 1;
    }
    let condition = |kind, status| Condition {
        kind,
        status,
        reason: verdict.reason,
        message: verdict.message.clone(),
    };
    let conditions = vec![
        condition(ConditionKind::Ready, verdict.ready),
        condition(ConditionKind::Reconciling, verdict.reconciling),
        condition(ConditionKind::Stalled, verdict.stalled),
    ];
    let unhealthy = facts.health.into_iter().filter(|(_, health)| !is_well(health.status));
    Status {
        app: facts.app.clone(),
        last_attempted: facts.attempted,
        last_applied: facts.applied,
        conditions,
        objects: facts.objects,
        health,
        unhealthy: unhealthy
            .take(Status::UNHEALTHY_SHOWN)
            .map(|(id, health)| (id, health.to_string()))
            .collect(),
        at: facts.at,
    }
}

fn judge(facts: &Facts<'_>, worst: Option<&(ObjectId, Health)>) -> Verdict {
    if let Some(error) = facts.error {
        let stalled = error.retry() == Retry::Never;
        return Verdict {
            ready: false,
            reconciling: !stalled,
            stalled,
            reason: error.reason(),
            message: error.to_string(),
        };
    }
    let unwell = worst.filter(|(_, health)| !is_well(health.status));
    let words = unwell.map(|(id, health)| format!("{id} is {health}"));
    let Some(message) = facts.waiting.clone().or(words) else {
        return Verdict {
            ready: true,
            reconciling: false,
            stalled: false,
            reason: reason::SUCCEEDED,
            message: match &facts.attempted {
                Some(revision) => format!("{} as in {revision}", counted(facts.objects)),
                None => counted(facts.objects),
            },
        };
    };
    let late = facts.unhealthy_for.is_some_and(|time| time > facts.health_timeout);
    let stalled = late || unwell.is_some_and(|(_, health)| health.status == HealthStatus::Degraded);
    let reason = match (late, stalled) {
        (true, _) => reason::TIMED_OUT,
        (false, true) => reason::UNHEALTHY,
        (false, false) => reason::PROGRESSING,
    };
    Verdict { ready: false, reconciling: !stalled, stalled, reason, message }
}

fn counted(objects: usize) -> String {
    format!("{objects} {}", if objects == 1 { "object" } else { "objects" })
}

/// Whether an object in this state needs no more waiting for.
pub(super) fn is_well(status: HealthStatus) -> bool {
    matches!(status, HealthStatus::Healthy | HealthStatus::Suspended)
}
