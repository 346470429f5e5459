//! What can be asked of every kind without an object of it: each path, method, media type and field
//! selector, and the bookmark after nothing.

use super::{difference, report};
use crate::histories::{
    memory::Memory,
    real::Real,
    target::{Answer, Target, drain},
};
use futures::{StreamExt as _, stream};
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use http::Request;
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc};

const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/// Below a collection; subresources come to it.
const PLACES: [&str; 5] = ["", "/nobody", "/nobody/status", "/nobody/scale", "/nobody/none"];

const ACCEPTED: [&str; 4] = [
    "application/json",
    "text/html",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
];

/// Fields that some kind can be selected by, and one that none can.
const FIELDS: [&str; 29] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "involvedObject.kind",
    "involvedObject.uid",
    "regarding.kind",
    "regarding.fieldPath",
    "reason",
    "reportingComponent",
    "reportingController",
    "source",
    "type",
    "none",
    "spec.clusterIP",
    "spec.driver",
    "spec.hostNetwork",
    "spec.mode",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.signerName",
    "spec.type",
    "spec.unschedulable",
    "status.nominatedNodeName",
    "status.phase",
    "status.podIP",
    "status.replicas",
    "status.successful",
];

/// One request, in words.
struct Asked {
    method: &'static str,
    uri: String,
    accept: &'static str,
}

impl Asked {
    fn get(uri: String) -> Self {
        Asked { method: "GET", uri, accept: "application/json" }
    }

    fn text(&self) -> String {
        format!("{} {} ({})", self.method, self.uri, self.accept)
    }

    /// `patience`: how long a stream may be silent.
    async fn of(&self, server: &impl Target, patience: u32) -> Answer {
        let request = Request::builder().method(self.method).uri(&self.uri);
        let request = request.header("accept", self.accept).header("user-agent", "every/1");
        let answer = server.send(request.body(Vec::new()).unwrap()).await;
        drain(answer, server.silence(patience, self.uri.contains("watch=true"))).await
    }
}

/// A collection that a server serves.
struct Collection {
    path: String,
    /// What is asked for in it.
    places: BTreeSet<String>,
}

/// All collections, each in all namespaces and in one.
async fn collections(server: &impl Target) -> Vec<Collection> {
    let documents = async |uri: &str| {
        let answer = Asked::get(uri.to_owned()).of(server, 1).await;
        serde_json::from_slice::<Value>(&answer.body).unwrap()
    };
    let groups = documents("/apis").await;
    let versions = groups["groups"].as_array().unwrap().iter();
    let versions = versions.flat_map(|group| group["versions"].as_array().unwrap());
    let mut paths: Vec<String> =
        versions.map(|one| format!("/apis/{}", one["groupVersion"].as_str().unwrap())).collect();
    paths.push("/api/v1".to_owned());
    let mut all = Vec::new();
    for path in paths {
        let resources = documents(&path).await;
        let resources = resources["resources"].as_array().unwrap();
        let named = |resource: &Value| resource["name"].as_str().unwrap().to_owned();
        for resource in resources {
            let name = named(resource);
            if name.contains('/') {
                continue;
            }
            let mut places = BTreeSet::from(PLACES.map(str::to_owned));
            for other in resources.iter().map(named) {
                let subresource = other.strip_prefix(&format!("{name}/"));
                places.extend(subresource.map(|subresource| format!("/nobody/{subresource}")));
                if subresource == Some("proxy") {
                    places.insert("/nobody/proxy/a/b".to_owned());
                }
            }
            let mut add = |path: String| all.push(Collection { path, places: places.clone() });
            add(format!("{path}/{name}"));
            if resource["namespaced"] == true {
                add(format!("{path}/namespaces/default/{name}"));
            }
        }
    }
    all
}

/// All that is asked of a collection. Nothing is there with this label.
fn questions(collection: &Collection) -> Vec<Asked> {
    let Collection { path, places } = collection;
    let mut all = Vec::new();
    for (method, place) in
        METHODS.iter().flat_map(|one| places.iter().map(move |place| (one, place)))
    {
        for accept in ACCEPTED {
            let uri = format!("{path}{place}?labelSelector=nobody");
            all.push(Asked { method, uri, accept });
        }
    }
    for field in FIELDS {
        let uri = format!("{path}?labelSelector=nobody&fieldSelector={field}=x");
        all.push(Asked::get(uri));
    }
    all
}

/// A watch of nothing, which begins with a bookmark.
fn watch(collection: &Collection) -> Asked {
    let initial = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true\
        &resourceVersionMatch=NotOlderThan&timeoutSeconds=30&labelSelector=nobody";
    Asked::get(format!("{}?{initial}", collection.path))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_is_asked_everything() {
    let Some(server) = server_or_skip_with(ControlPlane::builder()).await else { return };
    let real = Real::new(Arc::new(server)).await;
    let memory = Memory::new().fresh().await;
    let served = collections(&memory).await;
    let all = served.iter().flat_map(questions).chain(served.iter().map(watch));
    let answers = stream::iter(all).map(async |asked| {
        let (ours, theirs) = futures::join!(asked.of(&memory, 1), asked.of(&real, 1));
        (asked, [ours, theirs])
    });
    let answers: Vec<_> = answers.buffered(32).collect().await;
    let mut differences = Vec::new();
    for (asked, answers) in &answers {
        if difference(&asked.text(), answers).is_some() {
            // The real server has caches and streams that may be late once.
            let again = [asked.of(&memory, 3).await, asked.of(&real, 3).await];
            differences.extend(difference(&asked.text(), &again));
        }
    }
    report(answers.len(), 20_000, &differences);
}
