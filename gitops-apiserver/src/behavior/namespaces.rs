//! What every namespace has, and how namespaces end: pods first, then everything else, and then the
//! namespace.

use super::{Change, actor::Actor, agenda::Work};
use crate::{
    core::Core,
    kind::Kind,
    object,
    request::{DeleteOptions, Propagation},
    store::Range,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

const ACCOUNT: &str = "system:serviceaccount:kube-system:namespace-controller";
/// What the controller takes out of `spec.finalizers` when a namespace is empty.
const TOKEN: &str = "kubernetes";
pub(super) const TABLE: &str = "namespaces";

/// Plans what follows for namespaces.
pub(super) fn plan(change: &Change<'_>) {
    let behavior = &change.core.behavior;
    if change.table() == TABLE {
        let ends = change.after.is_some_and(super::Meta::is_deleting);
        behavior.set_ending(&change.place.1, ends);
        if ends && change.settings.namespace_deletion {
            change.plan_here(Work::EndNamespace);
        }
        if change.before.is_none() && change.settings.namespace_contents {
            change.plan_here(Work::FillNamespace);
        }
        return;
    }
    let Some(meta) = change.after.or(change.before) else { return };
    if meta.namespace.is_empty() {
        return;
    }
    let namespace: (Arc<str>, Arc<str>) = (TABLE.into(), meta.namespace.as_str().into());
    if behavior.is_ending(&meta.namespace) {
        if change.settings.namespace_deletion {
            change.plan(Work::EndNamespace, namespace);
        }
    } else if change.after.is_none()
        && change.settings.namespace_contents
        && matches!(change.table(), "serviceaccounts" | "configmaps")
    {
        change.plan(Work::FillNamespace, namespace);
    }
}

/// What is left in a namespace.
#[derive(Debug, Default)]
struct Left {
    /// `configmaps.`, `deployments.apps`, and how many.
    resources: BTreeMap<String, usize>,
    finalizers: BTreeMap<String, usize>,
    /// Deletions that were refused.
    errors: Vec<String>,
}

/// Empties a namespace that is being deleted; removes it if it is empty.
pub(super) fn end(core: &Core, name: &str) {
    let actor = Actor::controller(core, ACCOUNT);
    let Some((kind, mut namespace)) = actor.read(TABLE, name) else { return };
    let waits = namespace.pointer("/spec/finalizers").and_then(Value::as_array);
    if !object::is_deleting(&namespace) || waits.is_none_or(Vec::is_empty) {
        return;
    }
    let mut left = Left::default();
    empty(&actor, "pods", name, &mut left);
    // As long as there are pods they may need the rest, and what is left isn't told.
    let pods = !left.resources.is_empty();
    if !pods {
        for table in core.store.tables().iter().filter(|table| &***table != "pods") {
            empty(&actor, table, name, &mut left);
        }
    }
    let told = if pods { Left { errors: left.errors.clone(), ..Left::default() } } else { left };
    let empty = !pods && told.resources.is_empty() && told.errors.is_empty();
    if set_conditions(&mut namespace, &told, &core.timestamp()) {
        match actor.update(&kind, &namespace, "status") {
            Ok(updated) => namespace = updated,
            Err(_) => return,
        }
    }
    if empty {
        let finalizers = namespace.pointer_mut("/spec/finalizers").and_then(Value::as_array_mut);
        if let Some(finalizers) = finalizers {
            finalizers.retain(|one| one != TOKEN);
        }
        let _ = actor.update(&kind, &namespace, "finalize");
    }
}

/// Deletes all objects of a resource in a namespace, and notes what stays.
fn empty(actor: &Actor<'_>, table: &str, namespace: &str, left: &mut Left) {
    let Some(kind) = actor.core.kinds.of_table(table) else { return };
    if !kind.info.namespaced || !kind.info.verbs.iter().any(|verb| verb == "delete") {
        return;
    }
    let prefix = format!("{namespace}/");
    let range = Range { prefix: &prefix, ..Range::default() };
    let options =
        DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
    for (_, stored) in actor.core.store.list(table, range).items {
        let Ok(object) = kind.read(&stored.bytes) else { continue };
        match actor.delete(&kind, &object, &options) {
            Err(status) if status.reason != "NotFound" => {
                left.errors.push(status.message);
                break;
            }
            _ => {}
        }
    }
    note(actor.core, &kind, &prefix, left);
}

fn note(core: &Core, kind: &Kind, prefix: &str, left: &mut Left) {
    let stays = core.store.list(&kind.table, Range { prefix, ..Range::default() }).items;
    if stays.is_empty() {
        return;
    }
    left.resources.insert(format!("{}.{}", kind.plural(), kind.group()), stays.len());
    for (_, stored) in stays {
        let Ok(object) = kind.read(&stored.bytes) else { continue };
        for finalizer in object::finalizers(&object) {
            *left.finalizers.entry(finalizer.to_owned()).or_default() += 1;
        }
    }
}

/// A condition's type, and its reason and message while nothing is wrong.
const CONDITIONS: [(&str, &str, &str); 5] = [
    (
        "NamespaceDeletionDiscoveryFailure",
        "ResourcesDiscovered",
        "All resources successfully discovered",
    ),
    (
        "NamespaceDeletionGroupVersionParsingFailure",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    (
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    (
        "NamespaceFinalizersRemaining",
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
    ),
];

/// Says in a namespace's conditions what is left in it; whether that is news.
fn set_conditions(namespace: &mut Value, left: &Left, now: &str) -> bool {
    let list = |of: &BTreeMap<String, usize>, word: &str| {
        let each =
            of.iter().map(|(name, count)| format!("{name} {word} {count} resource instances"));
        each.collect::<Vec<_>>().join(", ")
    };
    let found = |of: &str| match of {
        "NamespaceDeletionContentFailure" if !left.errors.is_empty() => {
            let count = left.errors.len();
            let errors = left.errors.join(", ");
            let message =
                format!("Failed to delete all resource types, {count} remaining: {errors}");
            Some(("ContentDeletionFailed", message))
        }
        "NamespaceContentRemaining" if !left.resources.is_empty() => {
            let message = format!("Some resources are remaining: {}", list(&left.resources, "has"));
            Some(("SomeResourcesRemain", message))
        }
        "NamespaceFinalizersRemaining" if !left.finalizers.is_empty() => {
            let what = list(&left.finalizers, "in");
            let message = format!("Some content in the namespace has finalizers remaining: {what}");
            Some(("SomeFinalizersRemain", message))
        }
        _ => None,
    };
    let mut changed = false;
    for (of, reason, message) in CONDITIONS {
        let (status, reason, message) = match found(of) {
            Some((reason, message)) => ("True", reason, message),
            None => ("False", reason, message.to_owned()),
        };
        changed |= super::conditions::set(
            namespace,
            json!({
                "type": of, "status": status, "reason": reason, "message": message,
                "lastTransitionTime": now,
            }),
        );
    }
    changed
}

/// Gives a namespace the ServiceAccount and the certificates that each has.
pub(super) fn fill(core: &Core, name: &str) {
    let actor =
        Actor::controller(core, "system:serviceaccount:kube-system:service-account-controller");
    let Some((_, namespace)) = actor.read(TABLE, name) else { return };
    if object::is_deleting(&namespace) {
        return;
    }
    let metadata = |of: &str| json!({"name": of, "namespace": name});
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata("default")});
    let mut root = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("kube-root-ca.crt"),
        "data": {"ca.crt": ROOT},
    });
    root["metadata"]["annotations"] = json!({"kubernetes.io/description": DESCRIPTION});
    for (plural, object) in [("serviceaccounts", account), ("configmaps", root)] {
        let key = format!("{name}/{}", object::meta(&object, "name"));
        let Some(kind) = core.kinds.find("", "v1", plural) else { continue };
        if core.store.get(&kind.table, &key).is_none() {
            let _ = actor.create(&kind, &object);
        }
    }
}

/// What stands in the place of the cluster's certificate authority: nothing is signed by it.
const ROOT: &str = "";
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
