//! The quality of service that a pod's requests and limits amount to.

use crate::builtin::defaults::{field, quantities::amount};
use serde_json::Value;

/// `Guaranteed`, `Burstable` or `BestEffort`.
pub(super) fn class(pod: &Value) -> &'static str {
    let of_pod = field::get(pod, "spec.resources");
    let set = ["cpu", "memory"].iter().any(|name| {
        of_pod.is_some_and(|of| {
            ["requests", "limits"]
                .iter()
                .any(|list| of.get(list).and_then(|l| l.get(name)).is_some())
        })
    });
    if let Some(of_pod) = of_pod.filter(|_| set) {
        return of_requirements(of_pod);
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
        let request = amount(resources.get("requests"), name);
        let limit = amount(resources.get("limits"), name);
        match request {
            _ if request != limit => "Burstable",
            0 => "BestEffort",
            _ => "Guaranteed",
        }
    };
    let cpu = of("cpu");
    if cpu == of("memory") { cpu } else { "Burstable" }
}
