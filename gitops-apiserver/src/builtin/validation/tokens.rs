//! Requests for tokens of service accounts, which are no objects: their metadata is not checked.
//!
//! Source: `pkg/apis/authentication/validation` of Kubernetes 1.37.

use crate::{names, status::FieldError};
use serde_json::{Map, Value};

/// The one attestation that there is.
const GROUPS: &str = "admissionReviewAPIGroups";
const SECONDS: &str = "spec.expirationSeconds";
const ATTESTATIONS: &str = "spec.attestations";

/// What is wrong with a request for a token, defaulted; nothing if it is fine.
pub fn token_request(request: &Value) -> Vec<FieldError> {
    let spec = |name: &str| request.get("spec")?.get(name).filter(|value| !value.is_null());
    let mut errors = of_seconds(spec("expirationSeconds"));
    let attestations = spec("attestations").and_then(Value::as_object);
    if !is_of_webhook(spec("boundObjectRef")) {
        if let Some(given) = attestations.filter(|given| !given.is_empty()) {
            let why = "attestations may only be specified with a webhook bound object reference";
            // Instead of all else.
            return vec![FieldError::invalid(ATTESTATIONS, given.clone(), why)];
        }
        return errors;
    }
    let audiences = spec("audiences").and_then(Value::as_array).map_or(0, Vec::len);
    if audiences != 1 {
        let given = spec("audiences").cloned().unwrap_or_default();
        let why = "must be length 1 when bound to a webhook config";
        errors.push(FieldError::invalid("spec.audiences", given, why));
    }
    errors.extend(of_attestations(attestations));
    errors
}

fn of_seconds(given: Option<&Value>) -> Vec<FieldError> {
    let seconds = given.and_then(Value::as_i64).unwrap_or_default();
    let why = match seconds {
        ..600 => "may not specify a duration less than 10 minutes",
        600..=0x1_0000_0000 => return Vec::new(),
        _ => "may not specify a duration larger than 2^32 seconds",
    };
    vec![FieldError::invalid(SECONDS, seconds, why)]
}

fn is_of_webhook(reference: Option<&Value>) -> bool {
    let text = |name: &str| reference.and_then(|of| of.get(name)).and_then(Value::as_str);
    text("apiVersion") == Some("admissionregistration.k8s.io/v1")
        && matches!(
            text("kind"),
            Some("ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration")
        )
}

fn of_attestations(given: Option<&Map<String, Value>>) -> Vec<FieldError> {
    let mut each = given.into_iter().flatten();
    let (Some((key, values)), None) = (each.next(), each.next()) else {
        let given = given.cloned().map_or(Value::Null, Value::Object);
        let why = "webhook bound requests require exactly one admissionReviewAPIGroups attestation";
        return vec![FieldError::invalid(ATTESTATIONS, given, why)];
    };
    let path = format!("{ATTESTATIONS}[{key}]");
    if key != GROUPS {
        return vec![FieldError::not_supported(&path, key.as_str(), &[GROUPS])];
    }
    let group = match values.as_array().map(Vec::as_slice) {
        Some([group]) => group.as_str().unwrap_or_default(),
        _ => {
            let why = "must specify a single value";
            return vec![FieldError::invalid(&path, values.clone(), why)];
        }
    };
    let invalid = |why: &str| FieldError::invalid(&format!("{path}[0]"), group, why);
    match group {
        "" => vec![invalid("may not be an empty string")],
        "*" => Vec::new(),
        _ => {
            let problems = names::subdomain(group).into_iter();
            problems.map(|why| invalid(&format!("must specify a valid API Group: {why}"))).collect()
        }
    }
}
