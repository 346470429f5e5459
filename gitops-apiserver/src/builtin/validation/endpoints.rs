//! Where Services lead to: Endpoints and their slices.

use super::pod::PROTOCOLS;
use super::rules;
use super::spot::{Rule, Spot, below, problems};
use super::{address, format};
use crate::names::fully_qualified;
use serde_json::Value;

pub(super) const ENDPOINTS: &[Rule] = &[("subsets[]", subset)];
pub(super) const SLICE: &[Rule] = &[("ports", slice_ports), ("", slice_endpoints)];

/// What the server declares, and says after all else.
pub(super) const SLICE_DECLARED: &[Rule] = &[
    ("addressType", |at| at.required_one_of(&["FQDN", "IPv4", "IPv6"])),
    ("endpoints[]", |at| {
        let addresses = at.at("addresses");
        rules::required(&addresses);
        if addresses.len() > 100 {
            addresses.too_many(100);
        }
    }),
];

/// Changed Endpoints, whose subsets may stay whatever they are.
pub(super) fn endpoints_again(new: &Spot, old: &Value) {
    if !rules::same(new.at("subsets").value(), below(old, "subsets")) {
        new.check(ENDPOINTS);
    }
}

fn subset(at: &Spot) {
    let (ready, other, ports) = (at.at("addresses"), at.at("notReadyAddresses"), at.at("ports"));
    if ready.empty() && other.empty() {
        at.required("must specify `addresses` or `notReadyAddresses`");
    }
    ready.each(endpoint_address);
    other.each(endpoint_address);
    for port in ports.items() {
        let name = port.at("name");
        if name.empty() && ports.len() > 1 {
            name.required("");
        }
        name.in_format_if_any(format::label);
        rules::port(&port.at("port"));
        port.at("protocol").required_one_of(PROTOCOLS);
        port.at("appProtocol").given_then(|at| at.in_format(format::label_key));
    }
}

fn endpoint_address(at: &Spot) {
    let ip = at.at("ip");
    address::ip(&ip.with(&ip.text().into()));
    at.at("hostname").in_format_if_any(format::label);
    at.at("nodeName").given_then(|at| at.in_format(format::subdomain));
    address::reachable(&ip.with(&ip.text().into()));
}

fn slice_ports(at: &Spot) {
    if at.len() > 20_000 {
        return at.too_many(20_000);
    }
    let mut names: Vec<String> = Vec::new();
    for port in at.items() {
        let name = port.at("name");
        name.in_format_if_any(format::label);
        if names.iter().any(|seen| seen == name.text()) {
            name.duplicate(name.text());
        } else {
            names.push(name.text().to_owned());
        }
        let protocol = port.at("protocol");
        if protocol.given() {
            protocol.one_of(PROTOCOLS);
        } else {
            protocol.required("");
        }
        port.at("appProtocol").given_then(|at| at.in_format(format::label_key));
    }
}

fn slice_endpoints(slice: &Spot) {
    let at = slice.at("endpoints");
    if at.len() > 1000 {
        return at.too_many(1000);
    }
    let kind = slice.at("addressType");
    at.each(|endpoint| slice_endpoint(endpoint, kind.text()));
}

/// A changed slice, whose endpoints may stay whatever they are.
pub(super) fn slice_again(new: &Spot, old: &Value) {
    let kind = new.at("addressType");
    if !kind.empty() {
        // What is declared of a new slice stands here, where the kind may not change.
        kind.one_of(&["FQDN", "IPv4", "IPv6"]);
    }
    let fine = problems(new.value(), slice_endpoints).is_empty();
    slice_ports(&new.at("ports"));
    if !fine && !rules::same(new.at("endpoints").value(), below(old, "endpoints")) {
        slice_endpoints(new);
    }
}

/// Its kind of address stays. Declared, and so told without the value.
pub(super) fn slice_fixed(new: &Spot, old: &Value) {
    let kind = new.at("addressType");
    rules::required(&kind);
    if kind.text() != below(old, "addressType").as_str().unwrap_or_default() {
        kind.invalid_as(Value::Null, rules::IMMUTABLE);
    }
    new.declared(SLICE_DECLARED.get(1..).unwrap_or_default(), Some(old));
}

fn slice_endpoint(at: &Spot, kind: &str) {
    let addresses = at.at("addresses");
    for one in addresses.items() {
        match kind {
            "IPv4" | "IPv6" => {
                if !address::checked(&one) {
                    continue;
                }
                let found = address::sloppy(one.text());
                let canonical = found.map(|ip| ip.to_string()).unwrap_or_default();
                if kind == "IPv6" && canonical != one.text() {
                    let canonical = crate::status::quote(&canonical);
                    one.invalid(&format!("must be in canonical form ({canonical})"));
                    continue;
                }
                if found.is_some_and(|ip| ip.is_ipv4() != (kind == "IPv4")) {
                    addresses.invalid_as(one.text(), &format!("must be an {kind} address"));
                }
                address::reachable(&one);
            }
            "FQDN" => one.add(fully_qualified(&one.path(), one.text())),
            _ => {}
        }
    }
    at.at("nodeName").given_then(|at| at.in_format(format::subdomain));
    let topology = at.at("deprecatedTopology");
    if topology.len() > 16 {
        topology.too_many(16);
    }
    rules::labels(&topology);
    at.at("hostname").given_then(|at| at.in_format(format::label));
    for (name, form) in
        [("forZones", format::label_value as format::Format), ("forNodes", format::subdomain)]
    {
        let hints = at.at("hints");
        let hints = hints.at(name);
        if hints.len() > 8 {
            return hints.too_many(8);
        }
        let mut seen: Vec<String> = Vec::new();
        for hint in hints.items() {
            let name = hint.at("name");
            if seen.iter().any(|seen| seen == name.text()) {
                name.duplicate(name.text());
            } else {
                seen.push(name.text().to_owned());
            }
            name.in_format(form);
        }
    }
}
