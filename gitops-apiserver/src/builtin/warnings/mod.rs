//! What writers of built-in kinds are warned of, in the order in which the server says it.
//!
//! The server also has warnings that nobody gets, because it refuses or drops what they are about:
//! most addresses with leading zeros, ranges with bits beyond their length, zones in the schedules of
//! CronJobs, reserved names of webhooks and policies, sources of configuration of nodes.

mod addresses;
mod containers;
mod nodes;
mod others;
mod paths;
mod pods;
mod secrets;
mod services;
mod storage;

use crate::{builtin::defaults::field, names, object};
use serde_json::Value;

/// What is said of a new object before it is prepared, and also where it is refused then.
pub(crate) fn early(kind: &str, object: &Value) -> Vec<String> {
    // A pod's old annotations become fields.
    match kind {
        "Pod" if field::text(object, "spec.os.name") != "windows" => containers::app_armor(object),
        _ => Vec::new(),
    }
}

/// The warnings for a new object.
pub(crate) fn of_new(kind: &str, object: &Value) -> Vec<String> {
    let mut told: Vec<String> = name(kind, object).into_iter().collect();
    match kind {
        "CSIDriver" => told.extend(others::driver(object)),
        "EndpointSlice" => told.extend(addresses::of_new_slice(object)),
        "Ingress" => told.extend(others::ingress(object)),
        "ResourceQuota" => told.extend(others::quota(object)),
        "ServiceAccount" => told.extend(others::account(object)),
        "StatefulSet" => {
            told.extend(template(kind, object));
            told.extend(set(object, ""));
        }
        _ => told.extend(template(kind, object)),
    }
    told.extend(always(kind, object));
    told
}

/// The warnings for a change of an object, by itself or by way of a subresource.
pub(crate) fn of_change(kind: &str, subresource: &str, new: &Value, old: &Value) -> Vec<String> {
    if subresource == "status" {
        return addresses::of_status(kind, new);
    }
    let mut told = Vec::new();
    if has_new_template(kind, new, old) {
        // The server takes the wrong one of the two.
        told = template(kind, if kind == "ReplicationController" { old } else { new });
    }
    match kind {
        "CSIDriver" if others::has_same_tokens(new, old) => {}
        "CSIDriver" => told.extend(others::driver(new)),
        "ServiceAccount" if others::account(old).is_some() => {}
        "ServiceAccount" => told.extend(others::account(new)),
        // The server's path of the claims is wrong.
        "StatefulSet" => told.extend(set(new, ".Spec")),
        _ => {}
    }
    told.extend(always(kind, new));
    told
}

/// The warnings for new and for changed objects.
fn always(kind: &str, object: &Value) -> Vec<String> {
    match kind {
        "CSIStorageCapacity" => nodes::capacity(object),
        "EndpointSlice" => addresses::of_slice(object),
        "Endpoints" => addresses::of_endpoints(object),
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            others::webhooks(object)
        }
        "NetworkPolicy" => addresses::of_policy(object),
        "Node" => nodes::node(object),
        "PersistentVolume" => storage::volume(object),
        "PersistentVolumeClaim" => storage::claim(object),
        "ResourceSlice" => others::slice(object),
        "RuntimeClass" => nodes::runtime_class(object),
        "Secret" => secrets::of(object).into_iter().collect(),
        "Service" => services::of(object),
        "StorageClass" => nodes::storage_class(object),
        _ => Vec::new(),
    }
}

/// A name that pods get, and that is no label.
fn name(kind: &str, object: &Value) -> Option<String> {
    let place = match kind {
        "Pod" => "the Pod's hostname",
        "Deployment" | "ReplicaSet" | "ReplicationController" | "Job" | "CronJob" => {
            "Pod names and hostnames"
        }
        _ => return None,
    };
    let problems = names::label(object::meta(object, "name")).join(" ");
    let message = format!(
        "metadata.name: this is used in {place}, which can result in surprising behavior; a DNS label is recommended: [{problems}]"
    );
    (!problems.is_empty()).then_some(message)
}

/// Whether a change is one of what pods are made of. People seldom change pods themselves, and
/// controllers often do.
fn has_new_template(kind: &str, new: &Value, old: &Value) -> bool {
    let place = match kind {
        "Pod" => return false,
        "DaemonSet" => "spec.template",
        _ => "metadata.generation",
    };
    field::get(new, place) != field::get(old, place)
}

/// The warnings for a pod or for a template of pods, and for a Job.
fn template(kind: &str, object: &Value) -> Vec<String> {
    let (job, at) = match kind {
        "Pod" => return pods::of(object, ""),
        "PodTemplate" => (None, "template"),
        "CronJob" => (Some("spec.jobTemplate.spec"), "spec.jobTemplate.spec.template"),
        "Job" => (Some("spec"), "spec.template"),
        "DaemonSet" | "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" => {
            (None, "spec.template")
        }
        _ => return Vec::new(),
    };
    let mut told: Vec<String> = job.and_then(|at| others::job(object, at)).into_iter().collect();
    if let Some(template) = field::get(object, at) {
        told.extend(pods::of(template, &format!("{at}.")));
    }
    told
}

/// What StatefulSets have besides a template.
fn set(object: &Value, below: &str) -> Vec<String> {
    let place = "spec.volumeClaimTemplates";
    let mut told = Vec::new();
    for (index, claim) in field::items(object, place).iter().enumerate() {
        let at = format!("{place}[{index}]{below}");
        told.extend(
            field::get(claim, "spec").into_iter().flat_map(|spec| storage::of_claim(spec, &at)),
        );
    }
    if field::number(object, "spec.revisionHistoryLimit") < 0 {
        told.push("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended".to_owned());
    }
    told
}
