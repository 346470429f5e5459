//! The quality of service that a pod's requests and limits amount to.

use super::resources::is_for_pods;
use crate::builtin::defaults::{field, quantities::amount};
use serde_json::Value;

/// `Guaranteed`, `Burstable` or `BestEffort`.
pub(crate) fn class(pod: &Value) -> &'static str {
    let names = |list| field::get(pod, list).and_then(Value::as_object).into_iter().flatten();
    let mut of_pod = names("spec.resources.requests").chain(names("spec.resources.limits"));
    if of_pod.any(|(name, _)| is_for_pods(name)) {
        return field::get(pod, "spec.resources").map_or("BestEffort", of_requirements);
    }
    let containers = ["spec.initContainers", "spec.containers"].iter();
    let mut classes = containers
        .flat_map(|list| field::items(pod, list))
        .map(|container| field::get(container, "resources").map_or("BestEffort", of_requirements));
    let Some(first) = classes.next() else { return "BestEffort" };
    if classes.all(|class| class == first) { first } else { "Burstable" }
}

fn of_requirements(resources: &Value) -> &'static str {
    if field::is_empty(resources, "requests") && field::is_empty(resources, "limits") {
        return "BestEffort";
    }
    let of = |name: &str| {
        let some = |list| amount(resources.get(list), name).filter(|amount| amount.sign() != 0);
        match (some("requests"), some("limits")) {
            (request, limit) if request != limit => "Burstable",
            (None, _) => "BestEffort",
            _ => "Guaranteed",
        }
    };
    let cpu = of("cpu");
    if cpu == of("memory") { cpu } else { "Burstable" }
}
