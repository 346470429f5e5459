//! The real server: what it makes of bodies that are sent to be created without effect.

use gitops_testkit::server::{ControlPlane, server_or_skip};
use http::Request;
use kube::Client;
use serde_json::Value;
use std::sync::Arc;

pub(super) struct Lab {
    client: Client,
    pub(super) namespace: String,
    _server: Arc<ControlPlane>,
}

pub(super) async fn lab() -> Option<Lab> {
    let server = server_or_skip().await?;
    let client = server.client().await.unwrap();
    let namespace = server.namespace("types").await.unwrap();
    Some(Lab { client, namespace, _server: server })
}

impl Lab {
    pub(super) async fn get(&self, path: &str) -> Value {
        let request = Request::get(path).body(Vec::new()).unwrap();
        self.client.request(request).await.unwrap()
    }

    /// The message of the refusal, or the object.
    pub(super) async fn create(&self, path: &str, body: &[u8]) -> Result<Value, (u16, String)> {
        let path = format!("{path}?dryRun=All&fieldValidation=Strict");
        let request = Request::post(path).header("content-type", "application/json");
        match self.client.request(request.body(body.to_vec()).unwrap()).await {
            Ok(object) => Ok(object),
            Err(kube::Error::Api(status)) => Err((status.code, status.message.clone())),
            Err(error) => panic!("{error:?}"),
        }
    }

    /// The path of a namespaced or cluster-wide resource.
    pub(super) fn path(&self, api_version: &str, plural: &str, namespaced: bool) -> String {
        let api = if api_version.contains('/') { "apis" } else { "api" };
        let within =
            if namespaced { format!("namespaces/{}/", self.namespace) } else { String::new() };
        format!("/{api}/{api_version}/{within}{plural}")
    }
}
