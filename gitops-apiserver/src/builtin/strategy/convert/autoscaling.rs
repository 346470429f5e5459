//! HorizontalPodAutoscalers: `autoscaling/v1` has one field for CPU and annotations for the rest.

use super::{annotations, metrics};
use crate::builtin::defaults::field;
use serde_json::{Value, json};

const CPU: &str = "spec.targetCPUUtilizationPercentage";
const CURRENT_CPU: &str = "status.currentCPUUtilizationPercentage";

/// What both versions have.
const COMMON: [&str; 7] = [
    "spec.scaleTargetRef",
    "spec.minReplicas",
    "spec.maxReplicas",
    "status.observedGeneration",
    "status.lastScaleTime",
    "status.currentReplicas",
    "status.desiredReplicas",
];

fn start(object: &Value, api_version: &str) -> Value {
    let mut out = json!({"apiVersion": api_version, "kind": "HorizontalPodAutoscaler"});
    field::copy(&mut out, "metadata", &annotations::without(object));
    for path in COMMON {
        if field::get(object, path).is_some() {
            field::copy(&mut out, path, object);
        }
    }
    out
}

/// Whether it is the metric that `autoscaling/v1` has a field for.
fn cpu_share<'a>(metric: &'a Value, path: &str) -> Option<&'a Value> {
    let is_cpu =
        field::text(metric, "type") == "Resource" && field::text(metric, "resource.name") == "cpu";
    field::get(metric, path).filter(|_| is_cpu)
}

pub(super) fn to_v1(object: &Value) -> Value {
    let mut out = start(object, "autoscaling/v1");
    let wanted = "resource.target.averageUtilization";
    let all = field::items(object, "spec.metrics");
    if let Some(share) = all.iter().find_map(|metric| cpu_share(metric, wanted)) {
        field::put(&mut out, CPU, share.clone());
    }
    let others: Vec<&Value> = all.iter().filter(|one| cpu_share(one, wanted).is_none()).collect();
    if !others.is_empty() {
        let text = metrics::to_old(metrics::SPECS, &others);
        annotations::write(&mut out, annotations::METRICS, text);
    }
    let current: Vec<&Value> = field::items(object, "status.currentMetrics").iter().collect();
    let measured = "resource.current.averageUtilization";
    if let Some(share) = current.iter().rev().find_map(|one| cpu_share(one, measured)) {
        field::put(&mut out, CURRENT_CPU, share.clone());
    }
    if !current.is_empty() {
        let text = metrics::to_old(metrics::STATUSES, &current);
        annotations::write(&mut out, annotations::CURRENT_METRICS, text);
    }
    if let Some(behavior) = field::get(object, "spec.behavior") {
        let text = behavior_text(behavior);
        annotations::write(&mut out, annotations::BEHAVIOR, text);
    }
    let conditions = field::items(object, "status.conditions");
    if !conditions.is_empty() {
        let all: Vec<String> = conditions.iter().map(condition_text).collect();
        let text = format!("[{}]", all.join(","));
        annotations::write(&mut out, annotations::CONDITIONS, text);
    }
    for path in ["status.currentReplicas", "status.desiredReplicas"] {
        if field::get(&out, path).is_none() {
            field::put(&mut out, path, 0);
        }
    }
    out
}

pub(super) fn to_v2(object: &Value) -> Value {
    let mut out = start(object, "autoscaling/v2");
    let mut wanted: Vec<Value> = list(object, annotations::METRICS)
        .iter()
        .map(|metric| metrics::to_new(metrics::SPECS, metric))
        .collect();
    if let Some(share) = field::get(object, CPU) {
        wanted.push(cpu(json!({"type": "Utilization", "averageUtilization": share})));
    }
    if wanted.is_empty() {
        wanted.push(cpu(json!({"type": "Utilization", "averageUtilization": 80})));
    }
    field::put(&mut out, "spec.metrics", wanted);
    if let Some(behavior) = annotations::read(object, annotations::BEHAVIOR) {
        let behavior = new_behavior(&behavior);
        if !field::is_zero(&behavior) {
            field::put(&mut out, "spec.behavior", behavior);
        }
    }
    let mut current: Vec<Value> = list(object, annotations::CURRENT_METRICS)
        .iter()
        .map(|metric| metrics::to_new(metrics::STATUSES, metric))
        .collect();
    if let Some(share) = field::get(object, CURRENT_CPU).filter(|_| current.is_empty()) {
        let resource = json!({"name": "cpu", "current": {"averageUtilization": share}});
        current.push(json!({"type": "Resource", "resource": resource}));
    }
    let current = if current.is_empty() { Value::Null } else { current.into() };
    field::put(&mut out, "status.currentMetrics", current);
    let conditions = list(object, annotations::CONDITIONS);
    if !conditions.is_empty() {
        field::put(&mut out, "status.conditions", conditions);
    }
    if field::is_empty(&out, "status.currentReplicas") {
        field::take(&mut out, "status.currentReplicas");
    }
    out
}

fn list(object: &Value, annotation: &str) -> Vec<Value> {
    match annotations::read(object, annotation) {
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => items,
        _ => Vec::new(),
    }
}

fn cpu(target: Value) -> Value {
    json!({"type": "Resource", "resource": {"name": "cpu", "target": target}})
}

/// Names of the fields of behaviours as the annotation has them: the internal type's own.
const RULES: [(&str, &str); 4] = [
    ("StabilizationWindowSeconds", "stabilizationWindowSeconds"),
    ("SelectPolicy", "selectPolicy"),
    ("Policies", "policies"),
    ("Tolerance", "tolerance"),
];
const POLICY: [(&str, &str); 3] =
    [("Type", "type"), ("Value", "value"), ("PeriodSeconds", "periodSeconds")];
const DIRECTIONS: [(&str, &str); 2] = [("ScaleUp", "scaleUp"), ("ScaleDown", "scaleDown")];

fn behavior_text(behavior: &Value) -> String {
    let policy = |policy: &Value| {
        let parts = POLICY.iter().map(|(old, new)| (*old, policy[*new].to_string()));
        metrics::joined(parts.collect())
    };
    let rules = |rules: &Value| {
        let parts = RULES.iter().map(|(old, new)| {
            let text = match rules.get(*new) {
                Some(Value::Array(all)) => {
                    let all: Vec<String> = all.iter().map(policy).collect();
                    format!("[{}]", all.join(","))
                }
                value => value.map_or("null".to_owned(), Value::to_string),
            };
            (*old, text)
        });
        metrics::joined(parts.collect())
    };
    let parts = DIRECTIONS
        .iter()
        .map(|(old, new)| (*old, field::get(behavior, new).map_or("null".to_owned(), rules)));
    metrics::joined(parts.collect())
}

fn new_behavior(old: &Value) -> Value {
    let renamed = |value: &Value, names: &[(&str, &str)]| {
        let mut out = json!({});
        for (from, to) in names {
            if let Some(value) = field::get(value, from) {
                field::put(&mut out, to, value.clone());
            }
        }
        out
    };
    let mut out = renamed(old, &DIRECTIONS);
    for (_, direction) in DIRECTIONS {
        let Some(rules) = field::get_mut(&mut out, direction) else { continue };
        *rules = renamed(rules, &RULES);
        for policy in field::items_mut(rules, "policies") {
            *policy = renamed(policy, &POLICY);
        }
    }
    out
}

fn condition_text(condition: &Value) -> String {
    let time = condition.get("lastTransitionTime").unwrap_or(&Value::Null).to_string();
    let mut parts: Vec<(&str, String)> = vec![
        ("type", condition["type"].to_string()),
        ("status", condition["status"].to_string()),
        ("lastTransitionTime", time),
    ];
    for name in ["reason", "message", "observedGeneration"] {
        if let Some(value) = field::get(condition, name) {
            parts.push((name, value.to_string()));
        }
    }
    metrics::joined(parts)
}
