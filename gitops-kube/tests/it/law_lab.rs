//! A real API server to try laws on: raw JSON in, raw JSON out.

use gitops_core::model::{Digest, Document};
use http::Request;
use kube::{
    Client, Discovery, ResourceExt as _,
    core::{DynamicObject, GroupVersionKind},
    discovery::Scope,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, process::Command};

/// The field manager that stands for us.
pub(crate) const OURS: &str = "gitops:law";

pub(crate) struct Lab {
    client: Client,
    discovery: Discovery,
}

/// An answer of the server: the object, or the `Status` with its code.
pub(crate) type Answer = Result<Value, (u16, String)>;

impl Lab {
    pub(crate) async fn new(client: Client) -> Self {
        let discovery = Discovery::new(client.clone()).run().await.unwrap();
        Lab { client, discovery }
    }

    /// Makes the server ready for some objects: their namespaces, as far as they are not among
    /// the objects, and the definitions of Prometheus's kinds.
    pub(crate) async fn prepare(&mut self, objects: &[Value]) {
        let is = |object: &Value, kind: &str| object["kind"] == kind;
        let ours = |name: &Value| {
            objects.iter().any(|one| is(one, "Namespace") && one["metadata"]["name"] == *name)
        };
        for namespace in namespaces(objects).iter().filter(|one| !ours(&one["metadata"]["name"])) {
            self.apply(&self.path(namespace).unwrap(), namespace, "law-setup").await.unwrap();
        }
        let mut definitions = workload("kube-prometheus").unwrap();
        definitions.retain(|object| is(object, "CustomResourceDefinition"));
        for definition in &definitions {
            let path = self.path(definition).unwrap();
            self.apply(&path, definition, "law-setup").await.unwrap();
        }
        for definition in &definitions {
            self.established(&self.path(definition).unwrap()).await;
        }
        self.discovery = Discovery::new(self.client.clone()).run().await.unwrap();
    }

    async fn established(&self, path: &str) {
        for _ in 0..10_000 {
            let live = self.get(path).await.unwrap();
            let conditions = live.pointer("/status/conditions").and_then(Value::as_array);
            let is = |one: &Value| one["type"] == "Established" && one["status"] == "True";
            if conditions.into_iter().flatten().any(is) {
                return;
            }
        }
        panic!("{path} is not established");
    }

    /// The path of an object; `None` for a kind that the server doesn't know.
    pub(crate) fn path(&self, object: &Value) -> Option<String> {
        let dynamic: DynamicObject = serde_json::from_value(object.clone()).ok()?;
        let types = dynamic.types.clone()?;
        let kind = GroupVersionKind::try_from(&types).ok()?;
        let (resource, capabilities) = self.discovery.resolve_gvk(&kind)?;
        let namespace = match capabilities.scope {
            Scope::Namespaced => Some(dynamic.namespace().unwrap_or_else(|| "default".to_owned())),
            Scope::Cluster => None,
        };
        let base = <DynamicObject as kube::Resource>::url_path(&resource, namespace.as_deref());
        Some(format!("{base}/{}", dynamic.name_any()))
    }

    async fn send(&self, method: &str, path: &str, kind: &str, body: Option<&Value>) -> Answer {
        let body = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        match self.client.request::<Value>(request.body(body).unwrap()).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => Err((status.code, status.message.clone())),
            Err(error) => panic!("{method} {path}: {error:?}"),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "application/json", None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "application/json", None).await
    }

    /// A plain write that makes the object.
    pub(crate) async fn create(&self, path: &str, object: &Value, manager: &str) -> Answer {
        let (collection, _) = path.rsplit_once('/').unwrap();
        let path = format!("{collection}?fieldManager={manager}");
        self.send("POST", &path, "application/json", Some(object)).await
    }

    pub(crate) async fn apply(&self, path: &str, object: &Value, manager: &str) -> Answer {
        let path = format!("{path}?fieldManager={manager}&force=true");
        self.send("PATCH", &path, "application/apply-patch+yaml", Some(object)).await
    }

    /// What a forced apply would make of it.
    pub(crate) async fn predict(&self, path: &str, object: &Value) -> Answer {
        let path = format!("{path}?fieldManager={OURS}&force=true&dryRun=All");
        self.send("PATCH", &path, "application/apply-patch+yaml", Some(object)).await
    }

    pub(crate) async fn put(&self, path: &str, object: &Value, manager: &str) -> Answer {
        let path = format!("{path}?fieldManager={manager}");
        self.send("PUT", &path, "application/json", Some(object)).await
    }

    pub(crate) async fn json_patch(&self, path: &str, patch: &Value, manager: &str) -> Answer {
        let path = format!("{path}?fieldManager={manager}");
        self.send("PATCH", &path, "application/json-patch+json", Some(patch)).await
    }
}

/// The objects of a workload of the corpora, definitions and namespaces first. `None` without the
/// corpora: the test is skipped, saying so.
pub(crate) fn workload(name: &str) -> Option<Vec<Value>> {
    let Some(corpora) = std::env::var_os("GITOPS_CORPORA") else {
        println!("skipped: GITOPS_CORPORA is not set");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let archive = Path::new(&corpora).join("workloads").join(format!("{name}.tar.gz"));
    let mut tar = Command::new("tar");
    let status = tar.arg("-xzf").arg(archive).arg("-C").arg(folder.path()).status().unwrap();
    assert!(status.success(), "unpacking {name}");
    let mut objects = BTreeMap::new();
    collect(folder.path(), &mut objects);
    let rank = |object: &Value| match object["kind"].as_str().unwrap_or_default() {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        _ => 2,
    };
    let mut objects: Vec<Value> = objects.into_values().collect();
    objects.iter_mut().for_each(fill_images);
    objects.sort_by_key(rank);
    Some(objects)
}

/// Operators fill in images at run time; the server wants some.
fn fill_images(object: &mut Value) {
    for list in ["containers", "initContainers"] {
        let list = object.pointer_mut(&format!("/spec/template/spec/{list}"));
        for container in list.and_then(Value::as_array_mut).into_iter().flatten() {
            if container["image"].as_str().is_none_or(str::is_empty) {
                container["image"] = "registry.example/image:1".into();
            }
        }
    }
}

fn collect(folder: &Path, out: &mut BTreeMap<String, Value>) {
    let mut entries: Vec<_> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            // The renders repeat the tree.
            if !path.ends_with("renders") {
                collect(&path, out);
            }
            continue;
        }
        if !path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let Ok(documents) = serde_saphyr::from_multiple::<Value>(&text) else { continue };
        for document in documents {
            let items = match document["kind"].as_str() {
                Some(kind) if kind.ends_with("List") && document["items"].is_array() => {
                    document["items"].as_array().cloned().unwrap_or_default()
                }
                _ => vec![document],
            };
            for item in items {
                let name = item.pointer("/metadata/name").and_then(Value::as_str);
                if let (Some(kind), Some(name), true) =
                    (item["kind"].as_str(), name, item["apiVersion"].is_string())
                {
                    let namespace =
                        item.pointer("/metadata/namespace").cloned().unwrap_or_default();
                    out.entry(format!("{kind} {namespace} {name}")).or_insert(item);
                }
            }
        }
    }
}

/// The namespaces that some objects live in, as objects.
pub(crate) fn namespaces(objects: &[Value]) -> Vec<Value> {
    let names = objects.iter().filter_map(|object| object.pointer("/metadata/namespace")?.as_str());
    let names: std::collections::BTreeSet<&str> = names.collect();
    names
        .into_iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
        .collect()
}

/// The digest that stands for a desired document.
pub(crate) fn digest(object: &Value) -> Digest {
    Document::new(object).digest()
}
