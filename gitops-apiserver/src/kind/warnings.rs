//! What writers of built-in kinds are warned of: the part of the server's warnings that everyday
//! objects meet.

use serde_json::Value;

/// The warnings for an object. `changed`: its specification is new or has changed.
pub(super) fn of(kind: &str, object: &Value, changed: bool) -> Vec<String> {
    let pods = match kind {
        "Service" => return service(object),
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "Job"
        | "ReplicationController" => "/spec/template/spec",
        _ => return Vec::new(),
    };
    match object.pointer(pods).filter(|_| changed) {
        Some(spec) => hidden_variables(spec, &pods.trim_start_matches('/').replace('/', ".")),
        None => Vec::new(),
    }
}

fn service(object: &Value) -> Vec<String> {
    let addresses = object.pointer("/spec/externalIPs").and_then(Value::as_array);
    let any = addresses.is_some_and(|addresses| !addresses.is_empty());
    any.then(|| {
        "spec.externalIPs is deprecated and may no longer be implemented in some clusters".into()
    })
    .into_iter()
    .collect()
}

/// Variables of containers that are named twice: the first is lost to lists by name.
fn hidden_variables(spec: &Value, at: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    for list in ["initContainers", "containers"] {
        let containers = spec.get(list).and_then(Value::as_array).into_iter().flatten();
        for (index, container) in containers.enumerate() {
            let variables = container.get("env").and_then(Value::as_array).into_iter().flatten();
            let names: Vec<&str> = variables
                .map(|one| one.get("name").and_then(Value::as_str).unwrap_or(""))
                .collect();
            for (nth, name) in names.iter().enumerate() {
                if names.iter().take(nth).any(|before| before == name) {
                    warnings.push(format!(
                        "{at}.{list}[{index}].env[{nth}]: hides previous definition of \"{name}\", which may be dropped when using apply"
                    ));
                }
            }
        }
    }
    warnings
}
