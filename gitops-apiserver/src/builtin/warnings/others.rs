//! Kinds of which there is one thing to say.

use crate::{builtin::defaults::field, names::Quantity, object};
use serde_json::Value;

pub(super) fn account(object: &Value) -> Option<String> {
    let key = "kubernetes.io/enforce-mountable-secrets";
    object::meta_value(object, "annotations")?.get(key)?;
    Some(format!(
        "metadata.annotations[{key}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"
    ))
}

pub(super) fn driver(object: &Value) -> Option<String> {
    let unset = field::get(object, "spec.serviceAccountTokenInSecrets").is_none();
    (unset && !field::items(object, "spec.tokenRequests").is_empty()).then(|| {
        "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes".to_owned()
    })
}

pub(super) fn has_same_tokens(driver: &Value, other: &Value) -> bool {
    let place = "spec.tokenRequests";
    field::items(driver, place) == field::items(other, place)
}

pub(super) fn ingress(object: &Value) -> Option<String> {
    let key = "kubernetes.io/ingress.class";
    object::meta_value(object, "annotations")?.get(key)?;
    field::get(object, "spec.ingressClassName").is_none().then(|| {
        format!("annotation \"{key}\" is deprecated, please use 'spec.ingressClassName' instead")
    })
}

/// A Job, or what a CronJob makes Jobs of, that is too large to be followed.
pub(super) fn job(object: &Value, at: &str) -> Option<String> {
    let spec = field::get(object, at)?;
    let large = field::text(spec, "completionMode") == "Indexed"
        && field::number(spec, "completions") > 100_000
        && field::number(spec, "parallelism") > 10_000;
    large.then(|| {
        format!("{at}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail")
    })
}

/// Requests that are above their limits.
pub(super) fn quota(object: &Value) -> Vec<String> {
    let amount = |name: &str| {
        let amount = field::get(object, "spec.hard")?.get(name)?.as_str()?;
        Some((name.to_owned(), Quantity::parse(amount).ok()?))
    };
    let told = ["cpu", "memory", "ephemeral-storage"].into_iter().filter_map(|of| {
        let plain = || amount(of).filter(|_| of != "ephemeral-storage");
        let (request, requested) = amount(&format!("requests.{of}")).or_else(plain)?;
        let (limit, limited) = amount(&format!("limits.{of}"))?;
        (requested > limited).then(|| {
            format!("ResourceQuota {request} ({requested}) should be less than {limit} ({limited})")
        })
    });
    told.collect()
}

pub(super) fn slice(object: &Value) -> Vec<String> {
    let driver = field::text(object, "spec.driver");
    let told = (driver != driver.to_lowercase()).then(|| {
        format!("spec.driver: driver names should be lowercase; \"{driver}\" contains uppercase characters")
    });
    told.into_iter().collect()
}

/// What no webhook is ever called for, by group.
const UNSEEN: [(&str, &[&str]); 2] = [
    ("authentication.k8s.io", &["selfsubjectreviews", "tokenreviews"]),
    (
        "authorization.k8s.io",
        &[
            "localsubjectaccessreviews",
            "selfsubjectaccessreviews",
            "selfsubjectrulesreviews",
            "subjectaccessreviews",
        ],
    ),
];

/// Rules of webhooks that name what they are never called for.
pub(super) fn webhooks(object: &Value) -> Vec<String> {
    let mut told = Vec::new();
    for (index, webhook) in field::items(object, "webhooks").iter().enumerate() {
        for (nth, rule) in field::items(webhook, "rules").iter().enumerate() {
            let at = format!("webhooks[{index}].rules[{nth}]");
            told.extend(unseen(rule).into_iter().map(|what| {
                format!(
                    "{at}: {what} is excluded from admission webhooks; this rule will have no effect"
                )
            }));
        }
    }
    told
}

fn unseen(rule: &Value) -> Vec<String> {
    let texts = |list: &str| -> Vec<&str> {
        field::items(rule, list).iter().filter_map(Value::as_str).collect()
    };
    let (groups, resources) = (texts("apiGroups"), texts("resources"));
    if groups.contains(&"*") || resources.contains(&"*") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for group in groups {
        let unseen = UNSEEN.iter().find(|(of, _)| *of == group).map_or(&[][..], |(_, all)| all);
        for resource in resources.iter().filter(|resource| unseen.contains(resource)) {
            let shown = format!("{resource}.{group}");
            if !found.contains(&shown) {
                found.push(shown);
            }
        }
    }
    found
}
