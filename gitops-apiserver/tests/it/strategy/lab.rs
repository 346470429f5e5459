//! The real server, raw requests, and what must be the same.

use gitops_apiserver::builtin::strategy::admission::{self, Lookup, Operation, Request};
use gitops_apiserver::builtin::strategy::services::{self, Addresses};
use gitops_apiserver::builtin::{defaults, strategy, types};
use gitops_testkit::server::{ControlPlane, server_or_skip};
use kube::Client;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

pub(crate) struct Lab {
    client: Client,
    pub(crate) namespace: String,
    _server: Arc<ControlPlane>,
}

pub(crate) async fn lab(prefix: &str) -> Option<Lab> {
    let server = server_or_skip().await?;
    let mut config = server.config().await.unwrap();
    // Refusals are answers like any other.
    config.default_retry = false;
    let client = Client::try_from(config).unwrap();
    let namespace = server.namespace(prefix).await.unwrap();
    Some(Lab { client, namespace, _server: server })
}

impl Lab {
    /// The answer, or code and message of the refusal.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, (u16, String)> {
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body).unwrap() };
        let request = http::Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json").body(body).unwrap();
        match self.client.request::<Value>(request).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => Err((status.code, status.message.clone())),
            Err(error) => panic!("{method} {path}: {error:?}"),
        }
    }

    /// The cases of `objects.json` in this namespace: the path of the collection, and the object.
    pub(crate) fn objects(&self) -> Vec<(String, Value)> {
        let text = include_str!("objects.json").replace("{ns}", &self.namespace);
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
        let case =
            |case: Value| (case["path"].as_str().unwrap().to_owned(), case["object"].clone());
        cases.into_iter().map(case).collect()
    }
}

/// The answer without what the server draws: `like` has the same in the same places.
pub(crate) fn like(like: &Value, answer: &Value) -> Value {
    let mut object = like.clone();
    let meta = object["metadata"].as_object_mut().unwrap();
    for name in ["uid", "creationTimestamp", "namespace"] {
        if let Some(value) = answer["metadata"].get(name) {
            meta.insert(name.to_owned(), value.clone());
        }
    }
    object
}

pub(crate) fn unmanaged(mut object: Value) -> Value {
    let meta = object["metadata"].as_object_mut().unwrap();
    meta.remove("managedFields");
    meta.remove("resourceVersion");
    object
}

/// What we make of a create.
pub(crate) fn created(path: &str, object: &Value, now: &str, addresses: &dyn Addresses) -> Value {
    let lookup = &Stock;
    let (api, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    let mut object = types::kind(api, kind).unwrap().decode(object).unwrap().object;
    let labels_given = object["metadata"].get("labels").is_some();
    defaults::apply(api, kind, &mut object, now);
    let stored = strategy::storage_version(api, kind).unwrap_or(api);
    let mut object = strategy::convert(&object, stored);
    let (group, plural) = resource(path);
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("").to_owned();
    let request = Request {
        operation: Operation::Create,
        group,
        resource: plural,
        subresource: "",
        namespace: &namespace,
        name: "",
    };
    admission::mutate(&request, &mut object, None, lookup).unwrap();
    if kind == "Service" {
        services::allocate_create(&mut object, addresses, true).unwrap();
    }
    strategy::prepare_create(stored, kind, &mut object, &writer(now, labels_given));
    let mut object = types::kind(stored, kind).unwrap().stored(&object);
    // As it comes back from storage.
    defaults::apply(stored, kind, &mut object, now);
    strategy::convert(&object, api)
}

pub(crate) fn writer(now: &str, labels_given: bool) -> strategy::Writer<'_> {
    static NOBODY: BTreeMap<String, Vec<String>> = BTreeMap::new();
    strategy::Writer {
        subresource: "",
        now,
        user: "me",
        uid: "",
        groups: &[],
        extra: &NOBODY,
        labels_given,
    }
}

/// Group and plural of a collection's path.
pub(crate) fn resource(path: &str) -> (&str, &str) {
    let plural = path.rsplit('/').next().unwrap();
    let group = path.strip_prefix("/apis/").and_then(|rest| rest.split('/').next()).unwrap_or("");
    (group, plural)
}

/// What admission finds in a fresh cluster.
pub(crate) struct Stock;

impl Lookup for Stock {
    fn get(&self, _group: &str, resource: &str, _namespace: &str, name: &str) -> Option<Value> {
        let meta = json!({"name": name});
        match (resource, name) {
            ("namespaces", _) => Some(json!({"metadata": meta, "status": {"phase": "Active"}})),
            ("priorityclasses", "system-node-critical") => {
                let policy = "PreemptLowerPriority";
                Some(json!({"metadata": meta, "value": 2_000_001_000, "preemptionPolicy": policy}))
            }
            _ => None,
        }
    }

    fn list(&self, _group: &str, _resource: &str, _namespace: &str) -> Vec<Value> {
        Vec::new()
    }
}

/// What we make of an update: with the server's time, and no address that is really allocated.
pub(crate) fn updated(path: &str, subresource: &str, new: &Value, old: &Value, now: &str) -> Value {
    let (api, kind) = (old["apiVersion"].as_str().unwrap(), old["kind"].as_str().unwrap());
    let mut new = types::kind(api, kind).unwrap().decode(new).unwrap().object;
    defaults::apply(api, kind, &mut new, now);
    let stored = strategy::storage_version(api, kind).unwrap_or(api);
    let mut new = strategy::convert(&new, stored);
    let old = strategy::convert(old, stored);
    let (group, plural) = resource(path);
    let request = Request {
        operation: Operation::Update,
        group,
        resource: plural,
        subresource,
        namespace: old["metadata"]["namespace"].as_str().unwrap_or(""),
        name: old["metadata"]["name"].as_str().unwrap(),
    };
    admission::mutate(&request, &mut new, Some(&old), &Stock).unwrap();
    if kind == "Service" && subresource.is_empty() {
        let range = services::ServiceRange::new(std::net::Ipv4Addr::new(10, 0, 0, 0), 16);
        services::allocate_update(&mut new, &old, &range, true).unwrap();
    }
    let writer = writer(now, true);
    strategy::prepare_update(stored, kind, subresource, &mut new, &old, &writer);
    let mut new = types::kind(stored, kind).unwrap().stored(&new);
    // As it comes back from storage.
    defaults::apply(stored, kind, &mut new, now);
    strategy::convert(&new, api)
}
