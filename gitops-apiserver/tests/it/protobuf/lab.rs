//! The real server with objects of many kinds, asked in JSON and in protobuf.

use gitops_testkit::{
    corpora::corpora,
    server::{ControlPlane, server_or_skip, server_or_skip_with},
};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use kube::{Client, client::Body};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) const JSON: &str = "application/json";

pub(crate) struct Lab {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    _server: Arc<ControlPlane>,
}

/// On a server that all tests share; `None`, said aloud, without its programs.
pub(crate) async fn lab() -> Option<Lab> {
    Some(on(server_or_skip().await?).await)
}

/// On a server of its own, where definitions and webhooks are in nobody's way.
pub(crate) async fn own_lab() -> Option<Lab> {
    Some(on(Arc::new(server_or_skip_with(ControlPlane::builder()).await?)).await)
}

async fn on(server: Arc<ControlPlane>) -> Lab {
    let client = server.client().await.unwrap();
    let namespace = server.namespace("protobuf").await.unwrap();
    Lab { client, namespace, _server: server }
}

impl Lab {
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        accept: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> (StatusCode, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(path).header("accept", accept);
        let mut bytes = Vec::new();
        if let Some((kind, body)) = body {
            request = request.header("content-type", kind);
            bytes = body;
        }
        let answer = self.client.send(request.body(Body::from(bytes)).unwrap()).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, body.to_vec())
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, JSON, None).await;
        assert!(status.is_success(), "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// The path, in our namespace where the kind has namespaces, of a built-in object's resource.
    pub(crate) async fn collection(&self, object: &Value) -> Option<String> {
        let version = object["apiVersion"].as_str()?;
        let api = if version.contains('/') { "apis" } else { "api" };
        let list = self.json(&format!("/{api}/{version}")).await;
        let resources = list["resources"].as_array()?;
        let found = resources.iter().find(|one| {
            one["kind"] == object["kind"] && !one["name"].as_str().unwrap_or("/").contains('/')
        })?;
        let name = found["name"].as_str()?;
        Some(if found["namespaced"] == true {
            format!("/{api}/{version}/namespaces/{}/{name}", self.namespace)
        } else {
            format!("/{api}/{version}/{name}")
        })
    }

    /// Creates what the server takes; gives how many.
    pub(crate) async fn fill(&self, objects: &[Value]) -> usize {
        let mut created = 0;
        for object in objects {
            let mut object = object.clone();
            // A server behind this one that isn't there would hold up every question about its group.
            if object["kind"] == "APIService" {
                continue;
            }
            if !gitops_apiserver::protobuf::represents(
                object["apiVersion"].as_str().unwrap_or(""),
                object["kind"].as_str().unwrap_or(""),
            ) {
                continue;
            }
            let Some(path) = self.collection(&object).await else { continue };
            if path.contains("/namespaces/") {
                object["metadata"]["namespace"] = json!(self.namespace);
            }
            let body = Some((JSON, object.to_string().into_bytes()));
            let (status, _) = self.send("POST", &path, JSON, body).await;
            created += usize::from(status == StatusCode::CREATED);
        }
        created
    }
}

/// Every object of two real repositories, and some of our own that use what they don't.
pub(crate) fn objects() -> Vec<Value> {
    let mut objects = documents(include_str!("objects.yaml"));
    if let Some(corpora) = corpora("protobuf of workloads") {
        for name in ["kube-prometheus", "cmo", "cert-manager-crds"] {
            let workload = corpora.workload(name).unwrap();
            yaml_files(&workload.tree(), &mut objects);
        }
    }
    objects
}

fn yaml_files(folder: &Path, objects: &mut Vec<Value>) {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            yaml_files(&path, objects);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            objects.extend(documents(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn documents(text: &str) -> Vec<Value> {
    let documents = text.split("\n---").filter_map(|one| serde_saphyr::from_str::<Value>(one).ok());
    documents.filter(|one| one["kind"].is_string() && one["metadata"]["name"].is_string()).collect()
}
