//! Defaults of pods and of what has pod templates.

use super::Literal::{Bool, Int, Object, Text};
use super::Rule::{Absent, At, Each, Empty, Quantities, With};
use super::{field, images, rule::Rules, volumes::VOLUME};
use serde_json::{Value, json};

/// A pod: some defaults are only a pod's, not a template's.
pub(super) const POD: Rules = &[
    With(grace_period_is_not_negative),
    With(requests_from_limits),
    Absent("spec.enableServiceLinks", Bool(true)),
    With(host_ports_on_the_host_network),
    At("spec", POD_SPEC),
    With(addresses_agree),
    Each("status.initContainerStatuses", CONTAINER_STATUS),
    Each("status.containerStatuses", CONTAINER_STATUS),
    Each("status.ephemeralContainerStatuses", CONTAINER_STATUS),
    Quantities("status.allocatedResources"),
    At("status.resources", RESOURCES),
];

/// A template of pods.
pub(super) const TEMPLATE: Rules = &[At("spec", POD_SPEC)];

const POD_SPEC: Rules = &[
    With(service_accounts_agree),
    Empty("dnsPolicy", Text("ClusterFirst")),
    Empty("restartPolicy", Text("Always")),
    Absent("securityContext", Object),
    Absent("terminationGracePeriodSeconds", Int(30)),
    Empty("schedulerName", Text("default-scheduler")),
    Each("volumes", VOLUME),
    Each("initContainers", CONTAINER),
    Each("containers", CONTAINER),
    Each("ephemeralContainers", CONTAINER),
    Quantities("overhead"),
    At("resources", RESOURCES),
];

const CONTAINER: Rules = &[
    With(image_pull_policy),
    Empty("terminationMessagePath", Text("/dev/termination-log")),
    Empty("terminationMessagePolicy", Text("File")),
    Each("ports", &[Empty("protocol", Text("TCP"))]),
    Each(
        "env",
        &[
            At("valueFrom.fieldRef", FIELD_SELECTOR),
            At("valueFrom.fileKeyRef", &[Absent("optional", Bool(false))]),
        ],
    ),
    At("resources", RESOURCES),
    At("livenessProbe", PROBE),
    At("readinessProbe", PROBE),
    At("startupProbe", PROBE),
    At("lifecycle.postStart.httpGet", HTTP_GET),
    At("lifecycle.preStop.httpGet", HTTP_GET),
];

const PROBE: Rules = &[
    Empty("timeoutSeconds", Int(1)),
    Empty("periodSeconds", Int(10)),
    Empty("successThreshold", Int(1)),
    Empty("failureThreshold", Int(3)),
    At("httpGet", HTTP_GET),
    At("grpc", &[Absent("service", Text(""))]),
];

const HTTP_GET: Rules = &[Empty("path", Text("/")), Empty("scheme", Text("HTTP"))];

/// Which field of the pod a value comes from.
pub(super) const FIELD_SELECTOR: Rules = &[Empty("apiVersion", Text("v1"))];

const CONTAINER_STATUS: Rules = &[Quantities("allocatedResources"), At("resources", RESOURCES)];

/// Requests and limits.
pub(super) const RESOURCES: Rules = &[Quantities("limits"), Quantities("requests")];

fn grace_period_is_not_negative(pod: &mut Value) {
    if field::number(pod, "spec.terminationGracePeriodSeconds") < 0 {
        field::put(pod, "spec.terminationGracePeriodSeconds", 1);
    }
}

fn requests_from_limits(pod: &mut Value) {
    for list in ["spec.containers", "spec.initContainers"] {
        for container in field::items_mut(pod, list) {
            let Some(limits) = field::get(container, "resources.limits").cloned() else { continue };
            let Some(limits) = limits.as_object().filter(|limits| !limits.is_empty()) else {
                continue;
            };
            if let Some(requests) = field::map_mut(container, "resources.requests") {
                for (name, limit) in limits {
                    requests.entry(name).or_insert_with(|| limit.clone());
                }
            }
        }
    }
}

fn host_ports_on_the_host_network(pod: &mut Value) {
    if !field::flag(pod, "spec.hostNetwork") {
        return;
    }
    for list in ["spec.containers", "spec.initContainers"] {
        for container in field::items_mut(pod, list) {
            for port in field::items_mut(container, "ports") {
                let own = field::number(port, "containerPort");
                if own != 0 && field::number(port, "hostPort") == 0 {
                    field::put(port, "hostPort", own);
                }
            }
        }
    }
}

/// `podIP` is the first of `podIPs`; where they differ it wins.
fn addresses_agree(pod: &mut Value) {
    let one = field::text(pod, "status.podIP").to_owned();
    let first = field::items(pod, "status.podIPs").first();
    let first = first.map(|entry| field::text(entry, "ip").to_owned());
    match first {
        Some(first) if one.is_empty() => field::put(pod, "status.podIP", first),
        first if !one.is_empty() && first.as_ref() != Some(&one) => {
            field::put(pod, "status.podIPs", json!([{"ip": one}]));
        }
        _ => {}
    }
}

/// `serviceAccount` is the old name of `serviceAccountName`, which wins.
fn service_accounts_agree(spec: &mut Value) {
    let name = match field::text(spec, "serviceAccountName") {
        "" => field::text(spec, "serviceAccount"),
        name => name,
    };
    if !name.is_empty() {
        let name = name.to_owned();
        field::put(spec, "serviceAccountName", name.clone());
        field::put(spec, "serviceAccount", name);
    }
}

fn image_pull_policy(container: &mut Value) {
    if field::is_empty(container, "imagePullPolicy") {
        let policy = images::pull_policy(field::text(container, "image"));
        field::put(container, "imagePullPolicy", policy);
    }
}
