//! When containers start anew.

use crate::builtin::validation::spot::Spot;

/// The policy of a container of its own, and the rules that come with it.
pub(super) fn policy(at: &Spot) {
    let (policy, rules) = (at.at("restartPolicy"), at.at("restartPolicyRules"));
    if policy.given() {
        policy.one_of(&["Always", "Never", "OnFailure"]);
    } else if rules.empty() {
        return;
    } else {
        policy.required("must specify restartPolicy when restart rules are used");
    }
    if rules.len() > 20 {
        rules.too_many(20);
    }
    rules.each(rule);
}

/// The policy of an init container, which may have none.
pub(super) fn policy_of_init(at: &Spot) {
    let (policy_at, rules) = (at.at("restartPolicy"), at.at("restartPolicyRules"));
    if policy_at.given() {
        policy(at);
    } else if !rules.empty() {
        policy_at.required("must specify restartPolicy when restart rules are used");
    }
}

fn rule(at: &Spot) {
    at.at("action").one_of(&["Restart", "RestartAllContainers"]);
    let codes = at.at("exitCodes");
    if !codes.given() {
        codes.required("must be specified");
        return;
    }
    codes.at("operator").one_of(&["In", "NotIn"]);
    if codes.at("values").len() > 255 {
        codes.at("values").too_many(255);
    }
}

/// What happens to a container whose resources change.
pub(super) fn resize_policies(at: &Spot, pod_policy: &str) {
    let mut seen: Vec<String> = Vec::new();
    for item in at.items() {
        let (resource, policy) = (item.at("resourceName").text(), item.at("restartPolicy").text());
        if seen.iter().any(|seen| seen == resource) {
            item.duplicate(resource);
        }
        seen.push(resource.to_owned());
        at.with(item.at("resourceName").value()).required_one_of(&["cpu", "memory"]);
        at.with(item.at("restartPolicy").value())
            .required_one_of(&["NotRequired", "RestartContainer"]);
        if pod_policy == "Never" && policy != "NotRequired" {
            at.invalid_as(policy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
        }
    }
}
