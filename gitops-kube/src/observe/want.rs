//! What is to be read: each object of the desired state and the inventory, with its kind.

use crate::{
    Resource,
    cluster::Cluster,
    discovery::{Kinds, Lookup, declared, split},
};
use gitops_core::{
    Error, Result, Retry, Stage,
    model::{InventoryEntry, Object, ObjectId, printable},
    reason,
    stage::Query,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One object to look at.
pub(super) struct Want<'a> {
    /// As desired; `None` when it is only in the inventory.
    pub(super) object: Option<&'a Object>,
    /// What the inventory remembers.
    pub(super) entry: Option<&'a InventoryEntry>,
    pub(super) kind: Kind,
    /// The definition of its kind, when that is desired too.
    pub(super) definition: Option<ObjectId>,
}

/// What is known of an object's kind.
pub(super) enum Kind {
    Served(Resource),
    /// It will be, once a definition of the same desired state is applied.
    Later(Arc<str>),
    /// The server has no such kind any more, so it has no such object.
    Gone,
}

/// The version in a document, without parsing the rest into a tree.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "apiVersion")]
    api_version: String,
}

/// Finds the kind of everything in a query. A miss refreshes discovery once.
///
/// # Errors
/// `UnknownKind` for all desired kinds that are neither served nor defined in the same desired
/// state; `Unavailable` when part of discovery did not answer; `InvalidObject` for objects whose
/// namespace doesn't fit their kind's scope. All at once.
pub(super) async fn resolve<'a>(
    cluster: &Cluster,
    query: Query<'a>,
) -> Result<BTreeMap<ObjectId, Want<'a>>> {
    let declared = declared(query.desired.objects());
    let kinds = cluster.discovery().kinds(Stage::Observe).await?;
    let first = attempt(&kinds, query, &declared);
    if !first.missed {
        return finish(first);
    }
    let kinds = cluster.discovery().refreshed(Stage::Observe).await?;
    finish(attempt(&kinds, query, &declared))
}

type Declared = BTreeMap<(String, String), (ObjectId, BTreeSet<Resource>)>;

struct Attempt<'a> {
    wants: BTreeMap<ObjectId, Want<'a>>,
    errors: Vec<Error>,
    /// Something is not served: discovery may be old.
    missed: bool,
}

fn finish(attempt: Attempt<'_>) -> Result<BTreeMap<ObjectId, Want<'_>>> {
    match Error::join(attempt.errors) {
        Some(error) => Err(error),
        None => Ok(attempt.wants),
    }
}

fn attempt<'a>(kinds: &Kinds, query: Query<'a>, declared: &Declared) -> Attempt<'a> {
    let mut attempt = Attempt { wants: BTreeMap::new(), errors: Vec::new(), missed: false };
    // Objects that are only in the inventory are read in the version that is desired of their
    // kind, so that one watch serves both.
    let mut versions: BTreeMap<(String, String), String> = BTreeMap::new();
    for object in query.desired.objects() {
        let id = object.id();
        let key = (id.group().to_owned(), id.kind().to_owned());
        let head: Option<Head> = serde_json::from_slice(object.document().bytes()).ok();
        let api_version = head.map(|head| head.api_version).unwrap_or_default();
        let version = split(&api_version).1;
        let definition = declared.get(&key);
        let lookup = kinds.find(id.group(), version, id.kind());
        let kind = match lookup {
            Lookup::Known(resource) => {
                versions.insert(key, version.to_owned());
                resource.check(Stage::Observe, id).map(|()| Kind::Served(resource))
            }
            other => {
                attempt.missed = true;
                absent(&other, object, &api_version, version, definition)
            }
        };
        match kind {
            Ok(kind) => {
                let definition = definition.map(|(definition, _)| definition.clone());
                let entry = query.inventory.get(id);
                let want = Want { object: Some(object), entry, kind, definition };
                attempt.wants.insert(id.clone(), want);
            }
            Err(error) => attempt.errors.push(at(error.on(id), object)),
        }
    }
    for (id, entry) in query.inventory.iter() {
        if query.desired.get(id).is_some() {
            continue;
        }
        let key = (id.group().to_owned(), id.kind().to_owned());
        let lookup = match versions.get(&key) {
            Some(version) => kinds.find(id.group(), version, id.kind()),
            None => kinds.preferred(id.group(), id.kind()),
        };
        let kind = match lookup {
            Lookup::Known(resource) => {
                // An id of the wrong scope can't be an object: it never was made.
                let fits = resource.check(Stage::Observe, id).is_ok();
                if fits { Kind::Served(resource) } else { Kind::Gone }
            }
            Lookup::Unknown => {
                attempt.missed = true;
                Kind::Gone
            }
            Lookup::Unclear(why) => {
                attempt.missed = true;
                attempt.errors.push(unclear(&why).on(id));
                continue;
            }
        };
        let want = Want { object: None, entry: Some(entry), kind, definition: None };
        attempt.wants.insert(id.clone(), want);
    }
    attempt
}

fn absent(
    lookup: &Lookup,
    object: &Object,
    api_version: &str,
    version: &str,
    definition: Option<&(ObjectId, BTreeSet<Resource>)>,
) -> Result<Kind> {
    let kind = object.id().kind();
    if let Some((definition, resources)) = definition {
        if resources.iter().any(|resource| resource.version == version) {
            return Ok(Kind::Later(format!("{definition} is applied first").into()));
        }
        let message = format!(
            "{} does not serve version {:?}",
            printable(definition.name()),
            printable(version)
        );
        return Err(Error::new(Stage::Observe, Retry::Never, reason::UNKNOWN_KIND, message)
            .advise("use a version that the definition serves"));
    }
    match lookup {
        Lookup::Unclear(why) => Err(unclear(why)),
        _ => {
            let message = format!(
                "the server has no kind {:?} in {:?}",
                printable(kind),
                printable(api_version)
            );
            Err(Error::new(Stage::Observe, Retry::Backoff, reason::UNKNOWN_KIND, message).advise(
                "correct kind or apiVersion, or declare its CustomResourceDefinition with it",
            ))
        }
    }
}

fn unclear(why: &str) -> Error {
    let message = format!("can't tell whether the kind is served: {why}");
    Error::new(Stage::Observe, Retry::Backoff, reason::UNAVAILABLE, printable(&message))
        .advise("look at the APIServices of the cluster")
}

/// The error with the place that the object is declared at.
pub(super) fn at(error: Error, object: &Object) -> Error {
    match object.origin() {
        Some(origin) => error.at(origin),
        None => error,
    }
}
