//! Defaults of HorizontalPodAutoscalers.

use super::Literal::Int;
use super::Rule::{Absent, With};
use super::{field, rule::Rules};
use serde_json::{Value, json};

/// `autoscaling/v1`. That the target is 80 % of CPU is said on the way through
/// [`convert`](crate::builtin::strategy::convert), where the annotations are known.
pub(super) const V1: Rules = &[Absent("spec.minReplicas", Int(1))];

/// `autoscaling/v2`.
pub(super) const V2: Rules = &[Absent("spec.minReplicas", Int(1)), With(metrics), With(behavior)];

/// Without metrics, 80 % of CPU.
fn metrics(autoscaler: &mut Value) {
    if field::is_empty(autoscaler, "spec.metrics") {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        let cpu = json!({"type": "Resource", "resource": {"name": "cpu", "target": target}});
        field::put(autoscaler, "spec.metrics", vec![cpu]);
    }
}

/// Once there is any behaviour, both directions are written out.
fn behavior(autoscaler: &mut Value) {
    if field::get(autoscaler, "spec.behavior").is_none() {
        return;
    }
    let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
    let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
    let up = json!({
        "stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [pods, percent],
    });
    let down = json!({"selectPolicy": "Max", "policies": [percent]});
    for (direction, rules) in [("scaleUp", up), ("scaleDown", down)] {
        for (name, value) in rules.as_object().into_iter().flatten() {
            let path = format!("spec.behavior.{direction}.{name}");
            if field::get(autoscaler, &path).is_none() {
                field::put(autoscaler, &path, value.clone());
            }
        }
    }
}
