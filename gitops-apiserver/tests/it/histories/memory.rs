//! The server in memory.

use super::{
    definitions,
    target::{Body, Target, read},
};
use gitops_apiserver::{ApiServer, Bootstrap, door::Service};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use std::time::Duration;
use tower::ServiceExt as _;

/// A server of its own for every history.
pub(crate) struct Memory(Service);

impl Memory {
    pub(crate) fn new() -> Self {
        Memory::of(&ApiServer::builder().bootstrap(Bootstrap::Full).build())
    }

    pub(crate) fn of(server: &ApiServer) -> Self {
        Memory(server.service())
    }
}

impl Target for Memory {
    async fn fresh(&self) -> Self {
        let memory = Memory::new();
        for step in definitions::steps() {
            let (path, body) = (step.path().to_owned(), step.body.unwrap().to_string());
            let request = Request::patch(format!("{path}?fieldManager=histories&force=true"))
                .header("content-type", "application/apply-patch+yaml");
            let answer = read(memory.send(request.body(body.into_bytes()).unwrap()).await).await;
            assert!(answer.code < 300, "{}", String::from_utf8_lossy(&answer.body));
        }
        memory
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Response<Body> {
        let answer = self.0.clone().oneshot(request.map(Full::<bytes::Bytes>::from)).await;
        answer.expect("no faults are planned").map(|body| body.map_err(Into::into).boxed_unsync())
    }

    async fn settle(&self, _: &str) {}

    fn silence(&self, _: u32, _: bool) -> Duration {
        // What has happened is there to be read.
        Duration::from_millis(1)
    }
}
