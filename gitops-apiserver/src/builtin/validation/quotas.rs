//! Limits and quotas.

use super::format;
use super::resources::{self, compare, quantity};
use super::rules::IMMUTABLE;
use super::spot::{Rule, Spot, below};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const LIMITS: &[Rule] = &[("spec.limits", limits)];
pub(super) const QUOTA: &[Rule] =
    &[("spec", quota), ("status.hard", amounts), ("status.used", amounts)];

pub(super) fn amounts(at: &Spot) {
    for (resource, amount) in at.entries() {
        resources::name_of_quota(&amount, resource);
        resources::amount(&amount, resource);
    }
}

const KINDS: &[&str] = &["Pod", "Container", "PersistentVolumeClaim"];

fn limits(at: &Spot) {
    let mut seen: Vec<String> = Vec::new();
    for item in at.items() {
        let kind = item.at("type");
        let problems = format::label_key(kind.text());
        if problems.is_empty() && !kind.text().contains('/') && !KINDS.contains(&kind.text()) {
            kind.invalid("must be a standard limit type or fully qualified");
        }
        for problem in problems {
            kind.invalid_as(kind.text(), &problem);
        }
        if seen.iter().any(|seen| seen == kind.text()) {
            kind.duplicate(kind.text());
        }
        seen.push(kind.text().to_owned());
        limit(&item, kind.text());
    }
}

fn limit(at: &Spot, kind: &str) {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut check = |list: &str| {
        for (resource, amount) in at.at(list).entries() {
            match kind {
                "Pod" | "Container" => resources::name_of_container(&amount, resource),
                _ => drop(resources::name(&amount, resource)),
            }
            names.insert(resource.to_owned());
        }
    };
    check("max");
    check("min");
    let lists = ["default", "defaultRequest"];
    for list in lists {
        if kind != "Pod" {
            check(list);
        } else if !at.at(list).empty() {
            at.at(list).forbidden("may not be specified when `type` is 'Pod'");
        }
    }
    let storage = |list: &str| at.at(list).key("storage").given();
    if kind == "PersistentVolumeClaim" && !storage("min") && !storage("max") {
        at.at("limits").required(
            "either minimum or maximum storage value is required, but neither was provided",
        );
    }
    check("maxLimitRequestRatio");
    for name in &names {
        relations(at, name, kind == "Pod");
    }
}

/// Amounts of a resource that must not be greater than one another: both, what they are called,
/// where the problem is, and the amount it shows.
const RELATIONS: &[[&str; 6]] = &[
    ["min", "max", "min value", "max value", "min", "min"],
    [
        "min",
        "defaultRequest",
        "min value",
        "default request value",
        "defaultRequest",
        "defaultRequest",
    ],
    [
        "defaultRequest",
        "max",
        "default request value",
        "max value",
        "defaultRequest",
        "defaultRequest",
    ],
    [
        "defaultRequest",
        "default",
        "default request value",
        "default limit value",
        "defaultRequest",
        "defaultRequest",
    ],
    ["min", "default", "min value", "default value", "default", "min"],
    ["default", "max", "default value", "max value", "default", "max"],
];

fn relations(at: &Spot, name: &str, of_pod: bool) {
    let amount = |list: &str| {
        let value =
            below(at.value(), list).get(name).filter(|_| !(of_pod && list.starts_with("default")));
        value.cloned().unwrap_or_default()
    };
    for [low, high, low_name, high_name, place, shown] in RELATIONS {
        let (a, b) = (amount(low), amount(high));
        if compare(&a, &b).is_gt() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (a, b) = (text(&a), text(&b));
            let place = at.at(place);
            place.key(name).invalid_as(
                amount(shown),
                &format!("{low_name} {a} is greater than {high_name} {b}"),
            );
        }
    }
    let ratio = amount("maxLimitRequestRatio");
    let place = at.at("maxLimitRequestRatio");
    let place = place.key(name);
    let text = place.text();
    if compare(&ratio, &"1".into()).is_lt() {
        place.invalid(&format!("ratio {text} is less than 1"));
    }
    if let (Some(most), Some(min), Some(max)) =
        (quantity(&ratio), quantity(&amount("min")), quantity(&amount("max")))
    {
        let limit = max.approximate() / min.approximate();
        if most.approximate() > limit {
            place.invalid(&format!("ratio {text} is greater than max/min = {limit:.6}"));
        }
    }
    let (default, request) = (amount("default"), amount("defaultRequest"));
    if !resources::overcommits(name) && compare(&default, &request).is_ne() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (default, shown) = (text(&default), text(&request));
        let place = at.at("defaultRequest");
        place.key(name).invalid_as(
            request,
            &format!(
                "default value {default} must equal to defaultRequest value {shown} in {name}"
            ),
        );
    }
}

const SCOPES: &[&str] = &[
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "VolumeAttributesClass",
    "CrossNamespacePodAffinity",
];
const OF_PODS: &[&str] =
    &["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];

fn scope_is_about(scope: &str, resource: &str) -> bool {
    match scope {
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => {
            matches!(resource, "persistentvolumeclaims" | "requests.storage")
        }
        known if SCOPES.contains(&known) => OF_PODS.contains(&resource),
        _ => true,
    }
}

/// A changed quota.
pub(super) fn quota_again(at: &Spot) {
    quota(&at.at("spec"));
}

fn quota(spec: &Spot) {
    amounts(&spec.at("hard"));
    let hard = spec.at("hard");
    let unfit = |scope: &str| {
        let hard = hard.entries().map(|(resource, _)| resource.to_owned());
        hard.filter(|resource| {
            resources::standard_of_quotas(resource) && !scope_is_about(scope, resource)
        })
        .count()
    };
    let scopes = spec.at("scopes");
    for scope in scopes.items() {
        if !SCOPES.contains(&scope.text()) {
            scopes.invalid("unsupported scope");
        }
        for _ in 0..unfit(scope.text()) {
            scopes.invalid("unsupported scope applied to resource");
        }
    }
    let has = |name: &str| scopes.items().any(|scope| scope.text() == name);
    for [a, b] in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if has(a) && has(b) {
            scopes.invalid("conflicting scopes");
        }
    }
    let selector = spec.at("scopeSelector");
    let terms = selector.at("matchExpressions");
    for term in terms.items() {
        let (name, operator, values) =
            (term.at("scopeName").text(), term.at("operator").text(), term.at("values"));
        if !SCOPES.contains(&name) {
            terms.at("scopeName").invalid_as(name, "unsupported scope");
        }
        for _ in 0..unfit(name) {
            terms.invalid_as(
                super::internal::shown(selector.value(), "core.ScopeSelector"),
                "unsupported scope applied to resource",
            );
        }
        let of_pods =
            SCOPES.contains(&name) && !matches!(name, "PriorityClass" | "VolumeAttributesClass");
        if of_pods && operator != "Exists" {
            terms.at("operator").invalid_as(operator, "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
        }
        let place = terms.at("values");
        match operator {
            "In" | "NotIn" if values.empty() => place.required(
                "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
            ),
            "Exists" | "DoesNotExist" if !values.empty() => place.invalid_as(
                values.value().clone(),
                "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
            ),
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => terms.at("operator").invalid_as(other, "not a valid selector operator"),
        }
    }
    let has = |name: &str| terms.items().any(|term| term.at("scopeName").text() == name);
    for [a, b] in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if has(a) && has(b) {
            terms.invalid_as(scopes.value().clone(), "conflicting scopes");
        }
    }
}

pub(super) fn scopes_fixed(new: &Spot, old: &Value) {
    let set = |value: &Value| -> BTreeSet<String> {
        let all = value.as_array().into_iter().flatten();
        all.filter_map(|scope| scope.as_str().map(str::to_owned)).collect()
    };
    let scopes = new.at("spec.scopes");
    if set(scopes.value()) != set(below(old, "spec.scopes")) {
        scopes.invalid(IMMUTABLE);
    }
}
