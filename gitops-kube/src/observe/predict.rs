//! The server's word on what applying an object would make of it.

use super::want::{Want, at};
use crate::{
    Resource,
    app::Payload,
    cluster::{AppOnCluster, Calls, Write},
    discovery::is_definition,
    error::{Ask, Failure, judge},
    repair::{Memory, displaced},
};
use gitops_core::{
    Result, Stage,
    model::{Document, Live, Object, ObjectId, Observation, Predicted},
    reason,
};
use std::collections::BTreeMap;

/// Predicts one object by a dry run.
///
/// # Errors
/// What concerns the server. What concerns the object is [`Predicted::Refused`].
pub(super) async fn predict(
    on: &AppOnCluster,
    resource: &Resource,
    object: &Object,
    want: &Want<'_>,
    live: Option<&Live>,
    all: &BTreeMap<ObjectId, Observation>,
) -> Result<Predicted> {
    let id = object.id();
    let namespace = ObjectId::new("", "Namespace", "", id.namespace());
    let planned = resource.namespaced && all.contains_key(&namespace);
    let there = all.get(&namespace).is_some_and(|observation| observation.live.is_some());
    let later = || Predicted::Later(format!("{namespace} is created first").into());
    if live.is_none() && planned && !there {
        return Ok(later());
    }
    let calls = Calls { cluster: &on.cluster, app: &on.app, resource };
    let payload = Payload::new(&on.app, object);
    let answer = dry_run(&calls, object, &payload, want, live).await;
    let failure = match answer {
        Ok(document) => return Ok(Predicted::Document(document)),
        Err(failure) => failure,
    };
    if let Some(refusal) = failure.refusal() {
        if refusal.of_missing_namespace() && planned {
            return Ok(later());
        }
        if refusal.of_missing_kind() {
            on.cluster.discovery().invalidate();
        } else if refusal.dry_run_unsupported() {
            return Ok(Predicted::Later(refusal.in_full().into()));
        } else if refusal.of_object() {
            let ask = Ask::of(Stage::Observe, "patch", resource, id, false);
            return Ok(Predicted::Refused(at(judge(&ask, failure), object)));
        }
    }
    let ask = Ask::of(Stage::Observe, "dry-run", resource, id, false);
    Err(at(judge(&ask, failure), object))
}

async fn dry_run(
    calls: &Calls<'_>,
    object: &Object,
    payload: &Payload,
    want: &Want<'_>,
    live: Option<&Live>,
) -> Result<Document, Failure> {
    let id = object.id();
    let verified = want.entry.and_then(|entry| entry.verified.as_ref());
    if let Some(live) = live
        && let Some(memory) = Memory::of(object.digest(), verified)
    {
        let manager = &calls.app.field_manager;
        // A plain apply would put our item beside the one that displaced it, or be refused.
        if let Some(patch) = displaced(&payload.0, &live.document.value(), manager, &memory) {
            return calls.patch(id, &patch, true).await.map(|seen| seen.document);
        }
    }
    let write = Write { dry_run: true, ..Write::default() };
    let (seen, _) = calls.apply(id, payload, write).await?;
    Ok(seen.document)
}

/// What the server refuses by a definition that is to be changed in the same plan is asked again
/// after that change: a new field may be known then.
pub(super) fn wait_for_definitions(
    wants: &BTreeMap<ObjectId, Want<'_>>,
    objects: &mut BTreeMap<ObjectId, Observation>,
) {
    let changing: Vec<ObjectId> = objects
        .iter()
        .filter(|(id, seen)| {
            is_definition(id) && matches!(seen.predicted, Some(Predicted::Document(_)))
        })
        .map(|(id, _)| id.clone())
        .collect();
    for (id, want) in wants {
        let Some(definition) = &want.definition else { continue };
        let Some(seen) = objects.get_mut(id) else { continue };
        if let Some(Predicted::Refused(error)) = &seen.predicted
            && error.reason() == reason::INVALID
            && changing.contains(definition)
        {
            let why = format!("{definition} is changed first; now: {}", error.message());
            seen.predicted = Some(Predicted::Later(why.into()));
        }
    }
}
