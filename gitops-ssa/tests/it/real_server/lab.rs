//! The server, and what of its answers must be the same.

use gitops_ssa::schema::{Schema, TypeRef};
use gitops_testkit::server::{ControlPlane, server_or_skip};
use http::Request;
use kube::Client;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) struct Lab {
    pub(super) client: Client,
    pub(super) namespace: String,
    _server: Arc<ControlPlane>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refused {
    pub(super) code: u16,
    pub(super) message: String,
    pub(super) causes: Vec<(String, String)>,
}

impl Lab {
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: &Value,
    ) -> Result<Value, Refused> {
        let body = serde_json::to_vec(body).unwrap();
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        match self.client.request::<Value>(request.body(body).unwrap()).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => {
                let causes = status.details.as_ref().map(|details| details.causes.clone());
                let causes = causes.unwrap_or_default().into_iter();
                let causes: Vec<_> = causes.map(|one| (one.message, one.field)).collect();
                Err(Refused { code: status.code, message: status.message.clone(), causes })
            }
            Err(error) => panic!("{method} {path}: {error:?}"),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let request = Request::get(path).body(Vec::new()).unwrap();
        self.client.request(request).await.unwrap()
    }

    /// The schema and type of a kind, from what the server publishes.
    pub(super) async fn types(
        &self,
        api: &str,
        version: &str,
        kind: &str,
    ) -> (Arc<Schema>, TypeRef) {
        let document = self.get(&format!("/openapi/v3/{api}")).await;
        let definitions = document["components"]["schemas"].as_object().unwrap();
        let (group, name) = version.split_once('/').unwrap_or(("", version));
        let wanted = json!({"group": group, "version": name, "kind": kind});
        let is = |definition: &Value| {
            let kinds = definition.get("x-kubernetes-group-version-kind");
            kinds.and_then(Value::as_array).is_some_and(|kinds| kinds.contains(&wanted))
        };
        let (name, _) = definitions.iter().find(|(_, one)| is(one)).unwrap();
        let schema = Schema::from_openapi(definitions, false).unwrap();
        (Arc::new(schema), TypeRef::named(name))
    }
}

/// What must be the same in two objects: all but what the server counts up or draws.
pub(super) fn masked(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(meta) = object["metadata"].as_object_mut() {
        for name in ["uid", "resourceVersion", "generation", "creationTimestamp"] {
            meta.remove(name);
        }
    }
    owners_sorted(&mut object);
    object
}

/// Without empty maps and nulls, which built-in kinds don't keep.
pub(super) fn without_empty(mut object: Value) -> Value {
    for path in ["", "/metadata"] {
        if let Some(map) = object.pointer_mut(path).and_then(Value::as_object_mut) {
            map.retain(|_, value| *value != json!({}) && !value.is_null());
        }
    }
    object
}

/// Times are told apart by whether there is one, and don't sort.
pub(super) fn owners_sorted(object: &mut Value) {
    let entries = object.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut);
    if let Some(entries) = entries {
        for entry in entries.iter_mut() {
            if let Some(time) = entry.get_mut("time") {
                *time = "T".into();
            }
        }
        entries.sort_by_key(ToString::to_string);
    }
}

pub(super) fn owners(object: &Value) -> Value {
    masked(object)["metadata"].get("managedFields").cloned().unwrap_or(json!([]))
}

pub(super) async fn lab() -> Option<Lab> {
    let server = server_or_skip().await?;
    let client = server.client().await.unwrap();
    let namespace = server.namespace("ssa").await.unwrap();
    Some(Lab { client, namespace, _server: server })
}
