//! Labels of nodes that have other names today, wherever nodes are chosen by them; and nodes.

use super::addresses;
use crate::{builtin::defaults::field, names};
use serde_json::Value;

const LABELS: [(&str, &str); 8] = [
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    (
        "scheduler.alpha.kubernetes.io/preferAvoidPods",
        "deprecated since v1.22; use Taints and Tolerations instead",
    ),
    ("node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"),
];

/// What is said of a label.
pub(super) fn deprecated(label: &str) -> Option<&'static str> {
    LABELS.iter().find(|(key, _)| *key == label).map(|(_, why)| *why)
}

/// The labels of a map that have other names today. The server takes them in any order.
pub(super) fn among<'v>(
    object: &'v Value,
    map: &str,
) -> impl Iterator<Item = (&'v str, &'static str)> {
    let labels = field::get(object, map).and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(key, _)| Some((&**key, deprecated(key)?)))
}

/// The expressions of a term that selects nodes, where asked with their values.
pub(super) fn expressions(term: &Value, values: bool, at: &str) -> Vec<String> {
    let mut told = Vec::new();
    for (index, one) in field::items(term, "matchExpressions").iter().enumerate() {
        let at = format!("{at}.matchExpressions[{index}]");
        let key = field::text(one, "key");
        told.extend(deprecated(key).map(|why| format!("{at}.key: {key} is {why}")));
        let given = if values { field::items(one, "values") } else { &[] };
        for (index, value) in given.iter().enumerate() {
            let value = value.as_str().unwrap_or_default();
            let problems = names::label_value(value).into_iter();
            told.extend(
                problems.map(|why| format!("{at}.values[{index}]: {value} is invalid, {why}")),
            );
        }
    }
    told
}

/// The expressions of all terms of a list.
pub(super) fn terms(object: &Value, list: &str, at: &str) -> Vec<String> {
    let terms = field::items(object, list).iter().enumerate();
    terms
        .flat_map(|(index, term)| expressions(term, false, &format!("{at}.{list}[{index}]")))
        .collect()
}

pub(super) fn node(object: &Value) -> Vec<String> {
    let mut told = Vec::new();
    if !field::is_empty(object, "spec.externalID") {
        told.push(
            "spec.externalID: this field is deprecated, and is unused by Kubernetes".to_owned(),
        );
    }
    told.extend(addresses::each(object, "spec.podCIDRs", "spec.podCIDRs", addresses::range));
    told
}

pub(super) fn runtime_class(object: &Value) -> Vec<String> {
    let place = "scheduling.nodeSelector";
    among(object, place).map(|(_, why)| format!("{place}: {why}")).collect()
}

pub(super) fn storage_class(object: &Value) -> Vec<String> {
    let mut told = Vec::new();
    for (index, term) in field::items(object, "allowedTopologies").iter().enumerate() {
        for (nth, one) in field::items(term, "matchLabelExpressions").iter().enumerate() {
            let at = format!("allowedTopologies[{index}].matchLabelExpressions[{nth}].key");
            told.extend(deprecated(field::text(one, "key")).map(|why| format!("{at}: {why}")));
        }
    }
    told
}

pub(super) fn capacity(object: &Value) -> Vec<String> {
    let Some(selector) = field::get(object, "nodeTopology") else { return Vec::new() };
    let mut told = expressions(selector, false, "nodeTopology");
    let labels = among(selector, "matchLabels");
    told.extend(labels.map(|(label, why)| format!("nodeTopology.matchLabels.{label}: {why}")));
    told
}
