//! The cluster itself: nodes, namespaces, configuration, quotas, leases, priorities.

use super::{
    Cell::{self, Age, Count, Flag, Name, Number, Of, Text, TextOr},
    Row, plain, text,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    Some(match (group, kind) {
        ("", "Namespace") => &[Name, Text("/status/phase"), Age],
        ("", "Secret") => &[Name, Text("/type"), Count("/data"), Age],
        ("", "ConfigMap") => {
            &[Name, Of(|row| json!(row.count("/data") + row.count("/binaryData"))), Age]
        }
        ("", "ServiceAccount") => &[Name, Age],
        ("", "ResourceQuota") => {
            &[Name, Of(|row| used(row, false)), Of(|row| used(row, true)), Age]
        }
        ("", "ComponentStatus") => &[
            Name,
            Of(health),
            Of(|row| json!(healthy(row).map_or("", |one| text(one, "message")))),
            Of(|row| json!(healthy(row).map_or("", |one| text(one, "error")))),
        ],
        ("", "Node") => &[
            Name,
            Of(node_status),
            Of(roles),
            Age,
            Text("/status/nodeInfo/kubeletVersion"),
            Of(|row| address(row, "InternalIP")),
            Of(|row| address(row, "ExternalIP")),
            TextOr("/status/nodeInfo/osImage", "<unknown>"),
            Of(kernel),
            TextOr("/status/nodeInfo/containerRuntimeVersion", "<unknown>"),
        ],
        ("coordination.k8s.io", "Lease") => &[Name, Text("/spec/holderIdentity"), Age],
        ("scheduling.k8s.io", "PriorityClass") => {
            &[Name, Number("/value"), Flag("/globalDefault", false), Age, Text("/preemptionPolicy")]
        }
        ("node.k8s.io", "RuntimeClass") => &[Name, Text("/handler"), Age],
        ("flowcontrol.apiserver.k8s.io", "FlowSchema") => &[
            Name,
            Text("/spec/priorityLevelConfiguration/name"),
            Number("/spec/matchingPrecedence"),
            TextOr("/spec/distinguisherMethod/type", "<none>"),
            Age,
            Of(|row| json!(row.condition("Dangling").map_or("?", |one| text(one, "status")))),
        ],
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration") => &[
            Name,
            Text("/spec/type"),
            Of(|row| limit(row, "/spec/limited", "/nominalConcurrencyShares")),
            Of(|row| limit(row, "/spec/limited/limitResponse/queuing", "/queues")),
            Of(|row| limit(row, "/spec/limited/limitResponse/queuing", "/handSize")),
            Of(|row| limit(row, "/spec/limited/limitResponse/queuing", "/queueLengthLimit")),
            Age,
        ],
        ("storagemigration.k8s.io", "StorageVersionMigration") => {
            &[Name, Of(migrated), Of(migration)]
        }
        ("apiregistration.k8s.io", "APIService") => &[Name, Of(service), Of(available), Age],
        _ => return None,
    })
}

/// `pods: 1/10`, of requests or of limits.
fn used(row: &Row<'_>, limits: bool) -> Value {
    let hard = row.at("/status/hard").and_then(Value::as_object).into_iter().flatten();
    let hard = hard.filter(|(name, _)| name.starts_with("limits.") == limits);
    let shown = hard.map(|(name, hard)| {
        let used = row.at("/status/used").and_then(|used| used.get(name));
        format!("{name}: {}/{}", used.map_or_else(|| "0".to_owned(), plain), plain(hard))
    });
    json!(Vec::from_iter(shown).join(", "))
}

fn healthy<'a>(row: &Row<'a>) -> Option<&'a Value> {
    row.list("/conditions").iter().find(|one| text(one, "type") == "Healthy")
}

fn health(row: &Row<'_>) -> Value {
    json!(match healthy(row).map(|one| text(one, "status")) {
        None => "Unknown",
        Some("True") => "Healthy",
        Some(_) => "Unhealthy",
    })
}

fn node_status(row: &Row<'_>) -> Value {
    let conditions = row.list("/status/conditions").iter().rev();
    let ready = conditions.into_iter().find(|one| text(one, "type") == "Ready");
    let ready = match ready.map(|one| text(one, "status")) {
        None => "Unknown",
        Some("True") => "Ready",
        Some(_) => "NotReady",
    };
    match row.at("/spec/unschedulable") {
        Some(Value::Bool(true)) => json!(format!("{ready},SchedulingDisabled")),
        _ => json!(ready),
    }
}

/// Roles by both conventions of labels.
fn roles(row: &Row<'_>) -> Value {
    let labels = row.at("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    let roles = labels.filter_map(|(key, value)| match key.as_str() {
        "kubernetes.io/role" => value.as_str(),
        key => key.strip_prefix("node-role.kubernetes.io/"),
    });
    let roles: BTreeSet<&str> = roles.filter(|role| !role.is_empty()).collect();
    json!(if roles.is_empty() { "<none>".to_owned() } else { Vec::from_iter(roles).join(",") })
}

fn address(row: &Row<'_>, kind: &str) -> Value {
    let mut addresses = row.list("/status/addresses").iter();
    let found = addresses.find(|address| text(address, "type") == kind);
    json!(found.map_or("<none>", |address| text(address, "address")))
}

fn kernel(row: &Row<'_>) -> Value {
    let version = row.text_or("/status/nodeInfo/kernelVersion", "<unknown>");
    match row.text("/status/nodeInfo/architecture") {
        "" => json!(version),
        architecture => json!(format!("{version} ({architecture})")),
    }
}

/// A number of what is there, or `<none>` where it isn't.
fn limit(row: &Row<'_>, of: &str, path: &str) -> Value {
    match row.at(of) {
        None => json!("<none>"),
        Some(_) => json!(row.number(&format!("{of}{path}"))),
    }
}

fn migrated(row: &Row<'_>) -> Value {
    let of = |member: &str| row.text(&format!("/spec/resource/{member}"));
    json!(match of("group") {
        "" => of("resource").to_owned(),
        group => format!("{}.{group}", of("resource")),
    })
}

fn migration(row: &Row<'_>) -> Value {
    let conditions = row.list("/status/conditions").iter().rev();
    let true_ones = conditions.filter(|one| text(one, "status") == "True");
    let mut kinds = true_ones.map(|one| text(one, "type"));
    json!(
        kinds.find(|kind| matches!(*kind, "Running" | "Failed" | "Succeeded")).unwrap_or("Unknown")
    )
}

fn service(row: &Row<'_>) -> Value {
    let of = |member: &str| row.text(&format!("/spec/service/{member}"));
    match row.at("/spec/service") {
        None => json!("Local"),
        Some(_) => json!(format!("{}/{}", of("namespace"), of("name"))),
    }
}

fn available(row: &Row<'_>) -> Value {
    let Some(condition) = row.condition("Available") else { return json!("Unknown") };
    match (text(condition, "status"), text(condition, "reason")) {
        ("True", _) => json!("True"),
        (status, "") => json!(status),
        (status, reason) => json!(format!("{status} ({reason})")),
    }
}
