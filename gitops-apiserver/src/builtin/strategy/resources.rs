//! What a pod needs as a whole (KEP-2837), from what its containers need.

use crate::builtin::defaults::field;
use crate::builtin::defaults::quantities::{Quantities, add, raise, read};
use serde_json::Value;

const REQUESTS: &str = "spec.resources.requests";
const LIMITS: &str = "spec.resources.limits";

/// Whether resources of this name can be given for a pod as a whole.
pub(super) fn is_for_pods(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || is_huge_page(name)
}

fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// The sum over containers of `requests` or `limits`. Those that come first, one after the other,
/// count only as far as they need more, along with the sidecars that were started before.
pub(super) fn of_containers(pod: &Value, list: &str) -> Quantities {
    let path = format!("resources.{list}");
    let of = |container: &Value| read(field::get(container, &path));
    let mut all = Quantities::new();
    for container in field::items(pod, "spec.containers") {
        add(&mut all, &of(container));
    }
    let (mut sidecars, mut first) = (Quantities::new(), Quantities::new());
    for container in field::items(pod, "spec.initContainers") {
        let mut own = of(container);
        if field::text(container, "restartPolicy") == "Always" {
            add(&mut all, &own);
            add(&mut sidecars, &own);
            raise(&mut first, &sidecars);
        } else {
            add(&mut own, &sidecars);
            raise(&mut first, &own);
        }
    }
    raise(&mut all, &first);
    all
}

/// Fills in a pod's own requests and limits, if it has any.
pub(super) fn fill_in(pod: &mut Value) {
    if field::is_empty(pod, REQUESTS) && field::is_empty(pod, LIMITS) {
        return;
    }
    let has = |pod: &Value, list: &str, name: &str| {
        field::get(pod, list).is_some_and(|list| list.get(name).is_some())
    };
    for (name, limit) in of_containers(pod, "limits") {
        if is_huge_page(&name) && !has(pod, REQUESTS, &name) && !has(pod, LIMITS, &name) {
            set(pod, LIMITS, &name, limit.to_string());
        }
    }
    for (name, request) in of_containers(pod, "requests") {
        let of_pod = matches!(name.as_str(), "cpu" | "memory");
        if of_pod && !has(pod, REQUESTS, &name) {
            set(pod, REQUESTS, &name, request.to_string());
        }
    }
    for (name, limit) in read(field::get(pod, LIMITS)) {
        if is_for_pods(&name) && !has(pod, REQUESTS, &name) {
            set(pod, REQUESTS, &name, limit.to_string());
        }
    }
    let all = of_containers(pod, "limits");
    for (name, request) in read(field::get(pod, REQUESTS)) {
        let limited = is_for_pods(&name) && !has(pod, LIMITS, &name) && all_limit(pod, &name);
        if let Some(limit) = all.get(&name).filter(|_| limited) {
            set(pod, LIMITS, &name, limit.max(&request).to_string());
        }
    }
}

fn set(pod: &mut Value, list: &str, name: &str, amount: String) {
    if let Some(list) = field::map_mut(pod, list) {
        list.insert(name.to_owned(), amount.into());
    }
}

fn all_limit(pod: &Value, name: &str) -> bool {
    let lists = ["spec.containers", "spec.initContainers", "spec.ephemeralContainers"];
    lists.iter().flat_map(|list| field::items(pod, list)).all(|container| {
        field::get(container, "resources.limits").is_some_and(|limits| limits.get(name).is_some())
    })
}
