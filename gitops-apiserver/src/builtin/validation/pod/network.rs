//! Ports, names of hosts and DNS.

use super::Pod;
use crate::builtin::validation::spot::Spot;
use crate::builtin::validation::{address, format, rules};

/// The protocols of ports.
pub(crate) const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// The ports of a container.
pub(super) fn ports(at: &Spot) {
    let mut names: Vec<String> = Vec::new();
    for item in at.items() {
        let name = item.at("name");
        // A malformed name, as the server counts, moves the place of what follows.
        if !name.empty() {
            let problems = format::port_name(name.text());
            if problems.is_empty() {
                if names.iter().any(|seen| seen == name.text()) {
                    name.duplicate(name.text());
                } else {
                    names.push(name.text().to_owned());
                }
            }
            for problem in problems {
                name.invalid(&problem);
            }
        }
        let (port, host) = (item.at("containerPort"), item.at("hostPort"));
        if port.number() == 0 {
            port.required("");
        } else {
            rules::port(&port);
        }
        if host.number() != 0 {
            rules::port(&host);
        }
        item.at("protocol").required_one_of(PROTOCOLS);
    }
}

/// No two containers take the same port of the host. Looks at a list of containers.
pub(super) fn unique_host_ports(at: &Spot) {
    let mut seen: Vec<String> = Vec::new();
    for container in at.items() {
        host_ports_of(&container, &mut seen);
    }
}

/// The same for a single container; problems have the place of a list of one.
pub(super) fn unique_host_ports_alone(at: &Spot, container: &Spot) {
    let alone = serde_json::Value::Array(vec![container.value().clone()]);
    unique_host_ports(&at.with(&alone));
}

fn host_ports_of(container: &Spot, seen: &mut Vec<String>) {
    for port in container.at("ports").items() {
        let number = port.at("hostPort").number();
        if number == 0 {
            continue;
        }
        let (protocol, ip) = (port.at("protocol").text(), port.at("hostIP").text());
        let key = format!("{protocol}/{ip}/{number}");
        if seen.contains(&key) {
            port.at("hostPort").duplicate(key);
        } else {
            seen.push(key);
        }
    }
}

/// In the host's network, a container's port is the host's.
pub(super) fn host_ports(spec: &Spot, pod: &Pod) {
    if !spec.at("hostNetwork").flag() {
        return;
    }
    spec.at("containers").each(|container| {
        container.at("ports").each(|port| {
            let (host, own) = (port.at("hostPort"), port.at("containerPort").number());
            if (pod.is_pod || host.number() != 0) && host.number() != own {
                host.invalid_as(
                    host.number(),
                    "must match `containerPort` when `hostNetwork` is true",
                );
            }
        });
    });
}

/// How names are resolved.
pub(super) fn dns_config(spec: &Spot) {
    let at = spec.at("dnsConfig");
    let servers = at.at("nameservers");
    if spec.at("dnsPolicy").text() == "None" {
        if !at.given() {
            return at.required("must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if servers.empty() {
            return servers
                .required("must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
    }
    if servers.len() > 3 {
        servers.invalid("must not have more than 3 nameservers");
    }
    servers.each(address::ip);
    let searches = at.at("searches");
    if searches.len() > 32 {
        searches.invalid("must not have more than 32 search paths");
    }
    let all: usize = searches.items().map(|search| search.len() + 1).sum();
    if all > 2048 + 1 {
        searches.invalid(
            "must not have more than 2048 characters (including spaces) in the search list",
        );
    }
    for search in searches.items().filter(|search| search.text() != ".") {
        let text = search.text().strip_suffix('.').unwrap_or(search.text());
        for problem in format::subdomain_with_underscore(text) {
            search.invalid_as(text, &problem);
        }
    }
    for option in at.at("options").items() {
        if option.at("name").empty() {
            option.required("must not be empty");
        }
    }
}

/// The name of the host that a pod goes by.
pub(super) fn host_name(spec: &Spot) {
    let at = spec.at("hostnameOverride");
    if !at.given() {
        return;
    }
    if spec.at("setHostnameAsFQDN").flag() {
        at.forbidden("may not be specified when setHostnameAsFQDN is true");
    }
    if spec.at("hostNetwork").flag() {
        at.forbidden("may not be specified when hostNetwork is true");
    }
    if at.len() > 64 {
        at.too_long(64);
    }
    at.in_format(format::subdomain);
}

/// More names of an address.
pub(super) fn host_alias(at: &Spot) {
    address::ip(&at.at("ip"));
    at.at("hostnames").each(|name| name.in_format(format::subdomain));
}
