//! Autoscalers.

use super::rules;
use super::spot::{Check, Rule, Spot, below};
use super::{format, resources};
use serde_json::{Value, json};

/// In the form of `autoscaling/v2`.
pub(super) const AUTOSCALER: &[Rule] = &[
    ("spec", limits),
    ("spec.scaleTargetRef", |at| reference(at, at.at("kind").text() == "ReplicationController")),
    ("spec", metrics),
    ("spec", scales_to_zero),
    ("spec.behavior.scaleUp", |at| at.given_then(scaling)),
    ("spec.behavior.scaleDown", |at| at.given_then(scaling)),
];

/// What the server declares, and says after all else.
pub(super) const AUTOSCALER_DECLARED: &[Rule] = &[
    ("spec.minReplicas", rules::non_negative),
    ("spec.maxReplicas", |at| match at.number() {
        0 => at.required(""),
        number if number < 0 => at.invalid("must be greater than or equal to 1"),
        _ => {}
    }),
];

fn limits(spec: &Spot) {
    let (min, max) = (spec.at("minReplicas"), spec.at("maxReplicas"));
    if min.given() && max.number() < min.number() {
        max.invalid_as(max.number(), "must be greater than or equal to `minReplicas`");
    }
}

fn reference(at: &Spot, any_group: bool) {
    at.at("kind").required_in_format(format::path_segment);
    at.at("name").required_in_format(format::path_segment);
    let version = at.at("apiVersion");
    let text = version.text();
    if text.matches('/').count() > 1 {
        version.invalid(&format!("unexpected GroupVersion string: {text}"));
    } else if !any_group && !text.contains('/') {
        version.invalid_as(text, "apiVersion must specify API group");
    }
}

/// The rules of a changed autoscaler, whose target may keep what isn't valid any more.
pub(super) fn autoscaler_again(new: &Spot, old: &Value) {
    let target = "spec.scaleTargetRef";
    let same =
        |name: &str| below(below(new.value(), target), name) == below(below(old, target), name);
    for rule in AUTOSCALER {
        if rule.0 == target && same("apiVersion") && same("kind") {
            let at = new.at(target);
            at.at("kind").required_in_format(format::path_segment);
            at.at("name").required_in_format(format::path_segment);
        } else {
            new.check(std::slice::from_ref(rule));
        }
    }
}

/// The metrics; of `autoscaling/v1`, the one that it has.
fn metrics(spec: &Spot) {
    let share = spec.at("targetCPUUtilizationPercentage");
    if !share.given() {
        return spec.at("metrics").each(metric);
    }
    let target = json!({"type": "Utilization", "averageUtilization": share.value()});
    let list = json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
    spec.at("metrics").with(&list).each(metric);
}

/// The sources of a metric: type, field and rule, in the order in which the server looks at them.
const SOURCES: &[(&str, &str, Check)] = &[
    ("Object", "object", |at| {
        reference(&at.at("describedObject"), true);
        identified(at);
        let target = at.at("target");
        if !target.at("value").given() && !target.at("averageValue").given() {
            target.at("averageValue").required("must set either a target value or averageValue");
        }
    }),
    ("External", "external", |at| {
        identified(at);
        let target = at.at("target");
        let (value, average) = (target.at("value"), target.at("averageValue"));
        match (value.given(), average.given()) {
            (false, false) => {
                average.required("must set either a target value for metric or a per-pod target")
            }
            (true, true) => {
                value.forbidden("may not set both a target value for metric and a per-pod target");
            }
            _ => {}
        }
    }),
    ("Pods", "pods", |at| {
        identified(at);
        let average = at.at("target");
        let average = average.at("averageValue");
        if !average.given() {
            average.required("must specify a positive target averageValue");
        }
    }),
    ("Resource", "resource", |at| {
        if at.at("name").empty() {
            at.at("name").required("must specify a resource name");
        }
        of_resource(&at.at("target"));
    }),
    ("ContainerResource", "containerResource", |at| {
        let (name, container) = (at.at("name"), at.at("container"));
        if name.empty() {
            name.required("must specify a resource name");
        } else {
            resources::name_of_container(&name, name.text());
        }
        if container.empty() {
            container.required("must specify a container");
        } else {
            container.in_format(format::label);
        }
        of_resource(&at.at("target"));
    }),
];

const TYPES: &[&str] = &["ContainerResource", "External", "Object", "Pods", "Resource"];

fn metric(at: &Spot) {
    let kind = at.at("type");
    if kind.empty() {
        kind.required("must specify a metric source type");
    }
    kind.one_of(TYPES);
    let given: Vec<_> = SOURCES.iter().filter(|(_, name, _)| at.at(name).given()).collect();
    if let Some((_, name, rule)) = given.first() {
        rule(&at.at(name));
    }
    let expected = SOURCES.iter().find(|(ty, ..)| *ty == kind.text());
    match expected {
        Some((_, name, _)) if !at.at(name).given() => {
            at.at(name).required("must populate information for the given metric source");
        }
        Some(_) => {}
        None => kind.one_of(TYPES),
    }
    if given.len() != 1 {
        for (_, name, _) in given.iter().filter(|one| expected.is_none_or(|other| other.1 != one.1))
        {
            at.at(name).forbidden("must populate the given metric source only");
        }
    }
}

fn identified(at: &Spot) {
    let name = at.at("metric");
    let name = name.at("name");
    if name.empty() {
        name.required("must specify a metric name");
    } else {
        name.in_format(format::path_segment);
    }
    target(&at.at("target"));
}

fn of_resource(at: &Spot) {
    target(at);
    let (share, average) = (at.at("averageUtilization"), at.at("averageValue"));
    match (share.given(), average.given()) {
        (false, false) => {
            share.required("must set either a target raw value or a target utilization");
        }
        (true, true) => {
            average.forbidden("may not set both a target raw value and a target utilization");
        }
        _ => {}
    }
}

fn target(at: &Spot) {
    let (kind, share) = (at.at("type"), at.at("averageUtilization"));
    if kind.empty() {
        kind.required("must specify a metric target type");
    }
    if !matches!(kind.text(), "Utilization" | "Value" | "AverageValue") {
        kind.invalid_as(kind.text(), "must be either Utilization, Value, or AverageValue");
    }
    for name in ["value", "averageValue"] {
        let value = at.at(name);
        if resources::quantity(value.value()).is_some_and(|value| value.sign() <= 0) {
            value.invalid("must be positive");
        }
    }
    if share.given() && share.number() < 1 {
        share.invalid("must be greater than 0");
    }
}

fn scales_to_zero(spec: &Spot) {
    let min = spec.at("minReplicas");
    if !min.given() || min.number() != 0 {
        return;
    }
    let metrics = spec.at("metrics");
    let some = |kind: &str| metrics.items().any(|metric| metric.at("type").text() == kind);
    if !some("Object") && !some("External") {
        metrics.forbidden("must specify at least one Object or External metric to support scaling to zero replicas");
    }
}

fn scaling(at: &Spot) {
    let window = at.at("stabilizationWindowSeconds");
    if window.number() < 0 {
        window.invalid("must be greater than or equal to zero");
    }
    if window.number() > 3600 {
        window.invalid("must be less than or equal to 3600");
    }
    at.at("selectPolicy").one_of_if_given(&["Disabled", "Max", "Min"]);
    let policies = at.at("policies");
    if policies.empty() {
        policies.required("must specify at least one Policy");
    }
    policies.each(|at| {
        let period = at.at("periodSeconds");
        at.at("type").one_of(&["Percent", "Pods"]);
        rules::positive(&at.at("value"));
        rules::positive(&period);
        if period.number() > 1800 {
            period.invalid("must be less than or equal to 1800");
        }
    });
    at.at("tolerance").given_then(resources::non_negative);
}
