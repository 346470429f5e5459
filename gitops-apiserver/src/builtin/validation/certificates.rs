//! Certificates: requests for them, names of signers and of bundles.
//!
//! What a request or a certificate says is not looked at, only that it is one.

use super::rules::{self, below_text, same};
use super::spot::{Rule, Spot, below};
use super::{diff, format};
use crate::custom::crd::{holds_pem, is_certificate_bundle};
use crate::status::quote;
use serde_json::Value;

const USAGES: &[&str] = &[
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// A request for a certificate.
pub(super) const REQUEST: &[Rule] = &[
    ("spec.request", |at| {
        if !holds_pem(at.text(), "CERTIFICATE REQUEST") {
            at.invalid("PEM block type must be CERTIFICATE REQUEST");
        }
    }),
    ("spec.usages", rules::required),
    ("spec.usages[]", |at| at.one_of(USAGES)),
    ("spec.usages", |at| {
        let list = at.value().as_array().map(Vec::as_slice).unwrap_or_default();
        for (index, usage) in list.iter().enumerate() {
            if list.iter().take(index).any(|other| other == usage) {
                at.index(index).duplicate(usage.clone());
            }
        }
    }),
    ("spec.signerName", |at| {
        if at.text() == "kubernetes.io/legacy-unknown" {
            at.invalid("the legacy signerName is not allowed via this API version");
        } else {
            signer_name(at);
        }
    }),
    ("spec.expirationSeconds", |at| {
        if at.given() && at.number() < 600 {
            at.invalid("may not specify a duration less than 600 seconds (10 minutes)");
        }
    }),
];

/// What a changed request says of its approval and has got.
pub(super) fn request_change(new: &Spot, old: &Value) {
    change(new, old, false, false);
}

/// The same by way of `status`, which may bring the certificate.
pub(super) fn status_change(new: &Spot, old: &Value) {
    change(new, old, false, true);
}

/// The same by way of `approval`, which may approve or deny.
pub(super) fn approval_change(new: &Spot, old: &Value) {
    change(new, old, true, false);
}

fn change(new: &Spot, old: &Value, approves: bool, issues: bool) {
    let (status, before) = (new.at("status"), below(old, "status"));
    let (list, certificate) = (status.at("conditions"), status.at("certificate"));
    conditions(&list, &Value::Array(of_type(before, None)));
    let (is, was) = (certificate.text(), below_text(before, "certificate"));
    if is != was && !is.is_empty() && !is_certificate_bundle(is) {
        let why = "must contain at least one CERTIFICATE PEM block";
        certificate.invalid_as("<certificate data>", why);
    }
    for name in ["Approved", "Denied", "Failed"] {
        let (now, then) = (of_type(status.value(), Some(name)), of_type(before, Some(name)));
        if now.len() < then.len() {
            list.forbidden(&format!("updates may not remove a condition of type {}", quote(name)));
        }
    }
    for name in ["Approved", "Denied"].iter().filter(|_| !approves) {
        let (now, then) = (of_type(status.value(), Some(name)), of_type(before, Some(name)));
        if now.len() > then.len() {
            list.forbidden(&format!("updates may not add a condition of type {}", quote(name)));
        } else if now.len() == then.len() && !same(&now.clone().into(), &then.clone().into()) {
            let lines = |list: Vec<Value>| -> Vec<String> {
                let text = serde_json::to_string_pretty(&list).unwrap_or_default();
                text.lines().map(str::to_owned).collect()
            };
            let changes = diff::unified(&lines(then), &lines(now));
            let name = quote(name);
            list.forbidden(&format!(
                "updates may not modify a condition of type {name}\n{changes}"
            ));
        }
    }
    if is != was && !issues {
        certificate.forbidden("updates may not set certificate content");
    } else if is != was && !was.is_empty() {
        certificate.forbidden("updates may not modify existing certificate content");
    }
}

/// The conditions of a type, or all.
fn of_type(status: &Value, name: Option<&str>) -> Vec<Value> {
    let all = below(status, "conditions").as_array().into_iter().flatten();
    all.filter(|one| name.is_none_or(|name| below_text(one, "type") == name)).cloned().collect()
}

/// Conditions; what was wrong with the old ones may stay wrong.
fn conditions(at: &Spot, old: &Value) {
    let has = |list: &[Value], name: &str| list.iter().any(|one| below_text(one, "type") == name);
    let before = old.as_array().map(Vec::as_slice).unwrap_or_default();
    let twice = |list: &[Value]| {
        list.iter().enumerate().any(|(index, one)| {
            let earlier = list.get(..index).unwrap_or_default();
            has(earlier, below_text(one, "type"))
        })
    };
    let list = at.value().as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, condition) in list.iter().enumerate() {
        let item = at.index(index);
        let earlier = list.get(..index).unwrap_or_default();
        let name = below_text(condition, "type");
        if name.is_empty() && !has(before, "") {
            item.at("type").required("");
        }
        let status = item.at("status");
        if matches!(name, "Approved" | "Denied" | "Failed") {
            status.required_one_of(&["True"]);
        } else {
            status.required_one_of(&["False", "True", "Unknown"]);
        }
        let rival = match name {
            "Approved" => "Denied",
            "Denied" => "Approved",
            _ => "-",
        };
        if has(earlier, rival) && !(has(before, "Approved") && has(before, "Denied")) {
            at.invalid_as(name, "Approved and Denied conditions are mutually exclusive");
        }
        if has(earlier, name) && !twice(before) {
            item.at("type").duplicate(name);
        }
    }
}

/// What is wrong with a bundle's name. One with a colon starts with its signer's.
pub(super) fn bundle_name_problems(name: &str, masked: &str) -> Vec<String> {
    // `example.com:signer:name` is a bundle of `example.com/signer`.
    let own = match masked.rsplit_once(':') {
        Some((signer, own)) if signer.contains(':') || name.contains(':') => own,
        _ => masked,
    };
    format::subdomain(own)
}

/// The name of a signer: `example.com/signer`.
pub(super) fn signer_name(at: &Spot) {
    let text = at.text();
    let parts: Vec<&str> = text.split('/').collect();
    let (domain, path) =
        match *parts.as_slice() {
            [""] => return at.required(""),
            [domain, path] => (domain, path),
            _ => return at.invalid(
                "must be a fully qualified domain and path of the form 'example.com/signer-name'",
            ),
        };
    if domain.len() > 253 {
        at.too_long(253);
    }
    let labels = |part: &str, form: format::Format| {
        let bad = part.split('.').map(|label| (label, form(label)));
        if let Some((label, problems)) = bad.into_iter().find(|(_, bad)| !bad.is_empty()) {
            for problem in problems {
                at.invalid_as(part, &format!("validating label {}: {problem}", quote(label)));
            }
        }
    };
    labels(domain, format::label);
    if !domain.contains('.') {
        at.invalid_as(domain, "should be a domain with at least two segments separated by dots");
    }
    labels(path, format::subdomain);
    if text.len() > 253 + 1 + 253 + 1 + 63 {
        at.too_long(253 + 1 + 253 + 1 + 63);
    }
}
