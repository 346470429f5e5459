//! When pods may be placed, and how they are spread.

use crate::builtin::validation::spot::{Spot, below};
use crate::builtin::validation::{format, rules};
use serde_json::Value;

/// What must go before a pod is placed.
pub(super) fn gates(at: &Spot) {
    let mut seen: Vec<String> = Vec::new();
    for item in at.items() {
        let name = item.at("name").text();
        for problem in format::label_key(name) {
            item.invalid_as(name, &problem);
        }
        if seen.iter().any(|seen| seen == name) {
            item.duplicate(name);
        }
        seen.push(name.to_owned());
    }
}

/// How pods are spread over domains.
pub(super) fn spread(at: &Spot) {
    let items: Vec<Spot> = at.items().collect();
    for (index, item) in items.iter().enumerate() {
        let (key, action) = (item.at("topologyKey"), item.at("whenUnsatisfiable"));
        rules::positive(&item.at("maxSkew"));
        if key.empty() {
            key.required("can not be empty");
        }
        action.one_of(&["DoNotSchedule", "ScheduleAnyway"]);
        let same = |other: &&Spot| {
            other.at("topologyKey").text() == key.text()
                && other.at("whenUnsatisfiable").text() == action.text()
        };
        if items.iter().skip(index + 1).any(|other| same(&other)) {
            let both = format!("{{{}, {}}}", key.text(), action.text());
            item.at("{topologyKey, whenUnsatisfiable}").duplicate(both);
        }
        item.at("minDomains").given_then(|at| {
            rules::positive(at);
            if action.text() != "DoNotSchedule" {
                let action = action.text();
                at.invalid(&format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
                ));
            }
        });
        for name in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            item.at(name).one_of_if_given(&["Honor", "Ignore"]);
        }
        match_label_keys(item);
        rules::label_selector(&item.at("labelSelector"));
    }
}

/// Keys of labels whose values a pod shares, or doesn't, with those that a selector means.
pub(super) fn match_label_keys(at: &Spot) {
    let selector = at.at("labelSelector");
    let (matched, unmatched) = (at.at("matchLabelKeys"), at.at("mismatchLabelKeys"));
    for keys in [&matched, &unmatched] {
        if keys.empty() {
            continue;
        }
        if selector.given() {
            keys.each(|key| key.in_format(format::label_key));
        } else {
            keys.forbidden("must not be specified when labelSelector is not set");
        }
    }
    in_selector_twice(at, below(at.value(), "matchLabelKeys"), selector.value());
    for key in matched.items() {
        if unmatched.items().any(|other| other.text() == key.text()) {
            key.invalid("exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
}

/// A key that the server merged into the selector stands there once; one more is a mistake.
fn in_selector_twice(at: &Spot, keys: &Value, selector: &Value) {
    let keys = keys.as_array().map(Vec::as_slice).unwrap_or_default();
    let labels = below(selector, "matchLabels").as_object();
    let mut seen: Vec<&str> = labels.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    for term in below(selector, "matchExpressions").as_array().into_iter().flatten() {
        let key = rules::below_text(term, "key");
        let index = keys.iter().rposition(|other| other.as_str() == Some(key));
        if let Some(index) = index.filter(|_| seen.contains(&key)) {
            at.index(index).invalid_as(key, "exists in both matchLabelKeys and labelSelector");
        }
        seen.push(key);
    }
}
