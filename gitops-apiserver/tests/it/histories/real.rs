//! The real server.

use super::{
    definitions,
    target::{Body, Target, read},
};
use gitops_testkit::server::ControlPlane;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use kube::client::Client;
use std::{sync::Arc, time::Duration};

/// Stands for an answer where the server broke the connection.
pub(crate) const BROKEN: u16 = 599;

pub(crate) struct Real {
    client: Client,
    server: Arc<ControlPlane>,
}

impl Real {
    /// A client of the server, which gets the definitions of custom kinds.
    pub(crate) async fn new(server: Arc<ControlPlane>) -> Self {
        let real = Real::bare(server).await;
        for step in definitions::steps() {
            let (path, body) = (step.path().to_owned(), step.body.unwrap().to_string());
            let request = Request::patch(format!("{path}?fieldManager=histories&force=true"))
                .header("content-type", "application/apply-patch+yaml");
            let answer = read(real.send(request.body(body.into_bytes()).unwrap()).await).await;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(answer.code < 300, "{text}");
        }
        for path in definitions::collections() {
            real.served(&path).await;
        }
        real
    }

    /// A client of the server as it is.
    pub(crate) async fn bare(server: Arc<ControlPlane>) -> Self {
        let mut config = server.config().await.unwrap();
        // Refusals are answers like any other.
        config.default_retry = false;
        Real { client: Client::try_from(config).unwrap(), server }
    }

    /// Established is what the definition says; the handler comes a moment later.
    async fn served(&self, path: &str) {
        for _ in 0..10_000 {
            let request = Request::get(path).body(Vec::new()).unwrap();
            if self.send(request).await.status().is_success() {
                return;
            }
        }
        panic!("{path} is not served");
    }
}

impl Target for Real {
    async fn fresh(&self) -> Self {
        // There is one server; histories keep apart by their namespaces.
        Real { client: self.client.clone(), server: self.server.clone() }
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Response<Body> {
        let what = format!("{} {}", request.method(), request.uri());
        let answer = self.client.send(request.map(|body| body.into()));
        let answer = tokio::time::timeout(Duration::from_secs(20), answer).await;
        let answer = answer.unwrap_or_else(|_| panic!("{what}: no answer"));
        // A connection that was closed while it was idle: the history is played again.
        match answer {
            Ok(answer) => answer.map(|body| body.map_err(Into::into).boxed_unsync()),
            Err(error) => {
                let body = Full::from(error.to_string()).map_err(|error| match error {});
                Response::builder().status(BROKEN).body(body.boxed_unsync()).unwrap()
            }
        }
    }

    async fn settle(&self, collection: &str) {
        // A list without a version waits until the cache is as new as the storage.
        let request = Request::get(format!("{collection}?labelSelector=none=such"));
        let _ = read(self.send(request.body(Vec::new()).unwrap()).await).await;
    }

    fn silence(&self, patience: u32, initial: bool) -> Duration {
        // Bookmarks come about once a second.
        let initial = Duration::from_millis(if initial { 1300 } else { 0 });
        initial + Duration::from_millis(150) * (1 + 6 * patience)
    }
}
