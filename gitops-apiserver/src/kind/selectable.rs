//! The fields of built-in kinds that field selectors know, besides name and namespace.

use super::fields::{Selectable, Words};
use crate::resource::ResourceInfo;

const PODS: &[&str] = &[
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
];

const EVENTS: &[&str] = &[
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

const EVENTS_OF_THEIR_GROUP: &[&str] = &[
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "regarding.apiVersion",
    "regarding.resourceVersion",
    "regarding.fieldPath",
    "reason",
    "reportingController",
    "type",
];

/// The fields of a resource.
pub(super) fn of(info: &ResourceInfo) -> Selectable {
    let fields: &[&str] = match (&*info.group, &*info.plural) {
        ("", "pods") => PODS,
        ("", "events") => EVENTS,
        ("events.k8s.io", "events") => EVENTS_OF_THEIR_GROUP,
        ("", "nodes") => &["spec.unschedulable"],
        ("", "namespaces") => &["status.phase"],
        ("", "secrets") => &["type"],
        ("", "services") => &["spec.clusterIP", "spec.type"],
        ("", "replicationcontrollers") => &["status.replicas"],
        ("batch", "jobs") => &["status.successful"],
        ("certificates.k8s.io", "certificatesigningrequests" | "clustertrustbundles") => {
            &["spec.signerName"]
        }
        ("certificates.k8s.io", "podcertificaterequests") => &["spec.signerName", "spec.nodeName"],
        ("resource.k8s.io", "resourceslices") => &["spec.nodeName", "spec.driver"],
        _ => &[],
    };
    let words = match &*info.kind {
        _ if fields.is_empty() => Words::Common,
        "Job" => Words::Job,
        "ResourceSlice" => Words::ResourceSlice,
        _ => Words::Plain,
    };
    // Kinds that say nothing themselves have it, even where there are no namespaces.
    let namespace =
        words == Words::Common || info.namespaced && info.kind != "PodCertificateRequest";
    let pointer = |field: &&str| ((*field).to_owned(), format!("/{}", field.replace('.', "/")));
    Selectable::new(fields.iter().map(pointer).collect(), namespace, words)
}
