//! Namespaces for objects that need one.

use crate::{
    cluster::Cluster,
    discovery::{Kinds, Lookup, declared, split},
};
use async_trait::async_trait;
use gitops_core::{
    Error, Result, Retry, Stage,
    model::{Desired, Object, Snapshot, printable},
    reason,
    stage::Renderer,
};
use serde_json::Value;

/// A renderer around a renderer: objects of namespaced kinds without a namespace get the app's,
/// objects of cluster-scoped kinds lose theirs, as with `kubectl apply -n`.
///
/// Scopes are those of CustomResourceDefinitions in the same desired state, then the server's.
///
/// # Errors
/// `UnknownKind` for all objects of kinds that neither knows, with their places; it may be cured
/// by installing the definition, so it is tried again. `DuplicateObject` when two objects become
/// one in the same namespace. Those of the inner renderer and of reading the server's kinds.
#[derive(Debug, Clone)]
pub struct Namespaced<R> {
    cluster: Cluster,
    namespace: String,
    inner: R,
}

impl<R> Namespaced<R> {
    /// Wraps a renderer. [`AppOnCluster::namespaced`](crate::AppOnCluster::namespaced) takes the
    /// app's namespace.
    pub fn new(cluster: Cluster, namespace: impl Into<String>, inner: R) -> Self {
        Namespaced { cluster, namespace: namespace.into(), inner }
    }
}

#[async_trait]
impl<R: Renderer> Renderer for Namespaced<R> {
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
        let desired = self.inner.render(snapshot).await?;
        let discovery = self.cluster.discovery();
        let kinds = discovery.kinds(Stage::Render).await?;
        let (objects, errors) = place(&desired, &kinds, &self.namespace);
        let (objects, errors) = if errors.is_empty() {
            (objects, errors)
        } else {
            let kinds = discovery.refreshed(Stage::Render).await?;
            place(&desired, &kinds, &self.namespace)
        };
        match Error::join(errors) {
            Some(error) => Err(error),
            None => Desired::new(desired.revision().clone(), objects),
        }
    }
}

/// The objects in their places, and what can't be placed. Pure. O(size of what moves).
fn place(desired: &Desired, kinds: &Kinds, namespace: &str) -> (Vec<Object>, Vec<Error>) {
    let declared = declared(desired.objects());
    let mut objects = Vec::with_capacity(desired.len());
    let mut errors = Vec::new();
    for object in desired.objects() {
        let id = object.id();
        let key = (id.group().to_owned(), id.kind().to_owned());
        let own = declared.get(&key).and_then(|(_, resources)| resources.first());
        let namespaced = match own {
            Some(resource) => resource.namespaced,
            None => match kinds.preferred(id.group(), id.kind()) {
                Lookup::Known(resource) => resource.namespaced,
                lookup => {
                    errors.push(unknown(object, &lookup));
                    continue;
                }
            },
        };
        objects.push(match (namespaced, id.namespace()) {
            (true, "") => moved(object, Some(namespace)),
            (false, other) if !other.is_empty() => moved(object, None),
            _ => object.clone(),
        });
    }
    (objects, errors)
}

fn moved(object: &Object, namespace: Option<&str>) -> Object {
    let mut value = object.value();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        match namespace {
            Some(namespace) => metadata.insert("namespace".to_owned(), namespace.into()),
            None => metadata.remove("namespace"),
        };
    }
    let moved = Object::new(object.id().in_namespace(namespace.unwrap_or_default()), &value);
    match object.origin() {
        Some(origin) => moved.at(origin.clone()),
        None => moved,
    }
}

fn unknown(object: &Object, lookup: &Lookup) -> Error {
    let value = object.value();
    let api_version = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let kind = printable(object.id().kind()).into_owned();
    let error = match lookup {
        Lookup::Unclear(why) => {
            let message = format!("can't tell whether kind {kind:?} is served: {why}");
            Error::new(Stage::Render, Retry::Backoff, reason::UNAVAILABLE, message)
                .advise("look at the APIServices of the cluster")
        }
        _ => {
            let group = printable(split(api_version).0).into_owned();
            let message = format!("the server has no kind {kind:?} in group {group:?}");
            Error::new(Stage::Render, Retry::Backoff, reason::UNKNOWN_KIND, message).advise(
                "correct kind or apiVersion, or declare its CustomResourceDefinition with it",
            )
        }
    };
    let error = error.on(object.id());
    match object.origin() {
        Some(origin) => error.at(origin),
        None => error,
    }
}
