//! LimitRanges: defaults for containers, and bounds for containers, pods and claims.

use super::super::resources::of_containers;
use super::{Lookup, Operation, Request};
use crate::builtin::defaults::field;
use crate::builtin::defaults::quantities::{Quantities, read};
use crate::names::Quantity;
use crate::status::Status;
use serde_json::Value;

/// Pods when they are created or resized, and claims.
fn is_limited(request: &Request<'_>) -> bool {
    let resizes = request.group.is_empty()
        && request.resource == "pods"
        && request.subresource == "resize"
        && request.operation == Operation::Update;
    let claims = request.is("", "persistentvolumeclaims") && request.operation != Operation::Delete;
    request.creates("", "pods") || claims || resizes
}

fn ranges(request: &Request<'_>, old: Option<&Value>, lookup: &dyn Lookup) -> Vec<Value> {
    let leaving = old.is_some_and(|old| field::get(old, "metadata.deletionTimestamp").is_some());
    if leaving || !is_limited(request) {
        return Vec::new();
    }
    lookup.list("", "limitranges", request.namespace)
}

/// Containers without requests or limits get those of the namespace, and an annotation says so.
pub(super) fn set_defaults(
    request: &Request<'_>,
    pod: &mut Value,
    old: Option<&Value>,
    lookup: &dyn Lookup,
) {
    if request.resource != "pods" {
        return;
    }
    for range in ranges(request, old, lookup) {
        let mut said = Vec::new();
        for (list, of) in
            [("spec.containers", "container"), ("spec.initContainers", "init container")]
        {
            for container in field::items_mut(pod, list) {
                let name = field::text(container, "name").to_owned();
                for (to, from, word) in
                    [("requests", "defaultRequest", "request"), ("limits", "default", "limit")]
                {
                    let set = fill_in(container, to, from, &range);
                    if !set.is_empty() {
                        said.push(format!("{} {word} for {of} {name}", set.join(", ")));
                    }
                }
            }
        }
        if !said.is_empty()
            && let Some(annotations) = field::map_mut(pod, "metadata.annotations")
        {
            let text = format!("LimitRanger plugin set: {}", said.join("; "));
            annotations.insert("kubernetes.io/limit-ranger".to_owned(), text.into());
        }
    }
}

/// The names of what was set, sorted.
fn fill_in(container: &mut Value, to: &str, from: &str, range: &Value) -> Vec<String> {
    let items = field::items(range, "spec.limits").iter();
    let mut defaults = serde_json::Map::new();
    for item in items.filter(|item| field::text(item, "type") == "Container") {
        let some = field::get(item, from).and_then(Value::as_object).into_iter().flatten();
        defaults.extend(some.map(|(name, value)| (name.clone(), value.clone())));
    }
    if defaults.is_empty() {
        return Vec::new();
    }
    let Some(own) = field::map_mut(container, &format!("resources.{to}")) else {
        return Vec::new();
    };
    let mut set = Vec::new();
    for (name, value) in defaults {
        if !own.contains_key(&name) {
            own.insert(name.clone(), value);
            set.push(name);
        }
    }
    set
}

/// Refuses what is out of bounds.
pub(super) fn check(
    request: &Request<'_>,
    object: &Value,
    old: Option<&Value>,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    for range in ranges(request, old, lookup) {
        let mut problems = Vec::new();
        for item in field::items(&range, "spec.limits") {
            match request.resource {
                "pods" => problems.extend(pod_problems(item, object)),
                _ => problems.extend(claim_problems(item, object)),
            }
        }
        let mut seen: Vec<String> = Vec::new();
        for problem in problems {
            if !seen.contains(&problem) {
                seen.push(problem);
            }
        }
        match &*seen {
            [] => {}
            [one] => return Err(request.forbidden(Some(object), one)),
            all => {
                let all = format!("[{}]", all.join(", "));
                return Err(request.forbidden(Some(object), &all));
            }
        }
    }
    Ok(())
}

fn pod_problems(item: &Value, pod: &Value) -> Vec<String> {
    let lists = ["spec.containers", "spec.initContainers"].iter();
    match field::text(item, "type") {
        "Container" => lists
            .flat_map(|list| field::items(pod, list))
            .flat_map(|container| {
                let of = |list: &str| read(field::get(container, &format!("resources.{list}")));
                Bounds { item, of: "Container", requests: of("requests"), limits: of("limits") }
                    .problems()
            })
            .collect(),
        "Pod" => {
            let of = |list: &str| {
                let mut all = of_containers(pod, list);
                for (name, amount) in read(field::get(pod, &format!("spec.resources.{list}"))) {
                    if matches!(name.as_str(), "cpu" | "memory") {
                        all.insert(name, amount);
                    }
                }
                all
            };
            Bounds { item, of: "Pod", requests: of("requests"), limits: of("limits") }.problems()
        }
        _ => Vec::new(),
    }
}

fn claim_problems(item: &Value, claim: &Value) -> Vec<String> {
    let of = "PersistentVolumeClaim";
    if field::text(item, "type") != of {
        return Vec::new();
    }
    let requests = read(field::get(claim, "spec.resources.requests"));
    let mut problems = Vec::new();
    for (name, least) in read(field::get(item, "min")) {
        problems.extend(below(&name, of, &least, requests.get(&name), None));
    }
    for (name, most) in read(field::get(item, "max")) {
        let bound = format!("maximum {name} usage per {of} is {most}");
        problems.extend(match requests.get(&name) {
            None => Some(format!("{bound}.  No request is specified")),
            Some(some) if *some > most => Some(format!("{bound}, but request is {some}")),
            Some(_) => None,
        });
    }
    problems
}

/// What a container or pod has, beside what it may have.
struct Bounds<'a> {
    item: &'a Value,
    of: &'static str,
    requests: Quantities,
    limits: Quantities,
}

impl Bounds<'_> {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let bounds = |name| read(field::get(self.item, name));
        for (name, least) in bounds("min") {
            let (request, limit) = (self.requests.get(&name), self.limits.get(&name));
            problems.extend(below(&name, self.of, &least, request, limit));
        }
        for (name, most) in bounds("max") {
            problems.extend(self.above(&name, &most));
        }
        for (name, most) in bounds("maxLimitRequestRatio") {
            problems.extend(self.ratio(&name, &most));
        }
        problems
    }

    fn above(&self, name: &str, most: &Quantity) -> Option<String> {
        let bound = format!("maximum {name} usage per {} is {most}", self.of);
        let Some(limit) = self.limits.get(name) else {
            return Some(format!("{bound}.  No limit is specified"));
        };
        let request = self.requests.get(name);
        match request {
            _ if limit > most => Some(format!("{bound}, but limit is {limit}")),
            Some(request) if request > most => Some(format!("{bound}, but request is {request}")),
            _ => None,
        }
    }

    fn ratio(&self, name: &str, most: &Quantity) -> Option<String> {
        let bound = format!("{name} max limit to request ratio per {} is {most}", self.of);
        let some = |list: &Quantities| list.get(name).filter(|one| one.sign() != 0).cloned();
        let Some(request) = some(&self.requests) else {
            return Some(format!("{bound}, but no request is specified or request is 0"));
        };
        let Some(limit) = some(&self.limits) else {
            return Some(format!("{bound}, but no limit is specified or limit is 0"));
        };
        let ratio = limit.approximate() / request.approximate();
        (ratio > most.approximate()).then(|| format!("{bound}, but provided ratio is {ratio:.6}"))
    }
}

fn below(
    name: &str,
    of: &str,
    least: &Quantity,
    request: Option<&Quantity>,
    limit: Option<&Quantity>,
) -> Option<String> {
    let bound = format!("minimum {name} usage per {of} is {least}");
    match (request, limit) {
        (None, _) => Some(format!("{bound}.  No request is specified")),
        (Some(request), _) if request < least => Some(format!("{bound}, but request is {request}")),
        (_, Some(limit)) if limit < least => Some(format!("{bound}, but limit is {limit}")),
        _ => None,
    }
}
