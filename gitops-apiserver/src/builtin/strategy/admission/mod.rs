//! The admission that a stock server has built in, as far as it changes objects or looks at others.
//!
//! Of the plugins that Kubernetes 1.37 turns on by default, in their order: NamespaceLifecycle,
//! LimitRanger, TaintNodesByCondition, Priority, DefaultTolerationSeconds, DefaultStorageClass,
//! StorageObjectInUseProtection, PersistentVolumeClaimResize, RuntimeClass, DefaultIngressClass,
//! PodTopologyLabels. Not: ServiceAccount (envtest turns it off), PodSecurity, ResourceQuota and
//! those about certificates. Webhooks and policies are the caller's.

mod classes;
mod limits;
mod namespaces;
mod pods;
mod runtime;

use crate::builtin::defaults::field;
use crate::status::Status;
use serde_json::Value;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// An object is created.
    Create,
    /// An object, or a part of it, is replaced.
    Update,
    /// An object is deleted.
    Delete,
}

/// A write.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is done.
    pub operation: Operation,
    /// API group.
    pub group: &'a str,
    /// Plural of the resource.
    pub resource: &'a str,
    /// Subresource; empty for the object itself.
    pub subresource: &'a str,
    /// Namespace; empty for what has none.
    pub namespace: &'a str,
    /// Name, from the path: empty for creations.
    pub name: &'a str,
}

/// Where admission looks up other objects.
pub trait Lookup {
    /// The object as stored. `namespace` is empty for what has none.
    fn get(&self, group: &str, resource: &str, namespace: &str, name: &str) -> Option<Value>;
    /// All objects of a namespace, by name.
    fn list(&self, group: &str, resource: &str, namespace: &str) -> Vec<Value>;
}

impl Request<'_> {
    fn is(&self, group: &str, resource: &str) -> bool {
        self.group == group && self.resource == resource && self.subresource.is_empty()
    }

    fn creates(&self, group: &str, resource: &str) -> bool {
        self.operation == Operation::Create && self.is(group, resource)
    }

    /// A refusal, naming the object as far as it has a name yet.
    fn forbidden(&self, object: Option<&Value>, why: &str) -> Status {
        let at = |path| object.map_or("", |object| field::text(object, path));
        let names = [self.name, at("metadata.name"), at("metadata.generateName"), "Unknown"];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or("");
        Status::forbidden(self.group, self.resource, name, why)
    }
}

/// Changes an object on its way in, or refuses it: before webhooks that change objects.
///
/// # Errors
/// The server's answer.
pub fn mutate(
    request: &Request<'_>,
    object: &mut Value,
    old: Option<&Value>,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    namespaces::check(request, Some(object), lookup)?;
    limits::set_defaults(request, object, old, lookup);
    if request.creates("", "nodes") {
        classes::new_nodes_are_not_ready(object);
    }
    if request.is("", "pods") && request.operation != Operation::Delete {
        pods::priority(request, object, old, lookup)?;
        pods::default_tolerations(object);
    }
    classes::default_class(request, object, lookup);
    classes::protect(request, object);
    if request.creates("", "pods") {
        runtime::apply_class(request, object, lookup)?;
    }
    pods::topology_labels(request, object, lookup);
    Ok(())
}

/// Checks a write when nothing changes the object any more, or a deletion (`object` is none).
///
/// # Errors
/// The server's answer.
pub fn validate(
    request: &Request<'_>,
    object: Option<&Value>,
    old: Option<&Value>,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    let Some(object) = object else { return namespaces::check(request, None, lookup) };
    limits::check(request, object, old, lookup)?;
    classes::only_one_default_priority(request, object, lookup)?;
    if request.creates("", "pods") {
        runtime::check_overhead(request, object, lookup)?;
    }
    if let Some(old) = old.filter(|_| request.is("", "persistentvolumeclaims")) {
        classes::growth(request, object, old, lookup)?;
    }
    Ok(())
}
