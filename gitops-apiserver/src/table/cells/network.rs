//! Services and what leads to them.

use super::{
    Cell::{self, Age, Labels, Name, Of, Selector, Text, TextOr},
    Row, first, number, text,
};
use crate::table::selector::strings;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    Some(match (group, kind) {
        ("", "Service") => &[
            Name,
            Text("/spec/type"),
            TextOr("/spec/clusterIPs/0", "<none>"),
            Of(external),
            Of(ports),
            Age,
            Labels("/spec/selector"),
        ],
        ("", "Endpoints") => &[Name, Of(endpoints), Age],
        ("discovery.k8s.io", "EndpointSlice") => {
            &[Name, Text("/addressType"), Of(slice_ports), Of(slice_addresses), Age]
        }
        ("networking.k8s.io", "Ingress") => &[
            Name,
            TextOr("/spec/ingressClassName", "<none>"),
            Of(hosts),
            Of(|row| json!(balancer(row))),
            Of(|row| json!(if row.count("/spec/tls") > 0 { "80, 443" } else { "80" })),
            Age,
        ],
        ("networking.k8s.io", "IngressClass") => {
            &[Of(class_name), Text("/spec/controller"), Of(parameters), Age]
        }
        ("networking.k8s.io", "NetworkPolicy") => &[Name, Selector("/spec/podSelector"), Age],
        ("networking.k8s.io", "ServiceCIDR") => {
            &[Name, Of(|row| json!(strings(row.at("/spec/cidrs")).join(","))), Age]
        }
        ("networking.k8s.io", "IPAddress") => &[Name, Of(parent), Age],
        _ => return None,
    })
}

/// The addresses of a load balancer, sorted.
fn balancer(row: &Row<'_>) -> String {
    let ingress = row.list("/status/loadBalancer/ingress").iter();
    let addresses = ingress.map(|one| match text(one, "ip") {
        "" => text(one, "hostname"),
        ip => ip,
    });
    let sorted: BTreeSet<&str> = addresses.filter(|address| !address.is_empty()).collect();
    Vec::from_iter(sorted).join(",")
}

fn external(row: &Row<'_>) -> Value {
    let mut addresses = strings(row.at("/spec/externalIPs"));
    json!(match row.text("/spec/type") {
        "ClusterIP" | "NodePort" if addresses.is_empty() => "<none>".to_owned(),
        "ClusterIP" | "NodePort" => addresses.join(","),
        "LoadBalancer" => {
            let balancer = balancer(row);
            if !balancer.is_empty() {
                addresses.insert(0, &balancer);
            }
            if addresses.is_empty() { "<pending>".to_owned() } else { addresses.join(",") }
        }
        "ExternalName" => row.text("/spec/externalName").to_owned(),
        _ => "<unknown>".to_owned(),
    })
}

fn ports(row: &Row<'_>) -> Value {
    let ports = row.list("/spec/ports").iter().map(|port| {
        let (own, protocol) = (number(port, "port"), text(port, "protocol"));
        match number(port, "nodePort") {
            node if node > 0 => format!("{own}:{node}/{protocol}"),
            _ => format!("{own}/{protocol}"),
        }
    });
    let ports = Vec::from_iter(ports).join(",");
    if ports.is_empty() { json!("<none>") } else { json!(ports) }
}

fn endpoints(row: &Row<'_>) -> Value {
    let mut all = Vec::new();
    let list = |value: &Value, member: &str| {
        value.get(member).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    for subset in row.list("/subsets") {
        let (addresses, ports) = (list(subset, "addresses"), list(subset, "ports"));
        let ips = || addresses.iter().map(|address| text(address, "ip"));
        if ports.is_empty() {
            all.extend(ips().map(str::to_owned));
        }
        for port in &ports {
            let port = number(port, "port");
            all.extend(ips().map(|ip| match ip.contains(':') {
                true => format!("[{ip}]:{port}"),
                false => format!("{ip}:{port}"),
            }));
        }
    }
    match row.count("/subsets") {
        0 => json!("<none>"),
        _ => first(&all, 3, ""),
    }
}

fn slice_ports(row: &Row<'_>) -> Value {
    let ports = row.list("/ports").iter().map(|port| match (port.get("port"), port.get("name")) {
        (Some(Value::Number(port)), _) => port.to_string(),
        (_, Some(Value::String(name))) => name.clone(),
        _ => "*".to_owned(),
    });
    first(&Vec::from_iter(ports), 3, "<unset>")
}

fn slice_addresses(row: &Row<'_>) -> Value {
    let endpoints = row.list("/endpoints").iter();
    let addresses = endpoints.flat_map(|endpoint| strings(endpoint.get("addresses")));
    first(&Vec::from_iter(addresses.map(str::to_owned)), 3, "<unset>")
}

/// The first three hosts; rules for every host count, but aren't shown.
fn hosts(row: &Row<'_>) -> Value {
    let rules = row.list("/spec/rules");
    let hosts = rules.iter().map(|rule| text(rule, "host")).filter(|host| !host.is_empty());
    let shown: Vec<&str> = hosts.take(3).collect();
    // Rules after the third host are more, with a host or without.
    let third = rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| !text(rule, "host").is_empty())
        .map(|(index, _)| index)
        .nth(2);
    match third {
        _ if shown.is_empty() => json!("*"),
        Some(third) if third + 1 < rules.len() => {
            json!(format!("{} + {} more...", shown.join(","), rules.len() - 3))
        }
        _ => json!(shown.join(",")),
    }
}

fn class_name(row: &Row<'_>) -> Value {
    match row.annotation("ingressclass.kubernetes.io/is-default-class") {
        Some("true") => json!(format!("{} (default)", row.name())),
        _ => json!(row.name()),
    }
}

/// `Kind.group/name`.
fn parameters(row: &Row<'_>) -> Value {
    let Some(parameters) = row.at("/spec/parameters") else { return json!("<none>") };
    let (kind, name) = (text(parameters, "kind"), text(parameters, "name"));
    json!(match parameters.get("apiGroup").and_then(Value::as_str) {
        Some(group) => format!("{kind}.{group}/{name}"),
        None => format!("{kind}/{name}"),
    })
}

/// `resource.group/namespace/name`.
fn parent(row: &Row<'_>) -> Value {
    let Some(parent) = row.at("/spec/parentRef") else { return json!("<none>") };
    let mut path = text(parent, "resource").to_lowercase();
    if !text(parent, "group").is_empty() {
        path = format!("{path}.{}", text(parent, "group").to_lowercase());
    }
    if !text(parent, "namespace").is_empty() {
        path = format!("{path}/{}", text(parent, "namespace"));
    }
    json!(format!("{path}/{}", text(parent, "name")))
}
