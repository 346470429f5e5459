//! Names of devices, of their drivers, pools and attributes.

use crate::builtin::validation::spot::{Spot, below};
use crate::builtin::validation::{format, rules, storage};
use crate::names::c_identifier;
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest name of a pool.
const POOL_MAX: usize = 253;
/// The longest name of a driver, and so of the domain of an attribute.
pub(super) const DOMAIN_MAX: usize = 63;
/// The longest name of an attribute in its domain.
pub(super) const ID_MAX: usize = 32;

/// A driver's name that is declared to be one.
pub(super) fn driver_declared(at: &Spot) {
    if at.empty() {
        return at.required("");
    }
    at.in_format(format::long_name_of_any_case);
    if at.text().chars().count() > DOMAIN_MAX {
        at.too_many_characters(DOMAIN_MAX);
    }
}

/// The same where the server counts bytes, too: those are told if there are no more characters.
pub(super) fn driver_by_bytes(at: &Spot) {
    if at.len() > DOMAIN_MAX && at.text().chars().count() <= DOMAIN_MAX {
        at.too_long(DOMAIN_MAX);
    }
}

/// A pool's name: subdomains with slashes in between.
pub(super) fn pool(at: &Spot) {
    if at.empty() {
        return at.required("");
    }
    if at.len() > POOL_MAX {
        at.too_long(POOL_MAX);
    }
    for part in at.text().split('/') {
        at.with(&part.into()).in_format(format::subdomain);
    }
}

/// A pool's name that is declared to be one.
pub(super) fn pool_declared(at: &Spot) {
    if at.empty() {
        return at.required("");
    }
    if at.len() > POOL_MAX {
        at.too_long(POOL_MAX);
    }
    for (index, part) in at.text().split('/').enumerate() {
        if part.is_empty() {
            at.invalid(&format!("segment {index}: must not be empty"));
            continue;
        }
        for problem in format::long_name(part) {
            at.invalid_as(part, &format!("segment {index}: {problem}"));
        }
    }
}

fn identifier(at: &Spot, id: &str) {
    if id.len() > ID_MAX {
        at.too_long(ID_MAX);
    }
    for problem in c_identifier(id) {
        at.invalid_as(id, &problem);
    }
}

/// The name of an attribute, which may have a domain. Those with two slashes pass.
pub(super) fn qualified(at: &Spot, name: &str) {
    match *name.split('/').collect::<Vec<_>>().as_slice() {
        [id] => identifier(at, id),
        [domain, id] => {
            if domain.is_empty() {
                at.invalid_as("", "the domain must not be empty");
            } else {
                storage::csi_driver_name(&at.with(&domain.into()));
            }
            if id.is_empty() {
                at.invalid_as("", "the name must not be empty");
            } else {
                identifier(at, id);
            }
        }
        _ => {}
    }
}

/// The name of an attribute that has a domain, as it is declared.
pub(super) fn fully_qualified_declared(at: &Spot) {
    match *at.text().split('/').collect::<Vec<_>>().as_slice() {
        [id] => identifier(at, id),
        [domain, id] => {
            if domain.is_empty() {
                at.invalid_as("", "prefix must not be empty");
            } else {
                if domain.len() > DOMAIN_MAX {
                    at.too_long(DOMAIN_MAX);
                }
                for problem in format::long_name(domain) {
                    at.invalid_as(domain, &format!("prefix: {problem}"));
                }
            }
            if id.is_empty() {
                at.invalid_as("", "name must not be empty");
            } else {
                identifier(at, id);
            }
        }
        _ => {}
    }
    if !at.text().contains('/') {
        at.invalid_as(
            at.text(),
            "a fully qualified name must be a domain and a name separated by a slash",
        );
    }
}

/// A UUID in its one form.
pub(super) fn uuid_declared(at: &Spot) {
    let sign = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    };
    if at.len() != 36 || !at.text().bytes().enumerate().all(sign) {
        at.invalid_as(at.text(), "must be a lowercase UUID in 8-4-4-4-12 format");
    }
}

/// The name of an extended resource, as it is declared.
pub(super) fn extended_resource_declared(at: &Spot) {
    let name = at.text();
    if !name.contains('/') {
        at.invalid_as(name, "a name must be a domain-prefixed path, such as 'example.com/my-prop'");
    } else if name.contains("kubernetes.io/") {
        at.invalid_as(name, "must not have \"kubernetes.io/\" domain");
    }
    if name.starts_with("requests.") {
        at.invalid_as(name, "must not have \"requests.\" prefix");
    }
    for problem in format::label_key(&format!("requests.{name}")) {
        at.invalid_as(name, &problem);
    }
}

/// The names of a claim's requests, with those of the alternatives of each.
pub(super) struct Requests<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> Requests<'a> {
    /// Those of a claim's `devices`.
    pub(super) fn of(devices: &'a Value) -> Self {
        let items = |value: &'a Value| value.as_array().into_iter().flatten();
        let name = |value: &'a Value| rules::below_text(value, "name");
        let requests = items(below(devices, "requests"));
        let with_parts = |request: &'a Value| {
            (name(request), items(below(request, "firstAvailable")).map(name).collect())
        };
        Requests(requests.map(with_parts).collect())
    }

    fn has(&self, request: &str, part: Option<&str>) -> bool {
        let found = self.0.get(request);
        found.is_some_and(|parts| part.is_none_or(|part| parts.contains(&part)))
    }

    /// A reference to one of them: `request` or `request/alternative`.
    pub(super) fn reference(&self, at: &Spot) {
        const NONE: &str = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
        let parts: Vec<&str> = at.text().split('/').collect();
        let known = match *parts.as_slice() {
            [request] => self.has(request, None),
            [request, part] => self.has(request, Some(part)),
            _ => return at.invalid_as(at.text(), NONE),
        };
        for part in parts {
            at.with(&part.into()).in_format(format::label);
        }
        if !known {
            at.invalid_as(at.text(), NONE);
        }
    }
}
