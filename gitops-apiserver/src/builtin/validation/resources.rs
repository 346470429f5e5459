//! Amounts of resources: their names and quantities.

use super::format;
use super::spot::Spot;
use crate::names::Quantity;
use serde_json::Value;
use std::cmp::Ordering;

/// A quantity; those of a decoded object are well formed.
pub(super) fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text).ok(),
        Value::Number(number) => Quantity::parse(&number.to_string()).ok(),
        _ => None,
    }
}

/// How two quantities compare; equal if one is none.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    quantity(a).zip(quantity(b)).map_or(Ordering::Equal, |(a, b)| a.cmp(&b))
}

fn sign(value: &Value) -> i32 {
    quantity(value).map_or(0, |quantity| quantity.sign())
}

/// A quantity of at least zero.
pub(super) fn non_negative(at: &Spot) {
    if sign(at.value()) < 0 {
        at.invalid("must be greater than or equal to 0");
    }
}

/// A quantity above zero.
pub(super) fn positive(at: &Spot) {
    if sign(at.value()) <= 0 {
        at.invalid("must be greater than zero");
    }
}

/// A quantity of at least zero, of which messages show the number.
pub(super) fn valid(at: &Spot) {
    let value = quantity(at.value()).and_then(|quantity| quantity.scaled(0));
    if let Some(value) = value.filter(|value| *value < 0) {
        at.invalid_as(value, "must be a valid resource quantity");
    }
}

/// An amount of a resource.
pub(super) fn amount(at: &Spot, resource: &str) {
    non_negative(at);
    let whole = |quantity: Quantity| quantity.scaled(-3).is_none_or(|milli| milli % 1000 == 0);
    if counted(resource) && !quantity(at.value()).is_none_or(whole) {
        at.invalid("must be an integer");
    }
}

const COUNTED: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];
const OF_CONTAINERS: &[&str] = &["cpu", "memory", "ephemeral-storage"];
const OF_QUOTAS: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];

fn counted(name: &str) -> bool {
    COUNTED.contains(&name) || extended(name)
}

pub(super) fn huge_pages(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn huge_pages_of_quotas(name: &str) -> bool {
    huge_pages(name) || name.starts_with("requests.hugepages-")
}

/// Whether a quota can be set for the resource.
pub(super) fn standard_of_quotas(name: &str) -> bool {
    OF_QUOTAS.contains(&name) || COUNTED.contains(&name) || huge_pages_of_quotas(name)
}

/// Whether a name is the system's own.
pub(super) fn native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn extended(name: &str) -> bool {
    !native(name)
        && !name.starts_with("requests.")
        && format::label_key(&format!("requests.{name}")).is_empty()
}

/// Whether more of a resource may be promised than there is.
pub(super) fn overcommits(name: &str) -> bool {
    native(name) && !huge_pages(name)
}

/// The name of any resource. Says whether it is fine.
pub(super) fn name(at: &Spot, name: &str) -> bool {
    let problems = format::label_key(name);
    for problem in &problems {
        at.invalid_as(name, problem);
    }
    if !problems.is_empty() {
        return false;
    }
    let standard = standard_of_quotas(name) || name == "storage";
    if !name.contains('/') && !standard {
        at.invalid_as(name, "must be a standard resource type or fully qualified");
        return false;
    }
    true
}

/// The name of a resource of containers.
pub(super) fn name_of_container(at: &Spot, resource: &str) {
    name(at, resource);
    if !resource.contains('/') {
        if !OF_CONTAINERS.contains(&resource) && !huge_pages(resource) {
            at.invalid_as(resource, "must be a standard resource for containers");
        }
    } else if !native(resource) && !extended(resource) {
        at.invalid_as(resource, "doesn't follow extended resource name standard");
    }
}

/// The name of a resource of whole pods.
pub(super) fn name_of_pod(at: &Spot, resource: &str) {
    if name(at, resource) && !matches!(resource, "cpu" | "memory") && !huge_pages(resource) {
        at.unsupported(resource, &["cpu", "memory"]);
    }
}

/// The name of a resource of quotas.
pub(super) fn name_of_quota(at: &Spot, resource: &str) {
    name(at, resource);
    if !resource.contains('/') && !standard_of_quotas(resource) {
        at.invalid_as(resource, "must be a standard resource for quota");
    }
}

/// What a container or pod asks for and is held to. `claims` are the names of the pod's claims.
pub(super) fn requirements(at: &Spot, name: fn(&Spot, &str), claims: &[&str]) {
    let (limits, requests) = (at.at("limits"), at.at("requests"));
    for (resource, limit) in limits.entries() {
        name(&limit, resource);
        amount(&limit, resource);
        whole_pages(&limit, resource);
    }
    for (resource, request) in requests.entries() {
        name(&request, resource);
        amount(&request, resource);
        let limit = limits.key(resource).value();
        if limit.is_null() {
            if !overcommits(resource) {
                limits.required("Limit must be set for non overcommitable resources");
            }
        } else {
            let order = compare(request.value(), limit);
            let limit = limit.as_str().unwrap_or_default();
            let relation = match order {
                Ordering::Equal => "",
                _ if !overcommits(resource) => "equal to",
                Ordering::Greater => "less than or equal to",
                Ordering::Less => "",
            };
            if !relation.is_empty() {
                let message = format!("must be {relation} {resource} limit of {limit}");
                requests.invalid_as(request.value().clone(), &message);
            }
        }
        whole_pages(&request, resource);
    }
    let any = |is: fn(&str) -> bool| {
        limits.entries().chain(requests.entries()).any(|(resource, _)| is(resource))
    };
    if any(huge_pages) && !any(|resource| matches!(resource, "cpu" | "memory")) {
        at.forbidden("HugePages require cpu or memory");
    }
    claims_of(&at.at("claims"), claims);
}

/// An amount of huge pages is of whole pages.
fn whole_pages(at: &Spot, resource: &str) {
    let Some(size) = resource.strip_prefix("hugepages-") else { return };
    let size = Quantity::parse(size).ok().filter(|size| size.sign() > 0);
    let size = size.and_then(|size| size.scaled(0)).filter(|size| *size > 0);
    let value = quantity(at.value()).and_then(|quantity| quantity.scaled(0));
    let whole = size.zip(value).is_some_and(|(size, value)| value % size == 0);
    if !whole {
        let value = at.text();
        at.invalid(&format!("{value} is not positive integer multiple of {resource}"));
    }
}

fn claims_of(at: &Spot, known: &[&str]) {
    let mut seen: Vec<String> = Vec::new();
    for item in at.items() {
        let (name, request) = (item.at("name").text(), item.at("request").text());
        if name.is_empty() {
            item.required("");
            continue;
        }
        if seen.iter().any(|seen| seen == name) {
            item.duplicate(name);
        } else {
            let mut key = name.to_owned();
            if !request.is_empty() {
                item.at("request").in_format(format::label);
                key = format!("{name}/{request}");
            }
            if seen.contains(&key) {
                item.duplicate(key.as_str());
            } else if request.is_empty() {
                let part = format!("{name}/");
                for _ in seen.iter().filter(|seen| seen.starts_with(&part)) {
                    item.duplicate(name);
                }
            }
            seen.push(key);
        }
        if !known.contains(&name) {
            let mut all = known.to_vec();
            all.sort_unstable();
            let all = match all.is_empty() {
                true => " which is empty".to_owned(),
                false => format!(": {}", all.join(", ")),
            };
            let detail = format!("must be one of the names in pod.spec.resourceClaims{all}");
            item.not_found_with(name, &detail);
        }
    }
}

/// What all containers of a pod ask for together, of one resource: those that run beside each
/// other add up, and each that runs first may take as much.
fn together(spec: &Value, list: &str, resource: &str) -> Option<Quantity> {
    let of = |container: &Value| quantity(container.get("resources")?.get(list)?.get(resource)?);
    let add = |sum: Option<Quantity>, more: Option<Quantity>| match (sum, more) {
        (Some(sum), Some(more)) => sum.plus(&more).or(Some(sum)),
        (sum, more) => sum.or(more),
    };
    let all = |name: &str| spec.get(name).and_then(Value::as_array).map(Vec::as_slice);
    let mut sum = all("containers").unwrap_or_default().iter().map(of).fold(None, add);
    let (mut beside, mut first): (Option<Quantity>, Option<Quantity>) = (None, None);
    for container in all("initContainers").unwrap_or_default() {
        let needed = if container.get("restartPolicy").and_then(Value::as_str) == Some("Always") {
            sum = add(sum, of(container));
            beside = add(beside, of(container));
            beside.clone()
        } else {
            add(of(container), beside.clone())
        };
        first = first.max(needed);
    }
    sum.max(first)
}

/// A pod's amounts are enough for those of its containers. Looks at the pod's amounts.
pub(super) fn of_pod_and_containers(at: &Spot, spec: &Value) {
    for (resource, request) in at.at("requests").entries() {
        let (Some(own), Some(all)) =
            (quantity(request.value()), together(spec, "requests", resource))
        else {
            continue;
        };
        if all > own {
            request.invalid(&format!(
                "must be greater than or equal to aggregate container requests of {all}"
            ));
        }
    }
    for (resource, limit) in at.at("limits").entries().filter(|(name, _)| huge_pages(name)) {
        let (Some(own), Some(all)) = (quantity(limit.value()), together(spec, "limits", resource))
        else {
            continue;
        };
        if all > own {
            limit.invalid(&format!(
                "must be greater than or equal to aggregate container limits of {all}"
            ));
        }
    }
    let containers = spec.get("containers").and_then(Value::as_array);
    for (index, container) in containers.into_iter().flatten().enumerate() {
        let limits = super::spot::below(container, "resources.limits").as_object();
        for (resource, limit) in limits.into_iter().flatten() {
            let whole = at.at("limits");
            let whole = whole.key(resource).value();
            if !whole.is_null() && compare(limit, whole) == Ordering::Greater {
                let whole = whole.as_str().unwrap_or_default();
                let message = format!("must be less than or equal to pod limits of {whole}");
                let (list, key) = (at.at("containers"), resource.as_str());
                let container = list.index(index);
                let place = container.key(key);
                place.at("limits").invalid_as(limit.clone(), &message);
            }
        }
    }
}
