//! The real server, patch by patch: what it makes of a patch is what it makes of our patched object,
//! sent whole. So what differs is our patching, and not what happens to an object afterwards.

use super::random::{self, Draw};
use gitops_apiserver::{
    builtin::types,
    patch::{Patched, json, merge, strategic},
    status::Status,
};
use gitops_core::env::Rng;
use gitops_testkit::server::{ControlPlane, server_or_skip};
use http::Request;
use kube::Client;
use serde_json::{Value, json as value};
use std::sync::Arc;

const JSON: &str = "application/json-patch+json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

struct Lab {
    client: Client,
    namespace: String,
    _server: Arc<ControlPlane>,
}

type Answer = Result<Value, (u16, String, String)>;

impl Lab {
    async fn new() -> Option<Self> {
        let server = server_or_skip().await?;
        let client = server.client().await.unwrap();
        let namespace = server.namespace("patch").await.unwrap();
        Some(Lab { client, namespace, _server: server })
    }

    async fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        match self.client.request::<Value>(request.body(body.to_vec()).unwrap()).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => {
                Err((status.code, status.reason.clone(), status.message.clone()))
            }
            Err(error) => Err((0, String::new(), error.to_string())),
        }
    }

    /// Makes an object: its path, and what is stored.
    async fn create(&self, api: &str, plural: &str, object: &Value) -> (String, Value) {
        let list = format!("/{api}/namespaces/{}/{plural}", self.namespace);
        let body = object.to_string();
        let made = self.send("POST", &list, "application/json", body.as_bytes()).await.unwrap();
        (format!("{list}/{}", made["metadata"]["name"].as_str().unwrap()), made)
    }
}

fn refused(status: Status) -> (u16, String, String) {
    (status.code, status.reason.to_owned(), status.message)
}

/// Our patched object.
fn patched(kind: &str, object: &Value, body: &[u8]) -> Result<Value, (u16, String, String)> {
    let text = object.to_string();
    let read = |patched: Patched| serde_json::from_str(&patched.text).unwrap();
    match kind {
        JSON => json(&text, body, true).map(read).map_err(refused),
        MERGE => merge(&text, body, true).map(read).map_err(refused),
        _ => {
            let version = object["apiVersion"].as_str().unwrap();
            let schema = types::kind(version, object["kind"].as_str().unwrap()).unwrap();
            strategic(object, body, &schema, true).map(|patched| patched.object).map_err(refused)
        }
    }
}

/// Without what the server counts up, and who wrote.
fn masked(answer: Value) -> Value {
    let mut answer = answer;
    if let Some(meta) = answer["metadata"].as_object_mut() {
        for name in ["managedFields", "resourceVersion", "generation"] {
            meta.remove(name);
        }
    }
    answer
}

impl Lab {
    /// Compares one patch; whether the server took it.
    async fn compare(&self, path: &str, object: &Value, kind: &str, body: &str) -> bool {
        let path = format!("{path}?dryRun=All");
        let real = self.send("PATCH", &path, kind, body.as_bytes()).await.map(masked);
        match (patched(kind, object, body.as_bytes()), real) {
            (Ok(ours), real) => {
                let ours = ours.to_string();
                let put = self.send("PUT", &path, "application/json", ours.as_bytes()).await;
                match (put.map(masked), real) {
                    (Ok(put), Ok(real)) => {
                        assert_eq!(put, real, "{kind} {body}");
                        true
                    }
                    // What can't be decoded is refused in other words.
                    (Err(_), Err((422, _, why))) if why.contains("patch: Invalid value") => false,
                    (Err(put), Err(real)) if put == real => false,
                    (Err(put), Err(real)) if put.0 == 400 || put.0 == real.0 => false,
                    (put, real) => panic!("{kind} {body}\nours, put: {put:?}\nreal: {real:?}"),
                }
            }
            // The server's library breaks down, and takes the connection with it.
            (Err(ours), Err((0, ..))) => {
                assert_eq!(ours.0, 500, "{kind} {body}");
                false
            }
            (Err(ours), real) => {
                assert_eq!(Err(ours), real, "{kind} {body}");
                false
            }
        }
    }
}

#[tokio::test]
async fn random_patches() {
    let Some(lab) = Lab::new().await else { return };
    let mut objects = Vec::new();
    for (api, plural, object) in random::objects() {
        objects.push(lab.create(api, plural, &object).await);
    }
    let mut draw = Draw(Rng::from_seed(21));
    let (mut tried, mut taken) = (0, 0);
    for round in 0..120 {
        let (path, object) = &objects[round % objects.len()];
        for kind in [JSON, MERGE, STRATEGIC] {
            let body = match kind {
                JSON => draw.operations(object),
                MERGE => draw.merge(object, 0),
                _ => draw.strategic(object),
            };
            tried += 1;
            taken += usize::from(lab.compare(path, object, kind, &body.to_string()).await);
        }
    }
    assert!(taken * 4 > tried, "{taken} of {tried}");
}

#[tokio::test]
async fn odd_patches() {
    let Some(lab) = Lab::new().await else { return };
    let map = value!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "labels": {"a": "b"}},
        "data": {"a": "<1>", "b": "2"},
    });
    let (path, object) = lab.create("api/v1", "configmaps", &map).await;
    let many =
        format!("[{}]", vec![r#"{"op":"test","path":"/data/b","value":"2"}"#; 10_001].join(","));
    let bodies = [
        "",
        "null",
        "1",
        "\"x\"",
        "{}",
        "[]",
        "{",
        "[1]",
        "[null]",
        "[{}]",
        "{\"a\":}",
        "{} x",
        "nul",
        r#"{"metadata":null}"#,
        r#"{"data":null}"#,
        r#"{"data":{"a":null,"c":"d"}}"#,
        r#"{"data":[]}"#,
        r#"{"data":{"a":1}}"#,
        r#"{"nope":1}"#,
        r#"{"data":{"a":"1","a":"2"}}"#,
        r#"{"$patch":"delete"}"#,
        r#"{"data":{"$patch":"replace","x":"y"}}"#,
        r#"{"data":{"$patch":"merge"}}"#,
        r#"{"data":{"$retainKeys":"x"}}"#,
        r#"{"data":{"$retainKeys":["b"]}}"#,
        r#"{"data":{"$retainKeys":["b"],"a":"1"}}"#,
        r#"{"$setElementOrderX":[]}"#,
        r#"{"$setElementOrder/data":[]}"#,
        r#"{"$setElementOrder/data":1}"#,
        r#"{"metadata":{"$setElementOrder/finalizers":["a"]}}"#,
        r#"{"metadata":{"$deleteFromPrimitiveList":["a"]}}"#,
        r#"{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]}}"#,
        r#"{"metadata":{"ownerReferences":[[1]]}}"#,
        r#"{"metadata":{"ownerReferences":[{"a":1}]}}"#,
        r#"[{"op":"add"}]"#,
        r#"[{"op":1,"path":"/a"}]"#,
        r#"[{"op":"nope","path":"/a"}]"#,
        r#"[{"op":"add","path":1}]"#,
        r#"[{"op":"add","path":"/a","x":1,"op":"add"}]"#,
        r#"[{"op":"test","path":"/data/a","value":"<1>"}]"#,
        r#"[{"op":"test","path":"/data/a","value":"\u003c1\u003e"}]"#,
        r#"[{"op":"test","path":"/data/c"}]"#,
        r#"[{"op":"test","path":"/x","value":null}]"#,
        r#"[{"op":"remove","path":"/data/c"}]"#,
        r#"[{"op":"replace","path":"/data/c","value":"x"}]"#,
        r#"[{"op":"add","path":"/data/c/d","value":"x"}]"#,
        r#"[{"op":"add","path":"data","value":"x"}]"#,
        r#"[{"op":"add","path":"","value":{}}]"#,
        r#"[{"op":"replace","path":"","value":[]}]"#,
        r#"[{"op":"copy","from":"/data/x","path":"/data/y"}]"#,
        r#"[{"op":"move","from":"/data/x","path":"/data/y"}]"#,
        r#"[{"op":"move","from":"/data/a","path":"/data/y"}]"#,
        r#"[{"op":"add","path":"/data/a~1b","value":"x"}]"#,
        // The server's library breaks down.
        r#"[{"op":"test","path":""}]"#,
        r#"[{"op":"add","path":"/data/c","value":[null]},{"op":"test","path":"/data/c","value":[null]}]"#,
        &many,
    ];
    for body in bodies {
        for kind in [JSON, MERGE, STRATEGIC] {
            lab.compare(&path, &object, kind, body).await;
        }
    }
}
