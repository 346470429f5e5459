//! Addresses and ranges that are written in an unusual way.

use crate::builtin::{defaults::field, validation::address};
use serde_json::Value;
use std::net::IpAddr;

/// An address. What is none passes.
pub(super) fn ip(text: &str, at: &str) -> Option<String> {
    let address = address::sloppy(text)?;
    let mapped = match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(six) => six.to_ipv4_mapped(),
    };
    if mapped.is_some() || text.parse::<IpAddr>().is_err() {
        let plain = mapped.map_or(address, IpAddr::V4);
        return Some(format!(
            "{at}: non-standard IP address \"{text}\" is invalid: use \"{plain}\""
        ));
    }
    (address.is_ipv6() && address.to_string() != text).then(|| {
        format!(
            "{at}: IPv6 address \"{text}\" should be in RFC 5952 canonical format (\"{address}\")"
        )
    })
}

/// A range that was found valid.
pub(super) fn range(text: &str, at: &str) -> Option<String> {
    let (address, length) = address::range(text)?;
    let plain = format!("{address}/{length}");
    (address.is_ipv6() && plain != text).then(|| {
        format!(
            "{at}: IPv6 CIDR value \"{text}\" should be in RFC 5952 canonical format (\"{plain}\")"
        )
    })
}

/// The warnings for each text of a list.
pub(super) fn each(
    object: &Value,
    list: &str,
    at: &str,
    of: fn(&str, &str) -> Option<String>,
) -> Vec<String> {
    let items = field::items(object, list).iter().enumerate();
    items
        .filter_map(|(index, text)| {
            of(text.as_str().unwrap_or_default(), &format!("{at}[{index}]"))
        })
        .collect()
}

/// The warnings for a part of each item of a list.
fn parts(object: &Value, list: &str, at: &str, part: &str, below: &str) -> Vec<String> {
    let items = field::items(object, list).iter().enumerate();
    items
        .filter_map(|(index, item)| ip(field::text(item, part), &format!("{at}[{index}]{below}")))
        .collect()
}

/// The addresses of a pod.
pub(super) fn of_pod(spec: &Value, path: &str) -> Vec<String> {
    let servers = "dnsConfig.nameservers";
    let mut told = each(spec, servers, &format!("{path}.{servers}"), ip);
    told.extend(parts(spec, "hostAliases", &format!("{path}.hostAliases"), "ip", ".ip"));
    told
}

/// The addresses of a status that was written.
pub(super) fn of_status(kind: &str, object: &Value) -> Vec<String> {
    let list = |place: &str, below: &str| parts(object, place, place, "ip", below);
    match kind {
        "Ingress" | "Service" => list("status.loadBalancer.ingress", ""),
        "Pod" => [list("status.podIPs", ".ip"), list("status.hostIPs", ".ip")].concat(),
        _ => Vec::new(),
    }
}

fn is_managed_by(object: &Value, label: &str, names: &[&str]) -> bool {
    let labels = field::get(object, "metadata.labels");
    let by = labels.and_then(|labels| labels.get(label)).and_then(Value::as_str);
    by.is_some_and(|by| names.contains(&by))
}

pub(super) fn of_endpoints(object: &Value) -> Vec<String> {
    if is_managed_by(object, "endpoints.kubernetes.io/managed-by", &["endpoint-controller"]) {
        return Vec::new();
    }
    let mut told = Vec::new();
    for (index, subset) in field::items(object, "subsets").iter().enumerate() {
        for list in ["addresses", "notReadyAddresses"] {
            told.extend(parts(subset, list, &format!("subsets[{index}].{list}"), "ip", ".ip"));
        }
    }
    told
}

pub(super) fn of_new_slice(object: &Value) -> Option<String> {
    let named = field::text(object, "addressType") == "FQDN";
    named.then(|| "spec.addressType: FQDN endpoints are deprecated".to_owned())
}

pub(super) fn of_slice(object: &Value) -> Vec<String> {
    let label = "endpointslice.kubernetes.io/managed-by";
    let controllers =
        ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"];
    if is_managed_by(object, label, &controllers) {
        return Vec::new();
    }
    let endpoints = field::items(object, "endpoints").iter().enumerate();
    let told = endpoints.flat_map(|(index, endpoint)| {
        each(endpoint, "addresses", &format!("endpoints[{index}].addresses"), ip)
    });
    told.collect()
}

pub(super) fn of_policy(object: &Value) -> Vec<String> {
    let mut told = Vec::new();
    for (way, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in field::items(object, &format!("spec.{way}")).iter().enumerate() {
            for (nth, peer) in field::items(rule, peers).iter().enumerate() {
                let Some(block) = field::get(peer, "ipBlock") else { continue };
                let at = format!("spec.{way}[{index}].{peers}[{nth}].ipBlock");
                told.extend(range(field::text(block, "cidr"), &format!("{at}.cidr")));
                told.extend(each(block, "except", &format!("{at}.except"), range));
            }
        }
    }
    told
}
