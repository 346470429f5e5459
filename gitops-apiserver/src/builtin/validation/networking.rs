//! Ingresses, their classes, and network policies.

use super::pod::PROTOCOLS;
use super::rules::{self, immutable_text};
use super::spot::{Rule, Spot, below};
use super::{address, format};
use crate::names::domain_prefixed_path;
use serde_json::Value;

const INGRESS: &[Rule] = &[
    ("spec", something_to_serve),
    ("spec.defaultBackend", |at| at.given_then(backend)),
    ("spec.rules[]", ingress_rule),
    ("spec.tls[]", tls),
    ("spec.ingressClassName", |at| at.given_then(|at| at.in_format(format::subdomain))),
];

/// Rules of new Ingresses.
pub(super) const INGRESS_CREATED: &[Rule] = &[("", ingress_again), ("", classes_agree)];

/// Rules of any Ingress.
pub(super) fn ingress_again(at: &Spot) {
    at.check(INGRESS);
}

pub(super) const INGRESS_CLASS: &[Rule] = &[
    ("spec.controller", |at| {
        if at.len() > 250 {
            at.too_long(250);
        }
        at.add(domain_prefixed_path(&at.path(), at.text()));
    }),
    ("spec.parameters", |at| at.given_then(parameters)),
];

/// What the server declares, and says after all else.
pub(super) const INGRESS_CLASS_DECLARED: &[Rule] = &[("spec.parameters", |at| {
    at.given_then(|at| at.check(&[("kind", rules::required), ("name", rules::required)]));
})];

pub(super) const NETWORK_POLICY: &[Rule] = &[
    ("spec.podSelector", rules::label_selector),
    ("spec.ingress[]", |at| way(at, "from")),
    ("spec.egress[]", |at| way(at, "to")),
    ("spec.policyTypes", policy_types),
];

pub(super) const NETWORK_POLICY_DECLARED: &[Rule] =
    &[("spec.ingress[]", |at| cidrs(at, "from")), ("spec.egress[]", |at| cidrs(at, "to"))];

const CLASS: &str = "kubernetes.io/ingress.class";

/// The old way to name the class agrees with the new one. Of new Ingresses only.
fn classes_agree(ingress: &Spot) {
    let annotations = ingress.at("metadata.annotations");
    let (old, new) = (annotations.key(CLASS), ingress.at("spec.ingressClassName"));
    if old.given() && new.given() && old.text() != new.text() {
        let place = ingress.at("annotations");
        place
            .at(CLASS)
            .invalid_as(old.text(), "must match `ingressClassName` when both are specified");
    }
}

fn something_to_serve(spec: &Spot) {
    if spec.at("rules").empty() && !spec.at("defaultBackend").given() {
        let rules = spec.at("rules").value().clone();
        spec.invalid_as(rules, "either `defaultBackend` or `rules` must be specified");
    }
}

fn backend(at: &Spot) {
    let (resource, service) = (at.at("resource"), at.at("service"));
    match (resource.given(), service.given()) {
        (true, true) => at.invalid_as("", "cannot set both resource and service backends"),
        (true, false) => {
            reference(&resource);
            resource.at("kind").required_in_format(format::path_segment);
            resource.at("name").required_in_format(format::path_segment);
        }
        (false, true) => {
            service.at("name").required_in_format(format::label);
            let (name, number) = (service.at("port.name"), service.at("port.number"));
            match (name.empty(), number.number() == 0) {
                (false, false) => at.invalid_as("", "cannot set both port name & port number"),
                (false, true) => name.in_format(format::port_name),
                (true, false) => rules::port(&number),
                (true, true) => at.required("port name or number is required"),
            }
        }
        (false, false) => at.invalid_as("", "resource or service backend is required"),
    }
}

fn reference(at: &Spot) {
    at.at("apiGroup").given_then(|at| at.in_format(format::subdomain));
}

fn host(at: &Spot) {
    if at.text().contains('*') {
        at.in_format(format::wildcard_subdomain);
    } else {
        at.in_format(format::subdomain);
    }
}

fn ingress_rule(at: &Spot) {
    let name = at.at("host");
    if !name.empty() {
        if address::sloppy(name.text()).is_some() {
            name.invalid("must be a DNS name, not an IP address");
        }
        host(&name);
    }
    at.at("http").given_then(|at| {
        rules::required(&at.at("paths"));
        at.at("paths").each(path);
    });
}

fn path(at: &Spot) {
    let (kind, path) = (at.at("pathType"), at.at("path"));
    let absolute = path.text().starts_with('/');
    match kind.text() {
        _ if !kind.given() => return kind.required("pathType must be specified"),
        "Exact" | "Prefix" => {
            if !absolute {
                path.invalid_as(path.text(), "must be an absolute path");
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"] {
                if path.text().contains(part) {
                    path.invalid(&format!("must not contain '{part}'"));
                }
            }
            for end in ["/..", "/."] {
                if path.text().ends_with(end) {
                    path.invalid(&format!("cannot end with '{end}'"));
                }
            }
        }
        "ImplementationSpecific" if !path.empty() && !absolute => {
            path.invalid("must be an absolute path");
        }
        "ImplementationSpecific" => {}
        _ => kind.one_of(&["Exact", "ImplementationSpecific", "Prefix"]),
    }
    backend(&at.at("backend"));
}

fn tls(at: &Spot) {
    at.at("hosts").each(host);
    at.at("secretName").in_format_if_any(format::subdomain);
}

fn parameters(at: &Spot) {
    reference(at);
    at.at("kind").in_format_if_any(format::path_segment);
    at.at("name").in_format_if_any(format::path_segment);
    let (scope, namespace) = (at.at("scope"), at.at("namespace"));
    match scope.text() {
        _ if !scope.given() => scope.required(""),
        "Namespace" if !namespace.given() => {
            namespace.required("`parameters.scope` is set to 'Namespace'");
        }
        "Namespace" => namespace.in_format(format::label),
        "Cluster" if namespace.given() => {
            namespace.forbidden("`parameters.scope` is set to 'Cluster'");
        }
        _ => scope.one_of(&["Cluster", "Namespace"]),
    }
}

pub(super) fn controller_fixed(new: &Spot, old: &Value) {
    immutable_text(&new.at("spec.controller"), below(old, "spec.controller"));
}

/// What may come in or go out.
fn way(at: &Spot, peers: &str) {
    at.at("ports").each(policy_port);
    at.at(peers).each(peer);
}

fn policy_port(at: &Spot) {
    let (port, end) = (at.at("port"), at.at("endPort"));
    let protocol = at.at("protocol");
    if protocol.given() && !PROTOCOLS.contains(&protocol.text()) {
        protocol.unsupported(protocol.text(), &["TCP", "UDP", "SCTP"]);
    }
    match port.value() {
        Value::Null => end.given_then(|end| {
            end.invalid("may not be specified when `port` is not specified");
        }),
        Value::String(_) => {
            end.given_then(|end| end.invalid("may not be specified when `port` is non-numeric"));
            port.in_format(format::port_name);
        }
        _ => {
            rules::port(&port);
            end.given_then(|end| {
                if end.number() < port.number() {
                    end.invalid("must be greater than or equal to `port`");
                }
                rules::port(end);
            });
        }
    }
}

fn peer(at: &Spot) {
    let block = at.at("ipBlock");
    let selectors = ["podSelector", "namespaceSelector"];
    for name in selectors {
        rules::label_selector(&at.at(name));
    }
    block.given_then(ip_block);
    let others = selectors.iter().any(|name| at.at(name).given());
    if !others && !block.given() {
        at.required("must specify a peer");
    } else if others && block.given() {
        at.forbidden("may not specify both ipBlock and another peer");
    }
}

fn ip_block(at: &Spot) {
    let all = at.at("cidr");
    if all.empty() {
        // Declared.
        return;
    }
    address::cidr(&all);
    let Some((base, length)) = address::range(all.text()) else { return };
    for part in at.at("except").items() {
        address::cidr(&part);
        let Some((start, shorter)) = address::range(part.text()) else { continue };
        let inside = start.is_ipv4() == base.is_ipv4()
            && address::first(start, length) == address::first(base, length);
        if !inside || length >= shorter {
            part.invalid("must be a strict subset of `cidr`");
        }
    }
}

fn cidrs(at: &Spot, peers: &str) {
    at.at(peers).each(|peer| {
        peer.at("ipBlock").given_then(|block| rules::required(&block.at("cidr")));
    });
}

fn policy_types(at: &Spot) {
    if at.len() > 2 {
        return at.invalid("may not specify more than two policyTypes");
    }
    at.each(|one| one.one_of(&["Ingress", "Egress"]));
}
