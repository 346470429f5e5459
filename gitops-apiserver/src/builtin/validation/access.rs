//! Roles and their bindings.

use super::format;
use super::rules;
use super::spot::{Rule, Spot, below};
use serde_json::Value;

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) const ROLE: &[Rule] = &[("rules[]", |at| rule(at, true))];
pub(super) const CLUSTER_ROLE: &[Rule] =
    &[("rules[]", |at| rule(at, false)), ("aggregationRule", aggregation)];
pub(super) const ROLE_BINDING: &[Rule] =
    &[("roleRef", |at| role(at, &["Role", "ClusterRole"])), ("subjects[]", |at| subject(at, true))];
pub(super) const CLUSTER_ROLE_BINDING: &[Rule] =
    &[("roleRef", |at| role(at, &["ClusterRole"])), ("subjects[]", |at| subject(at, false))];

/// What the server declares, and says after all else.
pub(super) const ROLE_DECLARED: &[Rule] = &[("rules[]", |at| rules::required(&at.at("verbs")))];
pub(super) const BINDING_DECLARED: &[Rule] = &[
    ("subjects[]", |at| rules::required(&at.at("name"))),
    ("roleRef", |at| rules::required(&at.at("name"))),
];

/// The same of a change: of a role that may not change, nothing more is asked.
pub(super) fn binding_declared(new: &Spot, old: &Value) {
    new.declared(BINDING_DECLARED.get(..1).unwrap_or_default(), Some(old));
}

fn rule(at: &Spot, namespaced: bool) {
    let (groups, resources, urls) =
        (at.at("apiGroups"), at.at("resources"), at.at("nonResourceURLs"));
    if !urls.empty() {
        if namespaced {
            urls.invalid("namespaced rules cannot apply to non-resource URLs");
        }
        if !groups.empty() || !resources.empty() || !at.at("resourceNames").empty() {
            urls.invalid("rules cannot apply to both regular resources and non-resource URLs");
        }
        return;
    }
    if groups.empty() {
        groups.required("resource rules must supply at least one api group");
    }
    if resources.empty() {
        resources.required("resource rules must supply at least one resource");
    }
}

fn aggregation(at: &Spot) {
    let selectors = at.at("clusterRoleSelectors");
    if at.given() && selectors.empty() {
        selectors
            .required("at least one clusterRoleSelector required if aggregationRule is non-nil");
    }
    for selector in selectors.items() {
        rules::label_selector(&selector);
        if crate::names::LabelSelector::from_object(Some(selector.value())).is_err() {
            // What is shown is the selector that couldn't be made.
            selector.invalid_as(Value::Null, "invalid label selector.");
        }
    }
}

fn role(at: &Spot, kinds: &[&str]) {
    at.at("apiGroup").one_of(&[GROUP]);
    at.at("kind").one_of(kinds);
    at.at("name").in_format_if_any(format::path_segment);
}

/// The same of a changed binding: what is declared of a new one stands with the rest, where the
/// role may not change.
fn role_again(at: &Spot, kinds: &[&str]) {
    role(at, kinds);
    rules::required(&at.at("name"));
}

pub(super) fn role_binding_again(at: &Spot) {
    role_again(&at.at("roleRef"), &["Role", "ClusterRole"]);
    at.at("subjects").each(|at| subject(at, true));
}

pub(super) fn cluster_role_binding_again(at: &Spot) {
    role_again(&at.at("roleRef"), &["ClusterRole"]);
    at.at("subjects").each(|at| subject(at, false));
}

fn subject(at: &Spot, namespaced: bool) {
    let (name, group, kind) = (at.at("name"), at.at("apiGroup"), at.at("kind"));
    match kind.text() {
        "ServiceAccount" => {
            name.in_format_if_any(format::subdomain);
            if !group.empty() {
                group.one_of(&[""]);
            }
            if !namespaced {
                rules::required(&at.at("namespace"));
            }
        }
        "User" | "Group" => group.one_of(&[GROUP]),
        _ => kind.one_of(&["ServiceAccount", "User", "Group"]),
    }
}

pub(super) fn role_fixed(new: &Spot, old: &Value) {
    rules::immutable_in_memory(&new.at("roleRef"), below(old, "roleRef"), "rbac.RoleRef");
}
