//! Nobody grants by roles what they don't have themselves.

use super::{
    Attributes, Roles, User,
    authorize::{GROUP, MASTERS, NotFound, authorize, referenced, rules_of},
    rules::{self, Rule, quoted},
};
use crate::status::{Status, quote};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A write of a Role, ClusterRole, RoleBinding or ClusterRoleBinding.
#[derive(Debug, Clone, Copy)]
pub struct RoleWrite<'a> {
    /// `roles`, `clusterroles`, `rolebindings` or `clusterrolebindings`.
    pub resource: &'a str,
    /// The namespace of the request; empty for cluster-wide kinds.
    pub namespace: &'a str,
    /// The name in the path of the request; empty when something is created.
    pub name: &'a str,
    /// What is to be written.
    pub object: &'a Value,
    /// What is there; none when something is created.
    pub old: Option<&'a Value>,
}

/// Refuses writes of roles and bindings that give more than the user has, unless the user may
/// `escalate` the role or `bind` the one that is referred to. Comes before validation.
///
/// # Errors
/// 403; 404 for a binding to a role that isn't there.
pub fn check_escalation(
    roles: &dyn Roles,
    user: &User,
    write: RoleWrite<'_>,
) -> Result<(), Status> {
    if user.groups.iter().any(|group| group == MASTERS) {
        return Ok(());
    }
    let RoleWrite { resource, namespace, object, old, .. } = write;
    let may = |verb: &str, resource: &str, name: &str| {
        let asked = Attributes::object(verb, GROUP, resource, namespace, name);
        authorize(roles, user, &asked).allowed
    };
    let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let forbidden = |why: &str| Status::forbidden(GROUP, resource, name, why);
    let confirm = |rules: &[Rule]| match uncovered(roles, user, write, rules) {
        Some(why) => Err(forbidden(&why)),
        None => Ok(()),
    };
    if matches!(resource, "roles" | "clusterroles") {
        if may("escalate", resource, write.name)
            || old.is_some_and(|old| only_collected(object, old))
        {
            return Ok(());
        }
        confirm(&rules::of(object))?;
        if aggregates(object) || old.is_some_and(aggregates) {
            confirm(&everything()).map_err(|_| {
                forbidden("must have cluster-admin privileges to use the aggregationRule")
            })?;
        }
        return Ok(());
    }
    if old.is_some_and(|old| only_collected(object, old)) {
        return Ok(());
    }
    let reference = &object["roleRef"];
    let text = |name: &str| reference.get(name).and_then(Value::as_str).unwrap_or_default();
    let bound = match (text("kind"), text("apiGroup")) {
        ("ClusterRole", GROUP) => may("bind", "clusterroles", text("name")),
        ("Role", GROUP) => may("bind", "roles", text("name")),
        _ => false,
    };
    if bound {
        return Ok(());
    }
    confirm(&referenced(roles, reference, namespace, NotFound::OfResource(resource))?)
}

fn aggregates(role: &Value) -> bool {
    let selectors = role.pointer("/aggregationRule/clusterRoleSelectors");
    selectors.and_then(Value::as_array).is_some_and(|selectors| !selectors.is_empty())
}

fn everything() -> [Rule; 2] {
    let all = || vec!["*".to_owned()];
    [
        Rule { verbs: all(), groups: all(), resources: all(), ..Rule::default() },
        Rule { verbs: all(), urls: all(), ..Rule::default() },
    ]
}

/// Whether a write changes only what garbage collection needs, to get an object out of the way.
fn only_collected(object: &Value, old: &Value) -> bool {
    let rest = |object: &Value| {
        let mut object = object.clone();
        if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            for name in ["ownerReferences", "finalizers", "selfLink", "managedFields"] {
                meta.remove(name);
            }
        }
        object
    };
    rest(object) == rest(old)
}

/// What of `rules` a user doesn't have, as the refusal says it.
fn uncovered(
    roles: &dyn Roles,
    user: &User,
    write: RoleWrite<'_>,
    rules: &[Rule],
) -> Option<String> {
    let wording = NotFound::OfResource(write.resource);
    let (owned, wrong) = rules_of(roles, user, write.namespace, wording);
    let parts = rules.iter().flat_map(Rule::parts);
    let missing: Vec<Rule> =
        parts.filter(|part| !owned.iter().any(|rule| rule.covers(part))).collect();
    if missing.is_empty() {
        return None;
    }
    // Rules for the same thing are shown as one, with all its verbs.
    let mut compact: BTreeMap<[Vec<String>; 3], Rule> = BTreeMap::new();
    let mut shown: BTreeSet<String> = BTreeSet::new();
    for rule in missing {
        if !rule.urls.is_empty() {
            shown.insert(rule.compact());
            continue;
        }
        let key = [rule.groups.clone(), rule.resources.clone(), rule.names.clone()];
        match compact.get_mut(&key) {
            Some(known) => known.verbs.extend(rule.verbs),
            None => {
                compact.insert(key, rule);
            }
        }
    }
    shown.extend(compact.values().map(Rule::compact));
    let shown: Vec<String> = shown.into_iter().collect();
    let (name, groups) = (quote(&user.name), quoted(&user.groups));
    let mut why = format!(
        "user {name} (groups={groups}) is attempting to grant RBAC permissions not currently held:\n{}",
        shown.join("\n")
    );
    if let Some(wrong) = wrong {
        why.push_str(&format!("; resolution errors: [{wrong}]"));
    }
    Some(why)
}
