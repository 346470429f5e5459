//! Conversion between versions.

use crate::{
    custom::{definition::text_of, path, wording},
    names::{label_1035, webhook_service, webhook_url},
    status::{Bad, FieldError},
};
use base64::Engine as _;
use serde_json::Value;

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
        (Some(url), None) => errors.extend(webhook_url(url, &path::child(at, "url"))),
        (None, Some(service)) => {
            errors.extend(webhook_service(service, &path::child(at, "service")));
        }
        _ => errors.push(FieldError::required(at, "exactly one of url or service is required")),
    }
    let bundle = text_of(client, "caBundle");
    if !bundle.is_empty() && !any_bundle && !is_certificate_bundle(&bundle) {
        let detail = "unable to load root certificates: unable to parse bytes as PEM block";
        let bad = Bad::Text(wording::json(&bundle.into()));
        errors.push(FieldError::invalid(&path::child(at, "caBundle"), bad, detail));
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
    holds_pem(bundle, "CERTIFICATE")
}

/// Whether base64 holds something in PEM that has this label.
pub(crate) fn holds_pem(bundle: &str, label: &str) -> bool {
    let engine = base64::engine::general_purpose::STANDARD;
    let Ok(bytes) = engine.decode(bundle) else { return false };
    let text = String::from_utf8_lossy(&bytes);
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let body = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end));
    body.is_some_and(|(body, _)| {
        let body: String = body.split_whitespace().collect();
        engine.decode(body).is_ok_and(|certificate| certificate.first() == Some(&0x30))
    })
}
