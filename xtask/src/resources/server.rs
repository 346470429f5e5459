//! A fresh server and what it answers.

use crate::failure::Failure;
use gitops_core::error::chain;
use gitops_testkit::server::ControlPlane;
use http::Request;
use serde_json::Value;

/// A fresh kube-apiserver, its etcd, and the administrator's client.
pub(crate) struct Server {
    client: kube::Client,
    _running: ControlPlane,
}

impl Server {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let failed = |error| Failure(format!("no server: {}", chain(&error)));
        let running = ControlPlane::start().await.map_err(failed)?;
        let client = running.client().await.map_err(failed)?;
        Ok(Self { client, _running: running })
    }

    pub(crate) async fn text(&self, path: &str, accept: &str) -> Result<String, Failure> {
        let request = Request::get(path).header("accept", accept).body(Vec::new());
        let request = request.map_err(|error| Failure(format!("{path}: {error}")))?;
        let answer = self.client.request_text(request).await;
        answer.map_err(|error| Failure(format!("{path}: {}", chain(&error))))
    }

    pub(crate) async fn json(&self, path: &str) -> Result<Value, Failure> {
        self.parse(path, "application/json").await
    }

    /// `/api` or `/apis` in one document.
    pub(crate) async fn aggregated(&self, path: &str) -> Result<Value, Failure> {
        let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        self.parse(path, accept).await
    }

    /// The tag of what stands at a path, without quotes.
    pub(super) async fn tag(&self, path: &str) -> Result<String, Failure> {
        let request = Request::get(path).header("accept", "application/json");
        let request = request.body(kube::client::Body::empty());
        let request = request.map_err(|error| Failure(format!("{path}: {error}")))?;
        let answer = self.client.send(request).await;
        let answer = answer.map_err(|error| Failure(format!("{path}: {}", chain(&error))))?;
        let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok());
        tag.map(|tag| tag.trim_matches('"').to_owned())
            .ok_or_else(|| Failure(format!("{path}: no tag")))
    }

    pub(super) async fn create(&self, path: &str, object: &Value) -> Result<(), Failure> {
        let request = Request::post(path).header("content-type", "application/json");
        let request = request.body(object.to_string().into_bytes());
        let request = request.map_err(|error| Failure(format!("{path}: {error}")))?;
        let answer = self.client.request_text(request).await;
        answer.map(|_| ()).map_err(|error| Failure(format!("{path}: {}", chain(&error))))
    }

    async fn parse(&self, path: &str, accept: &str) -> Result<Value, Failure> {
        let text = self.text(path, accept).await?;
        serde_json::from_str(&text).map_err(|error| Failure(format!("{path}: {error}")))
    }
}
