//! When a Job counts as failed or done.

use super::spot::Spot;
use super::{format, spot::below};
use super::{indexes, rules};
use crate::status::Bad;
use serde_json::Value;

const ACTIONS: &[&str] = &["Count", "FailIndex", "FailJob", "Ignore"];

/// Which failures of pods mean what.
pub(super) fn failure(spec: &Spot) {
    let rules = spec.at("podFailurePolicy.rules");
    if rules.len() > 20 {
        rules.too_many(20);
    }
    rules.each(|rule| failure_rule(rule, spec.value()));
}

fn failure_rule(at: &Spot, spec: &Value) {
    let (action, codes, conditions) =
        (at.at("action"), at.at("onExitCodes"), at.at("onPodConditions"));
    let quoted = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| crate::status::quote(word)).collect();
        format!("valid values: [{}]", words.join(" "))
    };
    match action.text() {
        "" => action.required(&quoted(ACTIONS)),
        "FailIndex" if below(spec, "backoffLimitPerIndex").is_null() => {
            action.invalid("requires the backoffLimitPerIndex to be set");
        }
        _ => action.one_of(ACTIONS),
    }
    codes.given_then(|at| exit_codes(at, spec, &quoted));
    if conditions.len() > 20 {
        conditions.too_many(20);
    }
    conditions.each(|at| {
        at.at("type").in_format(format::label_key);
        let status = at.at("status");
        let known = &["False", "True", "Unknown"];
        match status.text() {
            "" => status.required(&quoted(known)),
            _ => status.one_of(known),
        }
    });
    match (codes.given(), conditions.empty()) {
        (true, false) => at.invalid_as(
            Bad::Omitted,
            "specifying both OnExitCodes and OnPodConditions is not supported",
        ),
        (false, true) => at.invalid_as(
            Bad::Omitted,
            "specifying one of OnExitCodes and OnPodConditions is required",
        ),
        _ => {}
    }
}

fn exit_codes(at: &Spot, spec: &Value, quoted: &dyn Fn(&[&str]) -> String) {
    let (operator, container, values) =
        (at.at("operator"), at.at("containerName"), at.at("values"));
    let known = &["In", "NotIn"];
    match operator.text() {
        "" => operator.required(&quoted(known)),
        _ => operator.one_of(known),
    }
    let lists = ["template.spec.containers", "template.spec.initContainers"];
    let named = |list: &&str| {
        let list = below(spec, list).as_array();
        list.into_iter().flatten().any(|one| rules::below_text(one, "name") == container.text())
    };
    if container.given() && !lists.iter().any(named) {
        container
            .invalid("must be one of the container or initContainer names in the pod template");
    }
    if values.empty() {
        values.invalid("at least one value is required");
    } else if values.len() > 255 {
        values.too_many(255);
    }
    let mut seen: Vec<i64> = Vec::new();
    for value in values.items() {
        let number = value.number();
        if operator.text() == "In" && number == 0 {
            value.invalid("must not be 0 for the In operator");
        }
        if seen.contains(&number) {
            value.duplicate(number);
        }
        seen.push(number);
    }
    if !seen.is_sorted() {
        values.invalid("must be ordered");
    }
}

/// When a Job is done before all of it is.
pub(super) fn success(spec: &Spot) {
    let policy = spec.at("successPolicy");
    if !policy.given() {
        return;
    }
    if spec.at("completionMode").text() != "Indexed" {
        return policy.invalid_in_memory("batch.SuccessPolicy", "requires indexed completion mode");
    }
    let all = policy.at("rules");
    if all.empty() {
        all.required("at least one rules must be specified when the successPolicy is specified");
    }
    if all.len() > 20 {
        all.too_many(20);
    }
    all.each(|rule| success_rule(rule, spec.at("completions").number()));
}

fn success_rule(at: &Spot, completions: i64) {
    let (indexes, count) = (at.at("succeededIndexes"), at.at("succeededCount"));
    if !indexes.given() && !count.given() {
        at.required("at least one of succeededCount or succeededIndexes must be specified");
    }
    let mut total = 0;
    indexes.given_then(|at| {
        if at.len() > 64 * 1024 {
            at.too_long(64 * 1024);
        }
        match indexes::count(at.text(), completions) {
            Ok(found) => total = found,
            Err(problem) => at.invalid(&format!("error parsing succeededIndexes: {problem}")),
        }
    });
    count.given_then(|at| {
        rules::non_negative(at);
        if at.number() > completions {
            at.invalid(&format!("must be less than or equal to {completions} (the number of specified completions)"));
        }
        if indexes.given() && at.number() > total {
            at.invalid(&format!("must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"));
        }
    });
}

/// When a pod that fails is replaced.
pub(super) fn replacement(spec: &Spot) {
    let policy = spec.at("podReplacementPolicy");
    if spec.at("podFailurePolicy").given() {
        policy.one_of_if_given(&["Failed"]);
    } else {
        policy.one_of_if_given(&["Failed", "TerminatingOrFailed"]);
    }
}
