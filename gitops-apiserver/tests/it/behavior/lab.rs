//! A cluster, ours or the real one, by paths.

use gitops_apiserver::{ApiServer, behavior::Behaviors};
use http::Request;
use kube::Client;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) struct Cluster {
    client: Client,
    server: Option<ApiServer>,
}

impl Cluster {
    pub(super) fn new(behaviors: Behaviors) -> Self {
        let server = ApiServer::builder().behaviors(behaviors).build();
        Cluster { client: Client::new(server.service(), "default"), server: Some(server) }
    }

    pub(super) fn real(client: Client) -> Self {
        Cluster { client, server: None }
    }

    pub(super) fn server(&self) -> &ApiServer {
        self.server.as_ref().unwrap()
    }

    pub(super) async fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, u16> {
        let media = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let request = Request::builder().method(method).uri(path).header("content-type", media);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        match self.client.request::<Value>(request.body(body).unwrap()).await {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => Err(status.code),
            Err(error) => panic!("{method} {path}: {error:?}"),
        }
    }

    pub(super) async fn create(&self, path: &str, body: &Value) -> Value {
        self.send("POST", path, body).await.unwrap_or_else(|code| panic!("{path}: {code} {body}"))
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Value {
        self.send("PATCH", path, body).await.unwrap_or_else(|code| panic!("{path}: {code} {body}"))
    }

    pub(super) async fn delete(&self, path: &str, body: &Value) {
        self.send("DELETE", path, body).await.unwrap_or_else(|code| panic!("{path}: {code}"));
    }

    pub(super) async fn get(&self, path: &str) -> Option<Value> {
        self.send("GET", path, &Value::Null).await.ok()
    }

    pub(super) async fn items(&self, path: &str) -> Vec<Value> {
        self.get(path).await.unwrap()["items"].as_array().unwrap().clone()
    }

    /// Lets so many milliseconds of virtual time pass.
    pub(super) async fn pass(&self, milliseconds: u64) {
        tokio::time::advance(Duration::from_millis(milliseconds)).await;
    }

    /// Asks until the answer is as it should be: virtual time for ours, real time for the real one.
    #[allow(clippy::disallowed_methods, reason = "a test, and the real server needs real time")]
    pub(super) async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
        for _ in 0..600 {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("waited for {what}");
    }
}

/// A Deployment, StatefulSet or DaemonSet by the name `web`.
pub(super) fn workload(kind: &str, replicas: u64) -> Value {
    let labels = json!({"app": "web"});
    let mut spec = json!({
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "main", "image": "one"}]},
        },
    });
    if kind != "DaemonSet" {
        spec["replicas"] = replicas.into();
    }
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": spec})
}
