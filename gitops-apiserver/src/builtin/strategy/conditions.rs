//! Conditions of pods.

use crate::builtin::defaults::field;
use serde_json::{Value, json};

/// Sets a condition; one that was the same before keeps its time.
pub(super) fn set(pod: &mut Value, kind: &str, status: &str, why: Option<(&str, &str)>, now: &str) {
    let mut conditions = field::items(pod, "status.conditions").to_vec();
    let mut condition = json!({
        "type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": now,
    });
    if let Some((reason, message)) = why {
        field::put(&mut condition, "reason", reason);
        field::put(&mut condition, "message", message);
    }
    match conditions.iter_mut().find(|one| field::text(one, "type") == kind) {
        Some(before) => {
            if field::text(before, "status") == status {
                field::copy(&mut condition, "lastTransitionTime", before);
            }
            *before = condition;
        }
        None => conditions.push(condition),
    }
    field::put(pod, "status.conditions", conditions);
}
