//! The same requests to either server.

use http::Request;
use kube::Client;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A server, through the client that both have.
pub(crate) struct Side<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) client: Client,
}

impl<'a> Side<'a> {
    pub(crate) fn new(runtime: &'a Runtime, client: Client) -> Self {
        Side { runtime, client }
    }

    pub(crate) fn ours(runtime: &'a Runtime) -> Self {
        Side::new(runtime, super::ours(runtime).1)
    }

    /// Sends a request and reads the whole answer; its length.
    pub(crate) fn send(&self, method: &str, uri: &str, content_type: &str, body: Vec<u8>) -> usize {
        let request =
            Request::builder().method(method).uri(uri).header("content-type", content_type);
        let request = request.body(body).unwrap();
        self.runtime.block_on(self.client.request_text(request)).unwrap().len()
    }

    pub(crate) fn get(&self, uri: &str) -> usize {
        self.send("GET", uri, "application/json", Vec::new())
    }

    pub(crate) fn create(&self, name: &str) -> usize {
        let body = object(name, 0).to_string().into_bytes();
        self.send("POST", MAPS, "application/json", body)
    }

    pub(crate) fn apply(&self, name: &str, number: usize) -> usize {
        let uri = format!("{MAPS}/{name}?fieldManager=bench&force=true");
        let body = object(name, number).to_string().into_bytes();
        self.send("PATCH", &uri, "application/apply-patch+yaml", body)
    }
}

pub(crate) const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// An object of about 3 KB.
pub(crate) fn object(name: &str, number: usize) -> Value {
    let text = "lorem ipsum dolor sit amet ".repeat(11);
    let data: serde_json::Map<String, Value> =
        (0..8).map(|key| (format!("key-{key}"), json!(format!("{text}{key}")))).collect();
    let mut object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/name": name}},
        "data": data,
    });
    object["data"]["number"] = json!(number.to_string());
    object
}
