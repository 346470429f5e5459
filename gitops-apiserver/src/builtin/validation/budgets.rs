//! Disruption budgets, priorities, leases and classes of runtimes.

use super::pod::{preemption_policy, tolerations};
use super::rules::{self, count_or_share, share_of_100_at_most};
use super::spot::{Rule, Spot, below};
use super::{format, internal, resources};
use serde_json::Value;

pub(super) const BUDGET: &[Rule] = &[
    ("spec", |at| {
        if at.at("minAvailable").given() && at.at("maxUnavailable").given() {
            let shown = internal::shown(at.value(), "policy.PodDisruptionBudgetSpec");
            at.invalid_as(shown, "minAvailable and maxUnavailable cannot be both set");
        }
    }),
    ("spec.minAvailable", count),
    ("spec.maxUnavailable", count),
    ("spec.selector", rules::label_selector),
    ("spec.unhealthyPodEvictionPolicy", |at| {
        at.one_of_if_given(&["AlwaysAllow", "IfHealthyBudget"]);
    }),
];

const BUDGET_STATUS: &[Rule] = &[
    ("status.conditions", rules::conditions),
    ("status.disruptionsAllowed", rules::non_negative),
    ("status.currentHealthy", rules::non_negative),
    ("status.desiredHealthy", rules::non_negative),
    ("status.expectedPods", rules::non_negative),
];

/// The status of a budget.
pub(super) fn budget_status(at: &Spot) {
    at.check(BUDGET_STATUS);
}

fn count(at: &Spot) {
    at.given_then(|at| {
        count_or_share(at);
        share_of_100_at_most(at);
    });
}

/// The highest priority that users may give.
const HIGHEST: i64 = 1_000_000_000;
const OF_SYSTEM: &[(&str, i64)] =
    &[("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];

pub(super) const PRIORITY: &[Rule] = &[
    ("", |at| {
        let (name, value) = (at.at("metadata.name"), at.at("value"));
        let known = OF_SYSTEM.iter().find(|(known, _)| *known == name.text());
        if !name.text().starts_with("system-") {
            if value.number() > HIGHEST {
                value.forbidden(&format!(
                    "maximum allowed value of a user defined priority is {HIGHEST}"
                ));
            }
            return;
        }
        let problem = match known {
            None => format!("{} is not a known system priority class", name.text()),
            Some((name, wanted)) if *wanted != value.number() => {
                format!("value of {name} PriorityClass must be {wanted}")
            }
            Some((name, _)) if at.at("globalDefault").flag() => {
                format!("globalDefault of {name} PriorityClass must be false")
            }
            Some(_) => return,
        };
        name.forbidden(&format!("priority class names with 'system-' prefix are reserved for system use only. error: {problem}"));
    }),
    ("preemptionPolicy", preemption_policy),
];

pub(super) fn priority_fixed(new: &Spot, old: &Value) {
    if new.at("value").number() != below(old, "value").as_i64().unwrap_or_default() {
        new.at("value").forbidden("may not be changed in an update.");
    }
    rules::immutable(&new.at("preemptionPolicy"), below(old, "preemptionPolicy"));
}

pub(super) const LEASE: &[Rule] = &[
    ("spec.leaseDurationSeconds", |at| {
        if at.given() && at.number() <= 0 {
            at.invalid("must be greater than 0");
        }
    }),
    ("spec.leaseTransitions", rules::non_negative),
    ("spec.strategy", |at| {
        at.given_then(|at| {
            // The field's name stands twice.
            let place = at.at("strategy");
            let place = place.with(at.value());
            if at.text().contains('/') {
                place.in_format(format::label_key);
            } else {
                place.one_of(&["OldestEmulationVersion"]);
            }
        });
    }),
    ("spec", |at| {
        if !at.at("preferredHolder").empty() && at.at("strategy").empty() {
            at.at("preferredHolder").forbidden("may only be specified if `strategy` is defined");
        }
    }),
];

pub(super) const RUNTIME: &[Rule] = &[
    ("overhead", |at| {
        at.given_then(|at| {
            let limits = serde_json::json!({"limits": at.at("podFixed").value()});
            resources::requirements(&at.with(&limits), resources::name_of_container, &[]);
        });
    }),
    ("scheduling.nodeSelector", rules::labels),
    ("scheduling.tolerations", |at| {
        tolerations(at);
        let mut seen: Vec<Value> = Vec::new();
        for item in at.items() {
            let mut key = item.value().clone();
            super::spot::put(&mut key, "tolerationSeconds", Value::Null);
            if seen.contains(&key) {
                item.duplicate(internal::shown(item.value(), "core.Toleration"));
            } else {
                seen.push(key);
            }
        }
    }),
];

/// What the server declares, and says after all else.
pub(super) const RUNTIME_DECLARED: &[Rule] =
    &[("handler", |at| at.required_in_format(format::short_name))];

/// A changed handler: what is declared of a new one stands here, where it may not change.
pub(super) fn handler_again(class: &Spot) {
    class.at("handler").in_format_if_any(format::label);
}

/// Its handler stays. Declared, and so told without the value.
pub(super) fn runtime_fixed(new: &Spot, old: &Value) {
    let handler = new.at("handler");
    if handler.value() != below(old, "handler") {
        handler.invalid_as(Value::Null, rules::IMMUTABLE);
        rules::required(&handler);
    }
}
