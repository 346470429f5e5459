//! Who may do what: bindings, certificates, admission; and what there is: definitions.

use super::{
    Cell::{self, Age, Count, Labels, Name, Of, Text, TextOr},
    Row, text,
};
use crate::table::{human, selector};
use serde_json::{Value, json};

const BINDING: &[Cell] = &[
    Name,
    Of(role),
    Age,
    Of(|row| subjects(row, "User")),
    Of(|row| subjects(row, "Group")),
    Of(|row| subjects(row, "ServiceAccount")),
];

pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    Some(match (group, kind) {
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => BINDING,
        ("certificates.k8s.io", "CertificateSigningRequest") => &[
            Name,
            Age,
            TextOr("/spec/signerName", "<none>"),
            Text("/spec/username"),
            Of(requested),
            Of(signing),
        ],
        ("certificates.k8s.io", "ClusterTrustBundle") => {
            &[Name, TextOr("/spec/signerName", "<none>")]
        }
        ("certificates.k8s.io", "PodCertificateRequest") => &[
            Name,
            Text("/spec/podName"),
            Text("/spec/serviceAccountName"),
            Text("/spec/nodeName"),
            Text("/spec/signerName"),
            Of(pod_certificate),
            Labels("/spec/unverifiedUserAnnotations"),
        ],
        (
            "admissionregistration.k8s.io",
            "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
        ) => &[Name, Count("/webhooks"), Age],
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => {
            &[Name, Count("/spec/validations"), Of(parameter_kind), Age]
        }
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy") => {
            &[Name, Count("/spec/mutations"), Of(parameter_kind), Age]
        }
        (
            "admissionregistration.k8s.io",
            "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding",
        ) => &[Name, Text("/spec/policyName"), Of(parameter), Age],
        ("apiextensions.k8s.io", "CustomResourceDefinition") => &[
            Name,
            Text("/spec/scope"),
            Of(versions),
            Text("/metadata/creationTimestamp"),
            Text("/spec/group"),
            Text("/spec/names/kind"),
            Of(|row| json!(selector::strings(row.at("/spec/names/shortNames")).join(","))),
            Of(established),
        ],
        _ => return None,
    })
}

/// The served versions, sorted as text.
fn versions(row: &Row<'_>) -> Value {
    let is = |version: &Value, member: &str| version.get(member) == Some(&Value::Bool(true));
    let served = row.list("/spec/versions").iter().filter(|version| is(version, "served"));
    let mut shown: Vec<String> = served
        .map(|version| match is(version, "storage") {
            true => format!("{}(storage)", text(version, "name")),
            false => text(version, "name").to_owned(),
        })
        .collect();
    shown.sort();
    json!(shown.join(","))
}

fn established(row: &Row<'_>) -> Value {
    json!(row.condition("Established").is_some_and(|one| text(one, "status") == "True"))
}

fn role(row: &Row<'_>) -> Value {
    json!(format!("{}/{}", row.text("/roleRef/kind"), row.text("/roleRef/name")))
}

fn subjects(row: &Row<'_>, kind: &str) -> Value {
    let subjects = row.list("/subjects").iter().filter(|one| text(one, "kind") == kind);
    let names = subjects.map(|one| match kind {
        "ServiceAccount" => format!("{}/{}", text(one, "namespace"), text(one, "name")),
        _ => text(one, "name").to_owned(),
    });
    json!(Vec::from_iter(names).join(", "))
}

fn requested(row: &Row<'_>) -> Value {
    match row.at("/spec/expirationSeconds").and_then(Value::as_i64) {
        Some(seconds) => json!(human::seconds(seconds)),
        None => json!("<none>"),
    }
}

fn signing(row: &Row<'_>) -> Value {
    let has = |kind: &str| row.condition(kind).is_some();
    let mut status = match () {
        () if has("Denied") => "Denied",
        () if has("Approved") => "Approved",
        () => "Pending",
    }
    .to_owned();
    if has("Failed") {
        status.push_str(",Failed");
    }
    if !row.text("/status/certificate").is_empty() {
        status.push_str(",Issued");
    }
    json!(status)
}

fn pod_certificate(row: &Row<'_>) -> Value {
    let conditions = row.list("/status/conditions").iter().rev();
    let mut kinds = conditions.map(|one| text(one, "type"));
    json!(kinds.find(|kind| matches!(*kind, "Issued" | "Denied" | "Failed")).unwrap_or("Pending"))
}

fn parameter_kind(row: &Row<'_>) -> Value {
    let of = |member: &str| row.text(&format!("/spec/paramKind/{member}"));
    match row.at("/spec/paramKind") {
        None => json!("<unset>"),
        Some(_) => json!(format!("{}/{}", of("apiVersion"), of("kind"))),
    }
}

/// Whether the parameter's kind has namespaces can't be told from here.
fn parameter(row: &Row<'_>) -> Value {
    let of = |member: &str| row.text(&format!("/spec/paramRef/{member}"));
    json!(match (of("namespace"), of("name"), row.at("/spec/paramRef/selector")) {
        (_, "", Some(selector)) => selector::go(selector),
        (_, "", None) => "<unset>".to_owned(),
        ("", name, _) => format!("*/{name}"),
        (namespace, name, _) => format!("{namespace}/{name}"),
    })
}
