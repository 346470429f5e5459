//! Defaults of the core group but for pods and volumes.

use super::Literal::{Int, Text};
use super::Rule::{Absent, At, Each, Empty, Quantities, With};
use super::{field, pods::TEMPLATE, rule::Rules};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(super) const SERVICE: Rules = &[
    Empty("spec.sessionAffinity", Text("None")),
    With(affinity_config),
    Empty("spec.type", Text("ClusterIP")),
    Each("spec.ports", &[Empty("protocol", Text("TCP")), With(target_port)]),
    With(traffic_policies),
    With(load_balancer),
];

fn affinity_config(service: &mut Value) {
    match field::text(service, "spec.sessionAffinity") {
        "None" => {
            field::take(service, "spec.sessionAffinityConfig");
        }
        "ClientIP" => {
            let timeout = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
            if field::get(service, timeout).is_none() {
                field::put(service, timeout, 10_800);
            }
        }
        _ => {}
    }
}

fn target_port(port: &mut Value) {
    if field::is_empty(port, "targetPort") {
        let own = field::number(port, "port");
        field::put(port, "targetPort", own);
    }
}

/// Whether something outside the cluster can reach the service.
pub(crate) fn externally_accessible(service: &Value) -> bool {
    match field::text(service, "spec.type") {
        "LoadBalancer" | "NodePort" => true,
        "ClusterIP" => !field::is_empty(service, "spec.externalIPs"),
        _ => false,
    }
}

fn traffic_policies(service: &mut Value) {
    if externally_accessible(service) && field::is_empty(service, "spec.externalTrafficPolicy") {
        field::put(service, "spec.externalTrafficPolicy", "Cluster");
    }
    let inside =
        matches!(field::text(service, "spec.type"), "NodePort" | "LoadBalancer" | "ClusterIP");
    if inside && field::get(service, "spec.internalTrafficPolicy").is_none() {
        field::put(service, "spec.internalTrafficPolicy", "Cluster");
    }
}

fn load_balancer(service: &mut Value) {
    if field::text(service, "spec.type") != "LoadBalancer" {
        return;
    }
    if field::get(service, "spec.allocateLoadBalancerNodePorts").is_none() {
        field::put(service, "spec.allocateLoadBalancerNodePorts", true);
    }
    for ingress in field::items_mut(service, "status.loadBalancer.ingress") {
        if !field::is_empty(ingress, "ip") && field::get(ingress, "ipMode").is_none() {
            field::put(ingress, "ipMode", "VIP");
        }
    }
}

pub(super) const SECRET: Rules = &[Empty("type", Text("Opaque")), With(string_data)];

/// `stringData` is only written: what it holds becomes data.
fn string_data(secret: &mut Value) {
    let Some(Value::Object(texts)) = field::take(secret, "stringData") else { return };
    if texts.is_empty() {
        return;
    }
    if let Some(data) = field::map_mut(secret, "data") {
        for (name, text) in texts {
            data.insert(name, STANDARD.encode(text.as_str().unwrap_or("")).into());
        }
    }
}

pub(super) const NAMESPACE: Rules = &[With(name_label), Empty("status.phase", Text("Active"))];

/// Every namespace has its name as a label, once it has one.
fn name_label(namespace: &mut Value) {
    let name = field::text(namespace, "metadata.name").to_owned();
    if !name.is_empty()
        && let Some(labels) = field::map_mut(namespace, "metadata.labels")
    {
        labels.insert("kubernetes.io/metadata.name".to_owned(), name.into());
    }
}

pub(super) const NODE: Rules = &[
    With(allocatable_is_the_capacity),
    Quantities("status.capacity"),
    Quantities("status.allocatable"),
    With(pod_ranges),
];

fn allocatable_is_the_capacity(node: &mut Value) {
    if field::get(node, "status.allocatable").is_none()
        && let Some(capacity) = field::get(node, "status.capacity").cloned()
    {
        field::put(node, "status.allocatable", capacity);
    }
}

/// `podCIDR` is the first of `podCIDRs`; where they differ it wins.
fn pod_ranges(node: &mut Value) {
    let one = field::text(node, "spec.podCIDR").to_owned();
    let first = field::items(node, "spec.podCIDRs").first().and_then(Value::as_str);
    match first.map(str::to_owned) {
        Some(first) if one.is_empty() => field::put(node, "spec.podCIDR", first),
        first if !one.is_empty() && first.as_ref() != Some(&one) => {
            field::put(node, "spec.podCIDRs", vec![one]);
        }
        _ => {}
    }
}

pub(super) const ENDPOINTS: Rules =
    &[Each("subsets", &[Each("ports", &[Empty("protocol", Text("TCP"))])])];

pub(super) const RESOURCE_QUOTA: Rules =
    &[Quantities("spec.hard"), Quantities("status.hard"), Quantities("status.used")];

pub(super) const LIMIT_RANGE: Rules = &[Each(
    "spec.limits",
    &[
        With(container_limits),
        Quantities("max"),
        Quantities("min"),
        Quantities("default"),
        Quantities("defaultRequest"),
        Quantities("maxLimitRequestRatio"),
    ],
)];

/// Of containers: the default limit is the greatest one, the default request is the default limit
/// and, for what has none, the least one.
fn container_limits(item: &mut Value) {
    if field::text(item, "type") != "Container" {
        return;
    }
    for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")]
    {
        let Some(Value::Object(values)) = field::get(item, from).cloned() else { continue };
        if values.is_empty() {
            continue;
        }
        if let Some(defaults) = field::map_mut(item, to) {
            for (name, value) in values {
                defaults.entry(name).or_insert(value);
            }
        }
    }
}

pub(super) const REPLICATION_CONTROLLER: Rules =
    &[With(labels_of_the_template), Absent("spec.replicas", Int(1)), At("spec.template", TEMPLATE)];

/// Selector and labels are the template's, where they aren't given.
fn labels_of_the_template(controller: &mut Value) {
    let Some(labels) = field::get(controller, "spec.template.metadata.labels").cloned() else {
        return;
    };
    for path in ["spec.selector", "metadata.labels"] {
        if field::is_empty(controller, path) && !field::is_zero(&labels) {
            field::put(controller, path, labels.clone());
        }
    }
}

pub(super) const POD_TEMPLATE: Rules = &[At("template", TEMPLATE)];

pub(super) const TOKEN_REQUEST: Rules = &[Absent("spec.expirationSeconds", Int(3600))];
