//! Where a webhook is found: a URL, or a path of a service.

use super::{port_number, subdomain};
use crate::status::FieldError;
use serde_json::Value;

const FORM: &str = "; desired format: https://host[/path]";

/// What is wrong with the URL of a webhook, which stands at `field`.
pub(crate) fn webhook_url(url: &str, field: &str) -> Vec<FieldError> {
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
    let mut errors = Vec::new();
    let mut refuse = |bad: &str, detail: String| {
        errors.push(FieldError::invalid(field, bad, &detail));
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
    errors
}

/// What is wrong with the service of a webhook, which stands at `field`.
pub(crate) fn webhook_service(service: &Value, field: &str) -> Vec<FieldError> {
    let text = |name: &str| service.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut errors = Vec::new();
    // The server mixes up the two.
    for (given, missing) in [("namespace", "name"), ("name", "namespace")] {
        if text(given).is_empty() {
            errors.push(FieldError::required(&format!("{field}.{missing}"), ""));
        }
    }
    let port = service.get("port").and_then(Value::as_i64).unwrap_or_default();
    let problems = port_number(port);
    if !problems.is_empty() {
        let detail = format!("port is not valid: {}", problems.join(", "));
        errors.push(FieldError::invalid(&format!("{field}.port"), port, &detail));
    }
    if let Some(path) = service.get("path").and_then(Value::as_str) {
        let problems = path_problems(path).into_iter();
        let at = format!("{field}.path");
        errors.extend(problems.map(|problem| FieldError::invalid(&at, path, &problem)));
    }
    errors
}

fn path_problems(path: &str) -> Vec<String> {
    let mut problems = Vec::new();
    match path {
        "" | "/" => return problems,
        "//" => return vec!["segment[0] may not be empty".to_owned()],
        other if !other.starts_with('/') => problems.push("must start with a '/'".to_owned()),
        _ => {}
    }
    let mut rest = path.chars();
    rest.next();
    let rest = rest.as_str();
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    for (index, step) in rest.split('/').enumerate() {
        if step.is_empty() {
            problems.push(format!("segment[{index}] may not be empty"));
        } else {
            let wrong = subdomain(step).into_iter();
            problems.extend(wrong.map(|problem| format!("segment[{index}]: {problem}")));
        }
    }
    problems
}
