//! The live objects: from the watched store, and from the server what is not there.

use super::want::{Kind, Want};
use crate::{
    app::{App, PART_OF, marks, precious, retained},
    cluster::{AppOnCluster, Calls},
    error::{Ask, Failure, judge},
    fingerprint::fingerprint,
    resource::Resource,
    watch::{Mark, Seen, list},
};
use futures::{StreamExt, TryStreamExt, stream};
use gitops_core::{
    Error, Result, Stage,
    model::{Live, ObjectId, Uid, Version},
};
use std::collections::{BTreeMap, BTreeSet};

/// What was read.
pub(super) struct Read {
    pub(super) objects: BTreeMap<ObjectId, Seen>,
    /// Whether the watched store held all of it.
    pub(super) whole: bool,
    /// Where the app stands in the store's history; `None` without watches.
    pub(super) mark: Option<Mark>,
}

/// Reads everything that is wanted: completely or not at all.
pub(super) async fn read(on: &AppOnCluster, wants: &BTreeMap<ObjectId, Want<'_>>) -> Result<Read> {
    let served = |want: &Want<'_>| match &want.kind {
        Kind::Served(resource) => Some(resource.clone()),
        _ => None,
    };
    let kinds: BTreeSet<Resource> = wants.values().filter_map(served).collect();
    let kinds: Vec<Resource> = kinds.into_iter().collect();
    let mut read = Read { objects: BTreeMap::new(), whole: true, mark: None };
    let mut listed: Vec<&Resource> = Vec::new();
    if on.cluster.options().watch {
        let watched = |kind: &&Resource| kind.allows("list") && kind.allows("watch");
        let (watchable, others): (Vec<&Resource>, Vec<&Resource>) = kinds.iter().partition(watched);
        let watchable: Vec<Resource> = watchable.into_iter().cloned().collect();
        let view = on.cluster.watches().view(on.app.apply_set(), &watchable).await;
        let view = view.inspect_err(|error| lost_kind(on, error))?;
        listed.extend(others);
        listed.extend(kinds.iter().filter(|kind| view.denied.contains(&kind.all())));
        read.objects = view.objects;
        read.mark = Some(view.cursor);
        read.whole = listed.is_empty();
    } else {
        listed.extend(&kinds);
    }
    for resource in listed {
        for seen in lists(on, resource, wants).await? {
            read.objects.insert(seen.id.clone(), seen);
        }
    }
    let missing: Vec<(&ObjectId, &Resource)> = wants
        .iter()
        .filter(|(id, _)| !read.objects.contains_key(*id))
        .filter_map(|(id, want)| match &want.kind {
            Kind::Served(resource) => Some((id, resource)),
            _ => None,
        })
        .collect();
    read.whole &= missing.is_empty();
    let mut gets = Vec::with_capacity(missing.len());
    for (id, resource) in missing {
        gets.push(get(on, id, resource));
    }
    let concurrency = on.cluster.options().concurrency.max(1);
    let found: Vec<Option<Seen>> = stream::iter(gets).buffered(concurrency).try_collect().await?;
    read.objects.extend(found.into_iter().flatten().map(|seen| (seen.id.clone(), seen)));
    Ok(read)
}

async fn get(on: &AppOnCluster, id: &ObjectId, resource: &Resource) -> Result<Option<Seen>> {
    let calls = Calls { cluster: &on.cluster, app: &on.app, resource };
    calls.get(id).await.map_err(|failure| {
        let error = judge(&Ask::of(Stage::Observe, "get", resource, id, false), failure);
        lost_kind(on, &error);
        error
    })
}

/// The app's marked objects of a kind that can't be watched: in all namespaces, or where that is
/// not allowed in each namespace of interest, or none where that isn't either: then they are read
/// one by one.
async fn lists(
    on: &AppOnCluster,
    resource: &Resource,
    wants: &BTreeMap<ObjectId, Want<'_>>,
) -> Result<Vec<Seen>> {
    if !resource.allows("list") {
        return Ok(Vec::new());
    }
    let selector = format!("{PART_OF}={}", on.app.apply_set());
    let ids = || {
        wants.iter().filter_map(|(id, want)| match &want.kind {
            Kind::Served(kind) if kind == resource => Some(id),
            _ => None,
        })
    };
    let failed = |failure: Failure, place: &str| {
        let what = format!("list {} in {place}", resource.full_name());
        let ask = Ask { stage: Stage::Observe, what, write: false, secret: false, object: None };
        judge(&ask, failure)
    };
    let options = on.cluster.options();
    let transport = on.cluster.transport();
    match list(transport, resource, &resource.all(), &selector, options.page).await {
        Ok((objects, _)) => return Ok(objects),
        Err(failure) if failure.is(403) && resource.namespaced => {}
        Err(failure) if failure.is(403) => return Ok(Vec::new()),
        Err(failure) => return Err(failed(failure, "all namespaces")),
    }
    let mut objects = Vec::new();
    let one_each: BTreeMap<&str, &ObjectId> = ids().map(|id| (id.namespace(), id)).collect();
    for (namespace, id) in one_each {
        let path = resource.collection(id);
        match list(transport, resource, &path, &selector, options.page).await {
            Ok((found, _)) => objects.extend(found),
            Err(failure) if failure.is(403) => {}
            Err(failure) => return Err(failed(failure, &format!("namespace {namespace}"))),
        }
    }
    Ok(objects)
}

/// A kind that discovery knew is not served any more: let the next pass ask again.
fn lost_kind(on: &AppOnCluster, error: &Error) {
    if error.reason() == gitops_core::reason::UNKNOWN_KIND {
        on.cluster.discovery().invalidate();
    }
}

/// What a live object is to an app. O(size).
pub(super) fn live(app: &App, seen: &Seen) -> Live {
    let value = seen.document.value();
    let print = fingerprint(&value, &app.field_manager);
    let uid = (!seen.uid.is_empty()).then(|| Uid::new(&seen.uid));
    Live {
        version: Version::new(&seen.version),
        uid,
        state: print.state,
        memo: print.memo,
        owner: marks(&value, app.apply_set()),
        terminating: value.pointer("/metadata/deletionTimestamp").is_some(),
        retain: retained(&value),
        protected: precious(&seen.id),
        document: seen.document.clone(),
    }
}
