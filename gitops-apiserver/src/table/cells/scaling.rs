//! What scales, and what keeps from scaling down too far.

use super::{
    Cell::{self, Age, Name, Number, Of},
    Row, plain, text,
};
use serde_json::{Value, json};

pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    Some(match (group, kind) {
        ("autoscaling", "Scale") => {
            &[Name, Number("/spec/replicas"), Number("/status/replicas"), Age]
        }
        ("autoscaling", "HorizontalPodAutoscaler") => &[
            Name,
            Of(reference),
            Of(targets),
            Of(|row| json!(row.at("/spec/minReplicas").map_or("<unset>".to_owned(), plain))),
            Number("/spec/maxReplicas"),
            Number("/status/currentReplicas"),
            Age,
        ],
        ("policy", "PodDisruptionBudget") => &[
            Name,
            Of(|row| json!(row.at("/spec/minAvailable").map_or("N/A".to_owned(), plain))),
            Of(|row| json!(row.at("/spec/maxUnavailable").map_or("N/A".to_owned(), plain))),
            Number("/status/disruptionsAllowed"),
            Age,
        ],
        _ => return None,
    })
}

fn reference(row: &Row<'_>) -> Value {
    let to = |member: &str| row.text(&format!("/spec/scaleTargetRef/{member}"));
    json!(format!("{}/{}", to("kind"), to("name")))
}

/// `cpu: 10%/60%`, the first two of them.
fn targets(row: &Row<'_>) -> Value {
    if row.text("/apiVersion") == "autoscaling/v1" {
        return json!(target_of_v1(row));
    }
    let (specs, statuses) = (row.list("/spec/metrics"), row.list("/status/currentMetrics"));
    if specs.is_empty() {
        return json!("<none>");
    }
    let shown: Vec<String> = specs
        .iter()
        .take(2)
        .enumerate()
        .map(|(index, spec)| metric(spec, statuses.get(index).unwrap_or(&Value::Null)))
        .collect();
    let shown = shown.join(", ");
    match specs.len().saturating_sub(2) {
        0 => json!(shown),
        more => json!(format!("{shown} + {more} more...")),
    }
}

/// The first version knows one metric.
fn target_of_v1(row: &Row<'_>) -> String {
    let percent = |path: &str, none: &str| {
        row.at(path).map_or_else(|| none.to_owned(), |value| format!("{value}%"))
    };
    if row.at("/spec/targetCPUUtilizationPercentage").is_none() {
        return "<none>".to_owned();
    }
    let current = percent("/status/currentCPUUtilizationPercentage", "<unknown>");
    format!("cpu: {current}/{}", percent("/spec/targetCPUUtilizationPercentage", "<auto>"))
}

fn metric(spec: &Value, status: &Value) -> String {
    let source = match text(spec, "type") {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => return "<unknown type>".to_owned(),
    };
    let of = |from: &Value, part: &str, member: &str| {
        let found = from.get(source)?.get(part)?.get(member)?;
        (!found.is_null()).then(|| plain(found))
    };
    let target = |member: &str| of(spec, "target", member);
    let current = |member: &str| of(status, "current", member);
    let known = |current: Option<String>| current.unwrap_or_else(|| "<unknown>".to_owned());
    // A status that says nothing of what is asked for prints Go's nil.
    let there = |current: Option<String>| {
        let none = if status.get(source).is_some() { "<nil>" } else { "<unknown>" };
        current.unwrap_or_else(|| none.to_owned())
    };
    let nil = |target: Option<String>| target.unwrap_or_else(|| "<nil>".to_owned());
    match (source, target("averageValue")) {
        ("pods", average) => format!("{}/{}", there(current("averageValue")), nil(average)),
        ("external" | "object", Some(average)) => {
            format!("{}/{average} (avg)", known(current("averageValue")))
        }
        ("external" | "object", None) => {
            format!("{}/{}", there(current("value")), nil(target("value")))
        }
        (_, average) => {
            let name = spec.get(source).map_or("", |source| text(source, "name"));
            let percent = |value: Option<String>, none: &str| {
                value.map_or_else(|| none.to_owned(), |value| format!("{value}%"))
            };
            match average {
                Some(average) => format!("{name}: {}/{average}", there(current("averageValue"))),
                None => format!(
                    "{name}: {}/{}",
                    percent(current("averageUtilization"), "<unknown>"),
                    percent(target("averageUtilization"), "<auto>")
                ),
            }
        }
    }
}
