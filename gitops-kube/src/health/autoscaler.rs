//! HorizontalPodAutoscalers, by their conditions as Argo CD reads them; kstatus has no rule.

use super::{Condition, Reading, degraded, progressing};
use gitops_core::model::Health;
use serde_json::Value;

/// Where `autoscaling/v1` keeps conditions.
const V1_CONDITIONS: &str = "/metadata/annotations/autoscaling.alpha.kubernetes.io~1conditions";

pub(super) fn autoscaler(object: &Reading<'_>) -> Health {
    let v1: Value = object
        .text(V1_CONDITIONS)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let v1 = v1.as_array().map(Vec::as_slice).unwrap_or_default();
    let conditions: Vec<Condition<'_>> =
        object.conditions().chain(v1.iter().filter_map(Condition::read)).collect();

    let find = |kind| conditions.iter().find(|condition| condition.kind == kind);
    let broken = |condition: &&Condition<'_>| {
        condition.is_false()
            && (condition.reason.starts_with("Failed") || condition.reason.starts_with("Invalid"))
    };
    if let Some(able) = find("AbleToScale").filter(broken) {
        return degraded(able.why());
    }
    if let Some(active) = find("ScalingActive").filter(broken) {
        // Metrics of new pods come a minute late; the rest stays wrong until somebody corrects it.
        let late = active.reason.starts_with("FailedGet");
        return if late { progressing(active.why()) } else { degraded(active.why()) };
    }
    match find("AbleToScale") {
        Some(able) if able.is_true() => Health::healthy(),
        Some(able) => progressing(able.why()),
        None => progressing("not observed by its controller yet"),
    }
}
