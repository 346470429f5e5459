//! What writers of built-in kinds are warned of: the part of the server's warnings that everyday
//! objects meet.

use crate::{names, object};
use serde_json::Value;

/// The warnings for a new object besides those of [`of`].
pub(super) fn of_new(kind: &str, object: &Value) -> Option<String> {
    let problems = names::label(object::meta(object, "name"));
    let place = match kind {
        _ if problems.is_empty() => return None,
        "Pod" => "the Pod's hostname",
        "Deployment" | "ReplicaSet" | "ReplicationController" | "Job" | "CronJob" => {
            "Pod names and hostnames"
        }
        _ => return None,
    };
    let problems = problems.join(" ");
    Some(format!(
        "metadata.name: this is used in {place}, which can result in surprising behavior; a DNS label is recommended: [{problems}]"
    ))
}

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
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let addresses = object.pointer("/spec/externalIPs").and_then(Value::as_array);
    let addresses = addresses.is_some_and(|addresses| !addresses.is_empty());
    let headless = text("/spec/clusterIP") == "None";
    let named = text("/spec/type") == "ExternalName";
    let rules = [
        (
            object
                .pointer("/metadata/annotations/service.kubernetes.io~1topology-aware-hints")
                .is_some(),
            "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead",
        ),
        (
            headless && !text("/spec/loadBalancerIP").is_empty(),
            "spec.loadBalancerIP is ignored for headless services",
        ),
        (headless && addresses, "spec.externalIPs is ignored for headless services"),
        (
            headless && !matches!(text("/spec/sessionAffinity"), "" | "None"),
            "spec.SessionAffinity is ignored for headless services",
        ),
        (
            addresses && !headless && !named,
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
        ),
        (addresses && named, "spec.externalIPs is ignored when spec.type is \"ExternalName\""),
        (
            !named && !text("/spec/externalName").is_empty(),
            "spec.externalName is ignored when spec.type is not \"ExternalName\"",
        ),
        (
            text("/spec/trafficDistribution") == "PreferClose",
            "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"",
        ),
    ];
    rules.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text.to_owned()).collect()
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
