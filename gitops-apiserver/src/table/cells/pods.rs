//! Pods.

use super::{
    Cell::{self, Age, Name, Of, TextOr},
    Row, number, text,
};
use crate::table::human;
use serde_json::{Value, json};

const POD: &[Cell] = &[
    Name,
    Of(|row| {
        let state = State::of(row);
        json!(format!("{}/{}", state.ready, state.total))
    }),
    Of(|row| json!(State::of(row).reason)),
    Of(restarts),
    Age,
    TextOr("/status/podIPs/0/ip", "<none>"),
    TextOr("/spec/nodeName", "<none>"),
    TextOr("/status/nominatedNodeName", "<none>"),
    Of(gates),
];

pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    (group.is_empty() && kind == "Pod").then_some(POD)
}

/// Of a pod that has ended.
pub(super) fn condition(pod: &Value) -> Option<Value> {
    let (reason, message) = match pod.pointer("/status/phase").and_then(Value::as_str)? {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(json!({"type": "Completed", "status": "True", "reason": reason, "message": message}))
}

/// What the statuses of a pod's containers come to.
struct State<'a> {
    ready: usize,
    total: usize,
    restarts: i64,
    /// When the last of the restarts ended, as RFC 3339, which sorts like time.
    last_restart: &'a str,
    reason: String,
}

/// How a container's state ended: its reason, else the signal, else the exit code.
fn ended(terminated: &Value) -> String {
    match (text(terminated, "reason"), number(terminated, "signal")) {
        ("", 0) => format!("ExitCode:{}", number(terminated, "exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn is_true(value: &Value, member: &str) -> bool {
    value.get(member) == Some(&Value::Bool(true))
}

/// A container's state of this name: `waiting`, `running`, `terminated`.
fn state<'a>(container: &'a Value, name: &str) -> Option<&'a Value> {
    container.get("state")?.get(name).filter(|state| !state.is_null())
}

fn last_end(container: &Value) -> &str {
    container.pointer("/lastState/terminated/finishedAt").and_then(Value::as_str).unwrap_or("")
}

impl<'a> State<'a> {
    fn of(row: &Row<'a>) -> Self {
        let condition = |kind: &str| row.condition(kind);
        let mut state = State {
            ready: 0,
            total: row.count("/spec/containers"),
            restarts: 0,
            last_restart: "",
            reason: row.text_or("/status/reason", row.text("/status/phase")).to_owned(),
        };
        let gated = |one: &&Value| {
            text(one, "type") == "PodScheduled" && text(one, "reason") == "SchedulingGated"
        };
        if row.list("/status/conditions").iter().any(|one| gated(&one)) {
            state.reason = "SchedulingGated".to_owned();
        }
        let sidecars = state.init_containers(row);
        let initialized = condition("Initialized").is_some_and(|one| text(one, "status") == "True");
        if let Some((restarts, last)) = sidecars.filter(|_| true).or_else(|| {
            // An initialized pod shows its containers also where one of the first has failed since.
            initialized.then(|| sidecar_restarts(row))
        }) {
            (state.restarts, state.last_restart) = (restarts, last);
            let ready = condition("Ready").is_some_and(|one| text(one, "status") == "True");
            state.containers(row, ready);
        }
        let phase = row.text("/status/phase");
        if row.is_deleted() && row.text("/status/reason") == "NodeLost" {
            state.reason = "Unknown".to_owned();
        } else if row.is_deleted() && !matches!(phase, "Succeeded" | "Failed") {
            state.reason = "Terminating".to_owned();
        }
        state
    }

    /// Restarts of those that go on running beside the containers; `None` while the pod is still
    /// at its first containers.
    fn init_containers(&mut self, row: &Row<'a>) -> Option<(i64, &'a str)> {
        let specs = row.list("/spec/initContainers");
        self.total += specs.iter().filter(|spec| text(spec, "restartPolicy") == "Always").count();
        for (index, container) in row.list("/status/initContainerStatuses").iter().enumerate() {
            self.restarts += number(container, "restartCount");
            self.last_restart = self.last_restart.max(last_end(container));
            let terminated = state(container, "terminated");
            let waiting = state(container, "waiting").map_or("", |one| text(one, "reason"));
            self.reason = match terminated {
                Some(ended) if number(ended, "exitCode") == 0 => continue,
                _ if is_sidecar(specs, container) && is_true(container, "started") => {
                    self.ready += usize::from(is_true(container, "ready"));
                    continue;
                }
                Some(terminated) => format!("Init:{}", ended(terminated)),
                None if !matches!(waiting, "" | "PodInitializing") => format!("Init:{waiting}"),
                None => format!("Init:{index}/{}", specs.len()),
            };
            return None;
        }
        Some(sidecar_restarts(row))
    }

    fn containers(&mut self, row: &Row<'a>, pod_is_ready: bool) {
        let (mut running, mut failed) = (false, None);
        for container in row.list("/status/containerStatuses").iter().rev() {
            self.restarts += number(container, "restartCount");
            self.last_restart = self.last_restart.max(last_end(container));
            let waiting = state(container, "waiting").map_or("", |one| text(one, "reason"));
            if !waiting.is_empty() {
                self.reason = waiting.to_owned();
            } else if let Some(terminated) = state(container, "terminated") {
                self.reason = ended(terminated);
                if number(terminated, "exitCode") != 0 {
                    failed = Some(self.reason.clone());
                }
            } else if is_true(container, "ready") && state(container, "running").is_some() {
                running = true;
                self.ready += 1;
            }
        }
        // A pod with a container that is done isn't done while another runs.
        if self.reason == "Completed" {
            match failed {
                _ if running && pod_is_ready => self.reason = "Running".to_owned(),
                Some(failed) => self.reason = failed,
                None if running => self.reason = "NotReady".to_owned(),
                None => {}
            }
        }
    }
}

fn is_sidecar(specs: &[Value], container: &Value) -> bool {
    let spec = specs.iter().rev().find(|spec| text(spec, "name") == text(container, "name"));
    spec.is_some_and(|spec| text(spec, "restartPolicy") == "Always")
}

fn sidecar_restarts<'a>(row: &Row<'a>) -> (i64, &'a str) {
    let specs = row.list("/spec/initContainers");
    let statuses = row.list("/status/initContainerStatuses").iter();
    // Those after the first that isn't done haven't been looked at.
    statuses.filter(|one| is_sidecar(specs, one)).fold((0, ""), |(restarts, last), one| {
        (restarts + number(one, "restartCount"), last.max(last_end(one)))
    })
}

fn restarts(row: &Row<'_>) -> Value {
    let state = State::of(row);
    match (state.restarts, state.last_restart) {
        (0, _) | (_, "") => json!(state.restarts.to_string()),
        (restarts, last) => json!(format!("{restarts} ({} ago)", human::age(Some(last), row.now))),
    }
}

/// How many of its readiness gates are open.
fn gates(row: &Row<'_>) -> Value {
    let gates = row.list("/spec/readinessGates");
    if gates.is_empty() {
        return json!("<none>");
    }
    let open = gates.iter().filter(|gate| {
        let condition = row.condition(text(gate, "conditionType"));
        condition.is_some_and(|condition| text(condition, "status") == "True")
    });
    json!(format!("{}/{}", open.count(), gates.len()))
}
