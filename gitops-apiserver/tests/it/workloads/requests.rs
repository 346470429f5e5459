//! Every object by every way of requests, on both servers.

use super::{
    places::{Places, is_definition},
    report::{Outcome, Report, parted},
    stage::{Case, STAGES, Stage, by_place},
    visit::{ask, collections, remove, served, value},
    ways::{Made, Way},
};
use crate::histories::{mask::Mask, memory::Memory, play::compare, real::Real, target::Answer};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many objects are written at a time.
const AT_ONCE: usize = 8;

/// Writes all objects by one way. The server in memory is a new one, the real one is left as it was.
pub(super) async fn all(
    way: Way,
    cases: &[Case<'_>],
    memory: &Memory,
    real: &Real,
    report: &mut Report,
) {
    let namespaces = missing_namespaces(cases, real).await;
    for stage in STAGES {
        let groups = stream::iter(by_place(cases, stage))
            .map(|group| one_after_another(way, group, memory, real));
        for (case, outcome, difference) in
            groups.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten()
        {
            report.count(way.name(), case.workload, outcome, difference);
        }
        match stage {
            Stage::Definitions => define_missing(cases, memory, real).await,
            Stage::Namespaces => make(&namespaces, memory, real).await,
            _ => {}
        }
    }
    let definitions = by_place(cases, Stage::Definitions).into_iter().map(|group| &group[0].place);
    let definitions = definitions.map(|place| place.path.clone());
    let namespaces = namespaces.iter().map(|name| format!("/api/v1/namespaces/{name}"));
    let stayed = stream::iter(namespaces.chain(definitions));
    stayed.for_each_concurrent(None, async |path| remove(real, &path).await).await;
}

/// What is different at one place, for each object that comes there.
async fn one_after_another<'c>(
    way: Way,
    group: Vec<&'c Case<'c>>,
    memory: &Memory,
    real: &Real,
) -> Vec<(&'c Case<'c>, Outcome, Option<String>)> {
    let mut done = Vec::new();
    for (index, case) in group.iter().enumerate() {
        let stays = case.stage.stays() && index + 1 == group.len();
        let (ours, theirs) = futures::join!(way.go(memory, case, stays), way.go(real, case, stays));
        let outcome = match case.place.known {
            true if theirs.stored => Outcome::Stored,
            true => Outcome::Refused,
            false => Outcome::Unknown,
        };
        let difference = difference(&ours, &theirs);
        done.push((*case, outcome, difference.map(|text| format!("{}\n    {text}", case.label()))));
    }
    done
}

fn difference(ours: &Made, theirs: &Made) -> Option<String> {
    let idle = (ours.idle != theirs.idle)
        .then(|| format!("doing it again changes nothing: {}, real {}", ours.idle, theirs.idle));
    idle.or_else(|| differs(&ours.answers, &theirs.answers))
}

/// The first difference of two servers' answers.
pub(super) fn differs(ours: &[Answer], theirs: &[Answer]) -> Option<String> {
    let [left, right] = Mask::pair(ours, theirs);
    let Some(found) = compare(&left, &right) else {
        let (ours, theirs) = (left.len(), right.len());
        return (ours != theirs).then(|| format!("{ours} answers instead of {theirs}"));
    };
    // Of two codes the words say more.
    let pointer = if found.pointer == "/code" { "" } else { &found.pointer };
    let at =
        |value: &Value| value.pointer(pointer).map_or("(absent)".to_owned(), ToString::to_string);
    let (step, pointer) = (found.step + 1, &found.pointer);
    let texts = parted(&at(&found.left), &at(&found.right));
    Some(format!("answer {step}, {pointer}\n    {texts}"))
}

/// The namespaces that the objects need and the real server has not; those that are objects
/// themselves too.
pub(super) async fn missing_namespaces(cases: &[Case<'_>], real: &Real) -> BTreeSet<String> {
    let there = value(&ask(real, "GET", "/api/v1/namespaces", "application/json", None).await);
    let there: BTreeSet<&str> = there["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["metadata"]["name"].as_str())
        .collect();
    let own = cases.iter().filter(|case| case.stage == Stage::Namespaces);
    let own = own.filter_map(|case| case.object["metadata"]["name"].as_str());
    let named = cases.iter().filter(|case| case.place.known).map(|case| &*case.place.namespace);
    let needed = named.chain(own).filter(|name| !name.is_empty() && !there.contains(name));
    needed.map(str::to_owned).collect()
}

/// Makes namespaces, those that are not there yet.
pub(super) async fn make(names: &BTreeSet<String>, memory: &Memory, real: &Real) {
    for name in names {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        post(&namespace, "/api/v1/namespaces", memory, real).await;
    }
}

/// Makes the definitions that are not there yet, and waits until all are served.
pub(super) async fn define_missing(cases: &[Case<'_>], memory: &Memory, real: &Real) {
    for case in cases.iter().filter(|case| is_definition(case.object)) {
        post(case.object, &case.place.collection, memory, real).await;
    }
    for case in cases.iter().filter(|case| is_definition(case.object)) {
        let path = &case.place.path;
        let live = value(&ask(real, "GET", path, "application/json", None).await);
        for collection in collections(&live) {
            served(real, &collection).await;
        }
    }
}

async fn post(object: &Value, collection: &str, memory: &Memory, real: &Real) {
    let json = "application/json";
    futures::join!(
        ask(memory, "POST", collection, json, Some(object)),
        ask(real, "POST", collection, json, Some(object))
    );
}

/// Where the kinds are that the real server has, and those that the documents define.
pub(super) async fn discovered(real: &Real) -> Places {
    let mut found = Vec::new();
    let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    for path in ["/api", "/apis"] {
        found.push(value(&ask(real, "GET", path, aggregated, None).await));
    }
    Places::discovered(&found)
}
