//! Conversion between versions.

use crate::{
    custom::{definition::text_of, path, wording},
    names::{label_1035, port_number, subdomain},
    status::{Bad, FieldError},
};
use base64::Engine as _;
use serde_json::Value;

const FORM: &str = "; desired format: https://host[/path]";

/// Validates `conversion`.
pub(super) fn validate(conversion: Option<&Value>, any_bundle: bool) -> Vec<FieldError> {
    let at = "spec.conversion";
    let mut errors = Vec::new();
    let Some(conversion) = conversion.filter(|one| one.is_object()) else { return errors };
    let strategy = text_of(conversion, "strategy");
    let strategy_at = path::child(at, "strategy");
    match &*strategy {
        "" => errors.push(FieldError::required(&strategy_at, "")),
        "None" | "Webhook" => {}
        other => {
            errors.push(FieldError::not_supported(&strategy_at, other, &["None", "Webhook"]));
        }
    }
    let webhook = conversion.get("webhook").filter(|webhook| webhook.is_object());
    let client =
        webhook.and_then(|webhook| webhook.get("clientConfig")).filter(|one| one.is_object());
    let reviews = webhook.and_then(|webhook| webhook.get("conversionReviewVersions"));
    let reviews = reviews.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let client_at = path::child(at, "webhookClientConfig");
    let reviews_at = path::child(at, "conversionReviewVersions");
    if strategy == "Webhook" {
        match client {
            None => {
                let detail = "required when strategy is set to Webhook";
                errors.push(FieldError::required(&client_at, detail));
            }
            Some(client) => client_config(client, any_bundle, &client_at, &mut errors),
        }
        review_versions(reviews, &reviews_at, &mut errors);
    } else {
        let detail = "should not be set when strategy is not set to Webhook";
        if client.is_some() {
            errors.push(FieldError::forbidden(&client_at, detail));
        }
        if !reviews.is_empty() {
            errors.push(FieldError::forbidden(&reviews_at, detail));
        }
    }
    errors
}

fn client_config(client: &Value, any_bundle: bool, at: &str, errors: &mut Vec<FieldError>) {
    let url = client.get("url").and_then(Value::as_str);
    let service = client.get("service").filter(|service| service.is_object());
    match (url, service) {
        (Some(url), None) => check_url(url, &path::child(at, "url"), errors),
        (None, Some(service)) => check_service(service, &path::child(at, "service"), errors),
        _ => errors.push(FieldError::required(at, "exactly one of url or service is required")),
    }
    let bundle = text_of(client, "caBundle");
    if !bundle.is_empty() && !any_bundle && !is_certificate_bundle(&bundle) {
        let detail = "unable to load root certificates: unable to parse bytes as PEM block";
        let bad = Bad::Text(wording::json(&bundle.into()));
        errors.push(FieldError::invalid(&path::child(at, "caBundle"), bad, detail));
    }
}

fn check_url(url: &str, at: &str, errors: &mut Vec<FieldError>) {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, rest))
            if scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) =>
        {
            (scheme.to_lowercase(), rest)
        }
        _ => (String::new(), rest),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = rest.strip_prefix("//").map_or("", |rest| rest.split('/').next().unwrap_or(""));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let mut refuse = |bad: &str, detail: String| {
        errors.push(FieldError::invalid(at, bad, &detail));
    };
    if scheme != "https" {
        refuse(&scheme, format!("'https' is the only allowed URL scheme{FORM}"));
    }
    if host.is_empty() {
        refuse(host, format!("host must be specified{FORM}"));
    }
    if let Some(user) = user {
        refuse(user, "user information is not permitted in the URL".to_owned());
    }
    if !fragment.is_empty() {
        refuse(fragment, "fragments are not permitted in the URL".to_owned());
    }
    if !query.is_empty() {
        refuse(query, "query parameters are not permitted in the URL".to_owned());
    }
}

fn check_service(service: &Value, at: &str, errors: &mut Vec<FieldError>) {
    // The server mixes up the two.
    for (given, missing) in [("namespace", "name"), ("name", "namespace")] {
        if text_of(service, given).is_empty() {
            errors.push(FieldError::required(&path::child(at, missing), ""));
        }
    }
    let port = service.get("port").and_then(Value::as_i64).unwrap_or_default();
    let problems = port_number(port);
    if !problems.is_empty() {
        let detail = format!("port is not valid: {}", problems.join(", "));
        errors.push(FieldError::invalid(&path::child(at, "port"), port, &detail));
    }
    let Some(url_path) = service.get("path").and_then(Value::as_str) else { return };
    let mut refuse = |detail: String| {
        errors.push(FieldError::invalid(&path::child(at, "path"), url_path, &detail));
    };
    match url_path {
        "" | "/" => return,
        "//" => return refuse("segment[0] may not be empty".to_owned()),
        other if !other.starts_with('/') => refuse("must start with a '/'".to_owned()),
        _ => {}
    }
    let mut rest = url_path.chars();
    rest.next();
    let rest = rest.as_str();
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    for (index, step) in rest.split('/').enumerate() {
        if step.is_empty() {
            refuse(format!("segment[{index}] may not be empty"));
            continue;
        }
        for problem in subdomain(step) {
            refuse(format!("segment[{index}]: {problem}"));
        }
    }
}

fn review_versions(versions: &[Value], at: &str, errors: &mut Vec<FieldError>) {
    if versions.is_empty() {
        return errors.push(FieldError::required(at, ""));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, version) in versions.iter().enumerate() {
        let version = version.as_str().unwrap_or_default();
        let field = path::index(at, index);
        if seen.contains(&version) {
            errors.push(FieldError::invalid(&field, version, "duplicate version"));
            continue;
        }
        seen.push(version);
        for problem in label_1035(version) {
            errors.push(FieldError::invalid(&field, version, &problem));
        }
    }
    if !seen.iter().any(|version| matches!(*version, "v1" | "v1beta1")) {
        let detail = "must include at least one of v1, v1beta1";
        errors.push(FieldError::invalid(at, versions.to_vec(), detail));
    }
}

/// Whether an update may have a bundle that can't be read: if nothing is established yet, or the
/// old one can't be read either.
pub(super) fn allows_bad_bundle(old: &Value, established: bool) -> bool {
    let bundle = old.pointer("/spec/conversion/webhook/clientConfig/caBundle");
    let bundle = bundle.and_then(Value::as_str).unwrap_or_default();
    !established || (!bundle.is_empty() && !is_certificate_bundle(bundle))
}

/// Whether base64 holds a certificate in PEM. What the certificate says is not looked at.
pub(crate) fn is_certificate_bundle(bundle: &str) -> bool {
    let engine = base64::engine::general_purpose::STANDARD;
    let Ok(bytes) = engine.decode(bundle) else { return false };
    let text = String::from_utf8_lossy(&bytes);
    let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
    let body = text.split_once(begin).and_then(|(_, rest)| rest.split_once(end));
    body.is_some_and(|(body, _)| {
        let body: String = body.split_whitespace().collect();
        engine.decode(body).is_ok_and(|certificate| certificate.first() == Some(&0x30))
    })
}
