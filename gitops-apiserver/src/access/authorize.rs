//! What roles allow.

use super::{
    Attributes, Target, User,
    rules::{self, Rule},
};
use crate::status::{Status, quote};
use serde_json::Value;

/// Who may do everything, without a role.
pub(super) const MASTERS: &str = "system:masters";
pub(super) const GROUP: &str = "rbac.authorization.k8s.io";

/// The role objects that there are.
pub trait Roles {
    /// A Role.
    fn role(&self, namespace: &str, name: &str) -> Option<Value>;
    /// A ClusterRole.
    fn cluster_role(&self, name: &str) -> Option<Value>;
    /// The RoleBindings of a namespace, by name.
    fn role_bindings(&self, namespace: &str) -> Vec<Value>;
    /// All ClusterRoleBindings, by name.
    fn cluster_role_bindings(&self) -> Vec<Value>;
}

/// Whether something is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is.
    pub allowed: bool,
    /// Which role allows it, or what went wrong. May be empty.
    pub reason: String,
}

/// Whether a user may do something.
pub fn authorize(roles: &dyn Roles, user: &User, attributes: &Attributes) -> Decision {
    if user.groups.iter().any(|group| group == MASTERS) {
        return Decision { allowed: true, reason: String::new() };
    }
    let (mut allowed, mut wrong) = (None, Vec::new());
    visit(roles, user, attributes.namespace(), NotFound::OfKind, &mut |found| {
        match found {
            Ok((source, rule)) if allows(rule, attributes) => allowed = Some(source()),
            Ok(_) => {}
            Err(why) => wrong.push(why),
        }
        allowed.is_none()
    });
    match (allowed, joined(wrong)) {
        (Some(source), _) => {
            Decision { allowed: true, reason: format!("RBAC: allowed by {source}") }
        }
        (None, None) => Decision::default(),
        // The chain of authorizers names the one that refuses, but not the one that allows.
        (None, Some(why)) => Decision { allowed: false, reason: format!("rbac: RBAC: {why}") },
    }
}

/// Refuses what a user may not do.
///
/// # Errors
/// 403, in the server's words.
pub fn demand(roles: &dyn Roles, user: &User, attributes: &Attributes) -> Result<(), Status> {
    let decision = authorize(roles, user, attributes);
    if decision.allowed { Ok(()) } else { Err(attributes.forbidden(user, &decision.reason)) }
}

fn allows(rule: &Rule, attributes: &Attributes) -> bool {
    match &attributes.target {
        Target::Path(path) => rule.allows_path(&attributes.verb, path),
        Target::Object { group, resource, subresource, name, .. } => {
            rule.allows_object(&attributes.verb, group, resource, subresource, name)
        }
    }
}

/// Several errors as one: each once, in brackets if there are several.
pub(super) fn joined(errors: Vec<String>) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for error in errors {
        if !all.contains(&error) {
            all.push(error);
        }
    }
    match &*all {
        [] => None,
        [one] => Some(one.clone()),
        all => Some(format!("[{}]", all.join(", "))),
    }
}

/// How a role that isn't there is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotFound<'a> {
    /// By its kind: the authorizer's cache.
    OfKind,
    /// By the resource of the request, whatever that is: the store that checks escalation.
    OfResource(&'a str),
}

type Found<'a> = Result<(&'a dyn Fn() -> String, &'a Rule), String>;

/// Calls `each` with each rule that applies to a user, and what grants it, and with each error,
/// until it returns false.
pub(super) fn visit(
    roles: &dyn Roles,
    user: &User,
    namespace: &str,
    wording: NotFound<'_>,
    each: &mut dyn FnMut(Found<'_>) -> bool,
) {
    let cluster = roles.cluster_role_bindings();
    let local = if namespace.is_empty() { Vec::new() } else { roles.role_bindings(namespace) };
    let cluster = cluster.iter().map(|binding| (binding, ""));
    for (binding, place) in cluster.chain(local.iter().map(|binding| (binding, namespace))) {
        let Some(subject) = subject(binding, user, place) else { continue };
        let reference = &binding["roleRef"];
        let source = || describe(binding, subject, place);
        match referenced(roles, reference, place, wording) {
            Err(status) => {
                if !each(Err(status.message)) {
                    return;
                }
            }
            Ok(rules) => {
                for rule in &rules {
                    if !each(Ok((&source, rule))) {
                        return;
                    }
                }
            }
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The rules of the role that a binding refers to; `namespace` is the binding's.
pub(super) fn referenced(
    roles: &dyn Roles,
    reference: &Value,
    namespace: &str,
    wording: NotFound<'_>,
) -> Result<Vec<Rule>, Status> {
    let name = text(reference, "name");
    let (role, kind) = match text(reference, "kind") {
        "Role" => (roles.role(namespace, name), "role"),
        "ClusterRole" => (roles.cluster_role(name), "clusterrole"),
        other => {
            let why = format!("unsupported role reference kind: {}", quote(other));
            return Err(Status::unclassified(why));
        }
    };
    let named = match wording {
        NotFound::OfKind => kind,
        NotFound::OfResource(resource) => resource,
    };
    role.map(|role| rules::of(&role)).ok_or_else(|| Status::not_found(GROUP, named, name))
}

/// The first subject of a binding that is the user.
fn subject<'a>(binding: &'a Value, user: &User, namespace: &str) -> Option<&'a Value> {
    binding.get("subjects")?.as_array()?.iter().find(|subject| {
        let name = text(subject, "name");
        match text(subject, "kind") {
            "User" => user.name == name,
            "Group" => user.groups.iter().any(|group| group == name),
            "ServiceAccount" => {
                let of = Some(text(subject, "namespace")).filter(|of| !of.is_empty());
                let of = of.unwrap_or(namespace);
                !of.is_empty() && user.name == format!("system:serviceaccount:{of}:{name}")
            }
            _ => false,
        }
    })
}

/// What grants a rule.
fn describe(binding: &Value, subject: &Value, namespace: &str) -> String {
    let (name, reference) = (text(&binding["metadata"], "name"), &binding["roleRef"]);
    let (kind, name) = match namespace {
        "" => ("ClusterRoleBinding", name.to_owned()),
        namespace => ("RoleBinding", format!("{name}/{namespace}")),
    };
    let (role_kind, role) = (text(reference, "kind"), text(reference, "name"));
    let who = text(subject, "name");
    let who = match (text(subject, "kind"), text(subject, "namespace")) {
        ("ServiceAccount", "") => format!("{who}/{namespace}"),
        ("ServiceAccount", of) => format!("{who}/{of}"),
        _ => who.to_owned(),
    };
    let to = text(subject, "kind");
    format!("{kind} {} of {role_kind} {} to {to} {}", quote(&name), quote(role), quote(&who))
}

/// All rules of a user in a namespace, and what went wrong.
pub(super) fn rules_of(
    roles: &dyn Roles,
    user: &User,
    namespace: &str,
    wording: NotFound<'_>,
) -> (Vec<Rule>, Option<String>) {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    visit(roles, user, namespace, wording, &mut |found| {
        match found {
            Ok((_, rule)) => all.push(rule.clone()),
            Err(why) => wrong.push(why),
        }
        true
    });
    (all, joined(wrong))
}
