//! Services.

use super::pod::PROTOCOLS;
use super::rules;
use super::spot::{Rule, Spot, below};
use super::{address, format};
use serde_json::{Value, json};
use std::net::IpAddr;

pub(super) const SERVICE: &[Rule] = &[("", |at| service(at, &Value::Null))];

/// A changed Service, whose old addresses may stay whatever they are.
pub(super) fn service_again(new: &Spot, old: &Value) {
    service(new, old);
}

const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const TOPOLOGY: &str = "service.kubernetes.io/topology-mode";
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

fn headless(service: &Value) -> bool {
    below(service, "spec.clusterIPs") == &json!(["None"])
}

fn type_of(service: &Value) -> &str {
    rules::below_text(service, "spec.type")
}

fn external(service: &Value) -> bool {
    let addresses = below(service, "spec.externalIPs").as_array().map_or(0, Vec::len);
    matches!(type_of(service), "LoadBalancer" | "NodePort")
        || (type_of(service) == "ClusterIP" && addresses > 0)
}

fn checks_health(service: &Value) -> bool {
    type_of(service) == "LoadBalancer"
        && rules::below_text(service, "spec.externalTrafficPolicy") == "Local"
}

fn service(at: &Spot, old: &Value) {
    let annotations = at.at("metadata.annotations");
    let (hints, mode) = (annotations.key(HINTS), annotations.key(TOPOLOGY));
    if mode.given() && hints.given() && mode.text() != hints.text() {
        mode.invalid(&format!("must match annotations[{HINTS}] when both are specified"));
    }
    let spec = at.at("spec");
    let (kind, headless) = (spec.at("type").text(), headless(at.value()));
    let ports = spec.at("ports");
    if ports.empty() && !headless && kind != "ExternalName" {
        ports.required("");
    }
    match kind {
        "LoadBalancer" | "NodePort" if headless => {
            let message = format!("may not be set to 'None' for {kind} services");
            spec.at("clusterIPs").index(0).invalid(&message);
        }
        "ExternalName" => external_name(&spec),
        _ => {}
    }
    service_ports(&ports);
    rules::labels(&spec.at("selector"));
    affinity(&spec);
    addresses(&spec, below(old, "spec"), headless);
    for ip in spec.at("externalIPs").items() {
        if address::ip_or_old(&ip, below(old, "spec.externalIPs")) {
            address::reachable(&ip);
        }
    }
    spec.at("type").required_one_of(&["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    distinct_ports(&ports, kind);
    source_ranges(at, old);
    let node_ports = spec.at("allocateLoadBalancerNodePorts");
    if node_ports.given() && kind != "LoadBalancer" {
        node_ports.forbidden("may only be used when `type` is 'LoadBalancer'");
    }
    if !node_ports.given() && kind == "LoadBalancer" {
        at.at("allocateLoadBalancerNodePorts").required("");
    }
    class(&spec);
    traffic(&spec, at.value());
}

fn external_name(spec: &Spot) {
    for name in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        let at = spec.at(name);
        if at.given() && !at.empty() {
            at.forbidden("may not be set for ExternalName services");
        }
    }
    let name = spec.at("externalName");
    let text = name.text().strip_suffix('.').unwrap_or(name.text());
    if text.is_empty() {
        return name.required("");
    }
    for problem in format::subdomain(text) {
        name.invalid_as(text, &problem);
    }
}

fn service_ports(at: &Spot) {
    let mut names: Vec<String> = Vec::new();
    for port in at.items() {
        let name = port.at("name");
        if name.empty() && at.len() > 1 {
            name.required("");
        } else if !name.empty() {
            name.in_format(format::label);
            if names.iter().any(|seen| seen == name.text()) {
                name.duplicate(name.text());
            } else {
                names.push(name.text().to_owned());
            }
        }
        rules::port(&port.at("port"));
        port.at("protocol").required_one_of(PROTOCOLS);
        rules::port_or_name(&port.at("targetPort"));
        port.at("appProtocol").given_then(|at| at.in_format(format::label_key));
    }
}

fn affinity(spec: &Spot) {
    let (kind, config) = (spec.at("sessionAffinity"), spec.at("sessionAffinityConfig"));
    kind.required_one_of(&["ClientIP", "None"]);
    match kind.text() {
        "ClientIP" => {
            let (client, time) = (config.at("clientIP"), config.at("clientIP.timeoutSeconds"));
            let missing = [&config, &client, &time].into_iter().find(|at| !at.given());
            if let Some(missing) = missing {
                missing.required("when session affinity type is ClientIP");
            } else if !(1..=86_400).contains(&time.number()) {
                time.invalid("must be greater than 0 and less than 86400");
            }
        }
        "None" if config.given() => {
            config.forbidden("must not be set when session affinity is None");
        }
        _ => {}
    }
}

/// The addresses of a Service in the cluster, and their families.
fn addresses(spec: &Spot, old: &Value, headless: bool) {
    if spec.at("type").text() == "ExternalName" {
        return;
    }
    let (first, all, families) =
        (spec.at("clusterIP"), spec.at("clusterIPs"), spec.at("ipFamilies"));
    match (first.empty(), all.empty()) {
        (false, true) => all.required(""),
        (false, false) if all.index(0).text() != first.text() => {
            all.invalid("first value must match `clusterIP`");
        }
        (true, false) => all.invalid("must be empty when `clusterIP` is not specified"),
        _ => {}
    }
    let mut seen: Vec<String> = Vec::new();
    for family in families.items() {
        family.one_of(&["IPv4", "IPv6"]);
        if seen.iter().any(|seen| seen == family.text()) {
            family.duplicate(family.text());
        }
        seen.push(family.text().to_owned());
    }
    let policy = spec.at("ipFamilyPolicy");
    policy.one_of_if_given(&["PreferDualStack", "RequireDualStack", "SingleStack"]);
    let mut valid = true;
    for (index, ip) in all.items().enumerate() {
        if index > 0 || ip.text() != "None" {
            valid &= address::ip_or_old(&ip, below(old, "clusterIPs"));
        } else if all.len() > 1 {
            valid = false;
            all.invalid("'None' must be the first and only value");
        }
    }
    if all.len() > 2 {
        all.invalid("may only hold up to 2 values");
    }
    if !valid {
        return;
    }
    let parsed: Vec<Option<IpAddr>> = all.items().map(|ip| address::sloppy(ip.text())).collect();
    let of_family = |four: bool| parsed.iter().flatten().any(|ip| ip.is_ipv4() == four);
    if all.len() > 1 && !(of_family(true) && of_family(false)) {
        all.invalid("may specify no more than one IP for each IP family");
    }
    if headless {
        return;
    }
    for (index, (ip, family)) in all.items().zip(families.items()).enumerate() {
        let six = parsed.get(index).copied().flatten().is_some_and(|ip| ip.is_ipv6());
        let expected = match family.text() {
            "IPv4" if six => "an IPv4",
            "IPv6" if !six => "an IPv6",
            _ => continue,
        };
        ip.invalid(&format!("expected {expected} value as indicated by `ipFamilies[{index}]`"));
    }
}

fn distinct_ports(at: &Spot, kind: &str) {
    if kind == "ClusterIP" {
        at.each(|port| {
            if port.at("nodePort").number() != 0 {
                port.at("nodePort").forbidden("may not be used when `type` is 'ClusterIP'");
            }
        });
    }
    for name in ["nodePort", "port"] {
        let mut seen: Vec<(String, i64)> = Vec::new();
        for port in at.items() {
            let number = port.at(name).number();
            let protocol = port.at("protocol").text().to_owned();
            if number == 0 && name == "nodePort" {
                continue;
            }
            let key = (protocol, number);
            if seen.contains(&key) {
                match name {
                    "nodePort" => port.at(name).duplicate(number),
                    _ => port.duplicate(port_alone(&key.0, number)),
                }
            } else {
                seen.push(key);
            }
        }
    }
}

/// A port that is all its protocol and number, as the server has it in memory.
fn port_alone(protocol: &str, number: i64) -> crate::status::Bad {
    super::internal::shown(&json!({"protocol": protocol, "port": number}), "core.ServicePort")
}

/// The clients that a load balancer lets through.
fn source_ranges(at: &Spot, old: &Value) {
    let only = "may only be used when `type` is 'LoadBalancer'";
    let spec = at.at("spec");
    let balanced = spec.at("type").text() == "LoadBalancer";
    let ranges = spec.at("loadBalancerSourceRanges");
    let annotation = at.at("metadata.annotations");
    let annotation = annotation.key(SOURCE_RANGES);
    if !ranges.empty() {
        // In this place the server's path starts with a capital.
        let place = spec.at("LoadBalancerSourceRanges");
        let place = place.with(ranges.value());
        if !balanced {
            place.forbidden(only);
        }
        let old = below(old, "spec.loadBalancerSourceRanges").as_array();
        let old: Vec<&str> =
            old.into_iter().flatten().filter_map(Value::as_str).map(str::trim).collect();
        for range in place.items().filter(|range| !old.contains(&range.text().trim())) {
            address::cidr_of(&range, range.text().trim());
        }
    } else if annotation.given() {
        if !balanced {
            annotation.forbidden(only);
        }
        let before = below(old, "metadata.annotations").get(SOURCE_RANGES);
        let text = annotation.text().trim();
        if before != Some(annotation.value()) && !text.is_empty() {
            for range in text.split(',') {
                address::cidr_of(&annotation, range.trim());
            }
        }
    }
}

fn class(spec: &Spot) {
    let class = spec.at("loadBalancerClass");
    if !class.given() {
        return;
    }
    if spec.at("type").text() == "LoadBalancer" {
        class.in_format(format::label_key);
    } else {
        class.forbidden("may only be used when `type` is 'LoadBalancer'");
    }
}

fn traffic(spec: &Spot, service: &Value) {
    let policy = spec.at("externalTrafficPolicy");
    if external(service) {
        policy.required_one_of(&["Cluster", "Local"]);
    } else if !policy.empty() {
        policy.invalid("may only be set for externally-accessible services");
    }
    let port = spec.at("healthCheckNodePort");
    match (checks_health(service), port.number()) {
        (true, 0) => port.required(""),
        (true, _) => rules::port(&port),
        (false, 0) => {}
        (false, _) => port.invalid(
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
        ),
    }
    let inner = spec.at("internalTrafficPolicy");
    let needs = matches!(spec.at("type").text(), "NodePort" | "LoadBalancer" | "ClusterIP");
    if !inner.given() && needs {
        inner.required("");
    }
    inner.one_of_if_given(&["Cluster", "Local"]);
    let known = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    spec.at("trafficDistribution").one_of_if_given(&known);
}

/// What stays of a Service, or changes in some ways only.
pub(super) fn service_change(new: &Spot, old: &Value) {
    let spec = new.at("spec");
    let before = below(old, "spec");
    let same_kind = type_of(new.value()) != "ExternalName" && type_of(old) != "ExternalName";
    let (was, is) = (headless(old), headless(new.value()));
    if same_kind && !(was && is) {
        primary(&spec, below(before, "clusterIPs"));
    }
    if same_kind && !was && !is {
        families(&spec, below(before, "ipFamilies"));
    }
    let class_at = spec.at("loadBalancerClass");
    if type_of(new.value()) == "LoadBalancer"
        && type_of(old) == "LoadBalancer"
        && class_at.value() != below(before, "loadBalancerClass")
    {
        class_at.invalid("may not change once set");
    }
    class(&spec);
    let port = spec.at("healthCheckNodePort");
    if checks_health(old)
        && checks_health(new.value())
        && port.number() != below(before, "healthCheckNodePort").as_i64().unwrap_or_default()
    {
        port.forbidden("field is immutable");
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The first address stays; the second may come and go.
fn primary(spec: &Spot, old: &Value) {
    let at = spec.at("clusterIPs");
    let (old, new) = (list(old), list(at.value()));
    let fixed = "may not change once set";
    if old.len() == new.len() {
        for (index, _) in old.iter().zip(new).enumerate().filter(|(_, (old, new))| old != new) {
            at.index(index).invalid_as(at.value().clone(), fixed);
        }
        return;
    }
    if new.is_empty() {
        at.index(0).invalid_as(at.value().clone(), "primary clusterIP can not be unset");
    }
    if !old.is_empty() && !new.is_empty() && old.first() != new.first() {
        at.index(0).invalid_as(at.value().clone(), fixed);
    }
    if old.len() > 1 && new.len() == 1 {
        released(spec, "clusterIP");
    }
}

/// The first family stays; the second may come and go.
fn families(spec: &Spot, old: &Value) {
    let (at, ips) = (spec.at("ipFamilies"), spec.at("clusterIPs"));
    let (old, new) = (list(old), list(at.value()));
    let first = at.index(0);
    let fixed = "may not change once set";
    if old.len() == new.len() {
        for _ in old.iter().zip(new).filter(|(old, new)| old != new) {
            first.invalid_as(at.value().clone(), fixed);
        }
        return;
    }
    if old.len() > new.len() && ips.empty() {
        first.invalid_as(at.value().clone(), "primary ipFamily can not be unset");
    }
    if !old.is_empty() && !new.is_empty() && old.first() != new.first() {
        first.invalid_as(ips.value().clone(), fixed);
    }
    if old.len() > 1 && new.len() == 1 {
        released(spec, "ipFamily");
    }
}

fn released(spec: &Spot, what: &str) {
    let policy = spec.at("ipFamilyPolicy");
    if policy.text() != "SingleStack" {
        policy
            .invalid(&format!("must be set to 'SingleStack' when releasing the secondary {what}"));
    }
}
