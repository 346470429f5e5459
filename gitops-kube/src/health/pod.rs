//! Pods (kstatus, `core.go`; differences are in the parent module's table).

use super::{Condition, Reading, degraded, progressing};
use gitops_core::model::Health;
use serde_json::Value;

pub(super) fn pod(object: &Reading<'_>) -> Health {
    let ready = object.condition("Ready").is_some_and(|ready| ready.is_true());
    match object.text("/status/phase") {
        None | Some("") => progressing("not seen by a scheduler yet"),
        Some("Succeeded") => Health::healthy(),
        Some("Failed") => degraded(failure(object)),
        Some("Running") if ready => Health::healthy(),
        Some("Running") => crashing(object).unwrap_or_else(|| progressing(waiting(object))),
        Some("Pending") => progressing(unscheduled(object).unwrap_or_else(|| waiting(object))),
        Some(phase) => progressing(format!("phase {phase}")),
    }
}

fn containers<'a>(object: &Reading<'a>) -> impl Iterator<Item = &'a Value> {
    let init = object.list("/status/initContainerStatuses");
    init.iter().chain(object.list("/status/containerStatuses"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Containers that are started again and again. The kubelet shows one of them as `waiting` with
/// reason `CrashLoopBackOff`, and as `terminated` in the moment before.
fn crashing(object: &Reading<'_>) -> Option<Health> {
    let crashes = |container: &&Value| {
        let failed = |state: &str| {
            let code = container.pointer(&format!("/{state}/terminated/exitCode"));
            code.and_then(Value::as_i64).is_some_and(|code| code != 0)
        };
        text(container, "/state/waiting/reason") == "CrashLoopBackOff"
            || (failed("state") && failed("lastState"))
    };
    let names: Vec<&str> =
        containers(object).filter(crashes).map(|container| text(container, "/name")).collect();
    (!names.is_empty()).then(|| degraded(format!("crashing: {}", names.join(", "))))
}

fn unscheduled(object: &Reading<'_>) -> Option<String> {
    let scheduled = object.condition("PodScheduled").filter(Condition::is_false)?;
    Some(format!("not scheduled: {}", scheduled.why()))
}

fn waiting(object: &Reading<'_>) -> String {
    let reasons: Vec<String> = containers(object)
        .map(|container| (text(container, "/name"), text(container, "/state/waiting/reason")))
        .filter(|(_, reason)| !reason.is_empty())
        .map(|(name, reason)| format!("{name}: {reason}"))
        .collect();
    if reasons.is_empty() { "not ready".to_owned() } else { reasons.join(", ") }
}

fn failure(object: &Reading<'_>) -> String {
    let reason = object.text("/status/reason").unwrap_or_default();
    let message = object.text("/status/message").unwrap_or_default();
    let why = Condition { kind: "", status: "", reason, message }.why();
    if why.is_empty() { "failed".to_owned() } else { why }
}
