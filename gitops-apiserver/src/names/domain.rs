//! Names of domains as values of fields.

use super::{dns, messages::pattern, words::label_key};
use crate::status::FieldError;

const PATH: &str = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+";

fn invalid(field: &str, value: &str, why: &str) -> Vec<FieldError> {
    vec![FieldError::invalid(field, value, why)]
}

/// A domain of at least two segments, perhaps with a dot at its end.
pub fn fully_qualified(field: &str, name: &str) -> Vec<FieldError> {
    if name.is_empty() {
        return vec![FieldError::required(field, "")];
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let wrong = dns::subdomain(name);
    if !wrong.is_empty() {
        return invalid(field, name, &wrong.join(","));
    }
    if !name.contains('.') {
        let why = "should be a domain with at least two segments separated by dots";
        return invalid(field, name, why);
    }
    let labels = name.split('.').map(|label| (label, dns::label(label)));
    let first = labels.into_iter().find(|(_, wrong)| !wrong.is_empty());
    first.map(|(label, wrong)| invalid(field, label, &wrong.join(","))).unwrap_or_default()
}

/// A domain of at least three segments, as the names of definitions' groups once were.
pub fn three_segments(field: &str, name: &str) -> Vec<FieldError> {
    if name.is_empty() {
        return vec![FieldError::required(field, "")];
    }
    let wrong = dns::subdomain(name);
    if !wrong.is_empty() {
        return invalid(field, name, &wrong.join(","));
    }
    if name.split('.').count() < 3 {
        let why = "should be a domain with at least three segments separated by dots";
        return invalid(field, name, why);
    }
    Vec::new()
}

/// `example.com/some/path`.
pub fn domain_prefixed_path(field: &str, value: &str) -> Vec<FieldError> {
    if value.is_empty() {
        return vec![FieldError::required(field, "")];
    }
    let Some((host, path)) = value.split_once('/').filter(|(a, b)| !a.is_empty() && !b.is_empty())
    else {
        let why = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        return invalid(field, value, why);
    };
    let mut errors: Vec<FieldError> =
        dns::subdomain(host).iter().map(|why| FieldError::invalid(field, host, why)).collect();
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&b);
    if !path.bytes().all(allowed) {
        errors.push(FieldError::invalid(field, path, &pattern("Invalid path", PATH, &[])));
    }
    errors
}

/// `example.com/key`.
pub fn domain_prefixed_key(field: &str, value: &str) -> Vec<FieldError> {
    if value.is_empty() {
        return vec![FieldError::required(field, "")];
    }
    let wrong = label_key(value);
    if wrong.is_empty() && !value.contains('/') {
        let why = "must be a domain-prefixed key (such as \"acme.io/foo\")";
        return invalid(field, value, why);
    }
    wrong.iter().map(|why| FieldError::invalid(field, value, why)).collect()
}
