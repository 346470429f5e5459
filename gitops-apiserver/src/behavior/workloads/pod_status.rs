//! What a kubelet says of a pod.

use super::super::conditions;
use crate::{builtin::defaults::field, object};
use serde_json::{Value, json};

/// What containers are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running { ready: bool },
    Ended { well: bool },
}

/// The containers run, and are not ready.
pub(super) fn running(pod: &mut Value, now: &str) {
    say(pod, "Running", State::Running { ready: false }, now);
}

/// The containers run and are ready.
pub(super) fn ready(pod: &mut Value, now: &str) {
    say(pod, "Running", State::Running { ready: true }, now);
}

/// The containers have ended.
pub(super) fn ended(pod: &mut Value, well: bool, now: &str) {
    say(pod, if well { "Succeeded" } else { "Failed" }, State::Ended { well }, now);
}

fn say(pod: &mut Value, phase: &str, state: State, now: &str) {
    field::put(pod, "status.phase", phase);
    if field::is_empty(pod, "status.startTime") {
        field::put(pod, "status.startTime", now);
    }
    for (containers, statuses) in
        [("spec.initContainers", "initContainerStatuses"), ("spec.containers", "containerStatuses")]
    {
        let init = statuses.starts_with("init");
        let list: Vec<Value> = field::items(pod, containers)
            .iter()
            .map(|container| container_status(pod, statuses, container, state, init, now))
            .collect();
        if !list.is_empty() {
            field::put(pod, &format!("status.{statuses}"), list);
        }
    }
    let names: Vec<&str> = field::items(pod, "spec.containers")
        .iter()
        .map(|container| field::text(container, "name"))
        .collect();
    let unready = format!("containers with unready status: [{}]", names.join(" "));
    let (containers, initialized) = match state {
        State::Running { ready: true } => (None, None),
        State::Running { ready: false } => (Some(("ContainersNotReady", unready)), None),
        State::Ended { well: true } => {
            let completed = ("PodCompleted", String::new());
            (Some(completed.clone()), Some(completed))
        }
        State::Ended { well: false } => (Some(("PodFailed", String::new())), None),
    };
    let generation = object::generation(pod);
    let started = !matches!(state, State::Ended { .. });
    let mut set = |of: &str, status: bool, why: Option<(&str, String)>| {
        let mut condition = json!({
            "type": of, "status": if status { "True" } else { "False" },
            "lastProbeTime": null, "lastTransitionTime": now,
        });
        if let Some((reason, message)) = why {
            field::put(&mut condition, "reason", reason);
            if !message.is_empty() {
                field::put(&mut condition, "message", message);
            }
        }
        if generation > 0 {
            field::put(&mut condition, "observedGeneration", generation);
        }
        conditions::set(pod, condition);
    };
    set("PodReadyToStartContainers", started, None);
    set("Initialized", true, initialized);
    set("Ready", containers.is_none(), containers.clone());
    set("ContainersReady", containers.is_none(), containers);
    set("PodScheduled", true, None);
    if generation > 0 {
        field::put(pod, "status.observedGeneration", generation);
    }
}

fn container_status(
    pod: &Value,
    statuses: &str,
    container: &Value,
    state: State,
    init: bool,
    now: &str,
) -> Value {
    let name = field::text(container, "name");
    let before = field::items(pod, &format!("status.{statuses}"))
        .iter()
        .find(|status| field::text(status, "name") == name);
    let started_at = before
        .map(|status| field::text(status, "state.running.startedAt"))
        .filter(|at| !at.is_empty())
        .unwrap_or(now);
    // Init containers have done their work when the others run, unless they go on beside them.
    let sidecar = field::text(container, "restartPolicy") == "Always";
    let over =
        json!({"exitCode": 0, "reason": "Completed", "startedAt": started_at, "finishedAt": now});
    let (ready, started, state) = match state {
        State::Running { .. } if init && !sidecar => {
            let done = before.and_then(|status| field::get(status, "state")).cloned();
            (true, false, done.unwrap_or_else(|| json!({"terminated": over})))
        }
        State::Running { ready } => (ready, true, json!({"running": {"startedAt": started_at}})),
        State::Ended { well: true } => (false, false, json!({"terminated": over})),
        State::Ended { well: false } if init => (false, false, json!({"terminated": over})),
        State::Ended { well: false } => {
            let failed = json!({
                "exitCode": 1, "reason": "Error", "startedAt": started_at, "finishedAt": now,
            });
            (false, false, json!({"terminated": failed}))
        }
    };
    json!({
        "name": name, "image": field::text(container, "image"), "imageID": "", "ready": ready,
        "restartCount": 0, "started": started, "state": state, "lastState": {},
    })
}
