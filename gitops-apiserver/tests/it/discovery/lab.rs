//! The real server, asked with the headers as they are.

use gitops_testkit::server::{ControlPlane, server_or_skip};
use http::Request;
use http_body_util::BodyExt;
use kube::{Client, client::Body};
use serde_json::Value;
use std::sync::Arc;

pub(super) struct Lab {
    pub(super) client: Client,
    _server: Arc<ControlPlane>,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

pub(super) async fn lab() -> Option<Lab> {
    let server = server_or_skip().await?;
    Some(Lab { client: server.client().await.unwrap(), _server: server })
}

impl Lab {
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(path, &[]).await
    }

    pub(super) async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, Vec::new()).await
    }

    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.client.send(request.body(Body::from(body)).unwrap()).await.unwrap();
        Answer { body: answer.into_body().collect().await.unwrap().to_bytes().to_vec() }
    }
}
