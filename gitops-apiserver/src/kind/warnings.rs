//! What writers of built-in kinds are warned of: the part of the server's warnings that everyday
//! objects meet.

use super::pod_warnings;
use crate::{builtin::defaults::field, names, object, status::quote};
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

/// The warnings for an object.
pub(super) fn of(kind: &str, object: &Value) -> Vec<String> {
    let pods = match kind {
        "Service" => return service(object),
        "PersistentVolumeClaim" => return claim(object),
        "ResourceSlice" => return slice(object),
        "Pod" => "",
        "CronJob" => "spec.jobTemplate.spec.template",
        "PodTemplate" => "template",
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "Job"
        | "ReplicationController" => "spec.template",
        _ => return Vec::new(),
    };
    if pods.is_empty() {
        return pod_warnings::of(object, "");
    }
    let mut told = match field::get(object, pods) {
        Some(template) => pod_warnings::of(template, &format!("{pods}.")),
        None => Vec::new(),
    };
    let claims = field::items(object, "spec.volumeClaimTemplates").iter().enumerate();
    for (index, spec) in claims.filter_map(|(at, claim)| Some((at, field::get(claim, "spec")?))) {
        told.extend(pod_warnings::of_claim(spec, &format!("spec.volumeClaimTemplates[{index}]")));
    }
    told
}

/// The warnings for a change of an object: only its specification is looked at, and only if it
/// has changed.
pub(super) fn of_change(kind: &str, new: &Value, old: &Value) -> Vec<String> {
    let generation = "metadata.generation";
    match kind {
        "Service" | "PersistentVolumeClaim" | "ResourceSlice" => of(kind, new),
        // People seldom change pods, and controllers often do.
        "Pod" => Vec::new(),
        _ if field::get(new, generation) == field::get(old, generation) => Vec::new(),
        "DaemonSet" if field::get(new, "spec.template") == field::get(old, "spec.template") => {
            Vec::new()
        }
        // The server takes the wrong one of the two.
        "ReplicationController" => of(kind, old),
        _ => of(kind, new),
    }
}

fn slice(object: &Value) -> Vec<String> {
    let driver = field::text(object, "spec.driver");
    let shown = quote(driver);
    let other = driver.to_lowercase() != driver;
    let warning = || {
        format!(
            "spec.driver: driver names should be lowercase; {shown} contains uppercase characters"
        )
    };
    other.then(warning).into_iter().collect()
}

fn claim(object: &Value) -> Vec<String> {
    const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
    let annotations = field::get(object, "metadata.annotations");
    let by_annotation = annotations.is_some_and(|annotations| annotations.get(CLASS).is_some());
    let deprecated = by_annotation.then(|| {
        format!("metadata.annotations[{CLASS}]: deprecated since v1.8; use \"storageClassName\" attribute instead")
    });
    let of_spec = field::get(object, "spec").map(|spec| pod_warnings::of_claim(spec, "spec"));
    deprecated.into_iter().chain(of_spec.into_iter().flatten()).collect()
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
