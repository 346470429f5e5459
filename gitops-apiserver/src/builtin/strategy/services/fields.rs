//! What the type of a service says about its fields.

use super::super::super::defaults::{core::externally_accessible, field};
use super::super::same::same;
use serde_json::Value;

pub(super) fn texts(object: &Value, path: &str) -> Vec<String> {
    let texts = field::items(object, path).iter();
    texts.map(|text| text.as_str().unwrap_or("").to_owned()).collect()
}

pub(super) fn cluster_ips(service: &Value) -> Vec<String> {
    texts(service, "spec.clusterIPs")
}

pub(super) fn families(service: &Value) -> Vec<String> {
    texts(service, "spec.ipFamilies")
}

pub(super) fn is(service: &Value, of_type: &str) -> bool {
    field::text(service, "spec.type") == of_type
}

/// Whether it asks for no address.
pub(super) fn is_headless(service: &Value) -> bool {
    cluster_ips(service).first().is_some_and(|ip| ip == "None")
}

pub(super) fn needs_cluster_ip(service: &Value) -> bool {
    !is(service, "ExternalName")
}

/// Whether its type is one that has node ports.
pub(super) fn has_node_ports(service: &Value) -> bool {
    is(service, "NodePort") || is(service, "LoadBalancer")
}

/// Whether each of its ports gets a node port.
pub(super) fn needs_node_port(service: &Value) -> bool {
    let wants = field::get(service, "spec.allocateLoadBalancerNodePorts").and_then(Value::as_bool);
    is(service, "NodePort") || (is(service, "LoadBalancer") && wants.unwrap_or(true))
}

pub(super) fn needs_health_check(service: &Value) -> bool {
    is(service, "LoadBalancer") && field::text(service, "spec.externalTrafficPolicy") == "Local"
}

/// What was allocated stays, where the new object leaves it out.
pub(super) fn patch(new: &mut Value, old: &Value) {
    if needs_cluster_ip(old) && needs_cluster_ip(new) {
        for path in ["spec.clusterIP", "spec.clusterIPs"] {
            if field::is_empty(new, path) {
                field::copy(new, path, old);
            }
        }
    }
    if needs_node_port(old) && needs_node_port(new) {
        patch_node_ports(new, old);
    }
    let health = "spec.healthCheckNodePort";
    if needs_health_check(old) && needs_health_check(new) && field::is_empty(new, health) {
        field::copy(new, health, old);
    }
}

/// By the ports' names; a number that another port has claimed is not used twice.
fn patch_node_ports(new: &mut Value, old: &Value) {
    let number = |port: &Value| field::number(port, "nodePort");
    let before = field::items(old, "spec.ports");
    let claimed: Vec<i64> = field::items(new, "spec.ports").iter().map(number).collect();
    for port in field::items_mut(new, "spec.ports") {
        if number(port) != 0 {
            continue;
        }
        let name = field::text(port, "name");
        let had =
            before.iter().rev().find(|one| field::text(one, "name") == name).map_or(0, number);
        if had != 0 && !claimed.contains(&had) {
            field::put(port, "nodePort", had);
        }
    }
}

pub(super) fn drop_what_the_type_lacks(new: &mut Value, old: &Value) {
    let alike = |new: &Value, path: &str| same(field::get(new, path), field::get(old, path));
    if needs_cluster_ip(old) && !needs_cluster_ip(new) {
        if alike(new, "spec.clusterIP") && alike(new, "spec.clusterIPs") {
            field::take(new, "spec.clusterIP");
            field::take(new, "spec.clusterIPs");
        }
        for path in ["spec.ipFamilies", "spec.ipFamilyPolicy"] {
            if alike(new, path) {
                field::take(new, path);
            }
        }
    }
    if has_node_ports(old) && !has_node_ports(new) && no_new_node_ports(new, old) {
        for port in field::items_mut(new, "spec.ports") {
            field::take(port, "nodePort");
        }
    }
    type Has = fn(&Value) -> bool;
    let gone: [(&str, Has); 4] = [
        ("spec.healthCheckNodePort", needs_health_check),
        ("spec.allocateLoadBalancerNodePorts", is_load_balancer),
        ("spec.loadBalancerClass", is_load_balancer),
        ("spec.externalTrafficPolicy", externally_accessible),
    ];
    for (path, has) in gone {
        if has(old) && !has(new) && alike(new, path) {
            field::take(new, path);
        }
    }
    if !is_load_balancer(new) {
        field::take(new, "status.loadBalancer");
        field::map_mut(new, "status.loadBalancer");
    }
}

fn is_load_balancer(service: &Value) -> bool {
    is(service, "LoadBalancer")
}

/// The node ports of a service.
pub(super) fn node_ports(service: &Value) -> Vec<i64> {
    let ports = field::items(service, "spec.ports").iter();
    ports.map(|port| field::number(port, "nodePort")).filter(|port| *port != 0).collect()
}

fn no_new_node_ports(new: &Value, old: &Value) -> bool {
    let before = node_ports(old);
    node_ports(new).iter().all(|port| before.contains(port))
}
