//! The two servers that stories are played on.

use super::{
    play::Known,
    story::{self, Cue},
};
use bytes::Bytes;
use gitops_apiserver::{
    ApiServer,
    access::User,
    fault::{Fault, Rule},
};
use gitops_testkit::server::ControlPlane;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use kube::Client;
use std::{sync::Arc, time::Duration};
use tower::ServiceExt as _;

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A server that stories are played on.
pub(super) trait Target {
    /// Sends a request as a user; empty: the administrator. Fails where there is no answer.
    async fn send(&self, user: &str, request: Request<Vec<u8>>) -> Result<Answer, String>;

    fn cue(&self, cue: Cue);
}

/// Makes the kinds and the namespace of a story.
async fn define(target: &impl Target) {
    for definition in story::definitions() {
        let name = definition["metadata"]["name"].as_str().unwrap();
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
        let request = Request::patch(format!("{path}?fieldManager=semantics&force=true"))
            .header("content-type", "application/apply-patch+yaml");
        let answer = target.send("", request.body(definition.to_string().into()).unwrap()).await;
        let answer = answer.unwrap();
        assert!(answer.code < 300, "{}", String::from_utf8_lossy(&answer.body));
    }
}

/// A server in memory, of one story alone.
pub(super) struct Memory(ApiServer);

impl Memory {
    pub(super) async fn new() -> Self {
        let memory = Memory(ApiServer::new());
        define(&memory).await;
        memory
    }
}

impl Target for Memory {
    async fn send(&self, user: &str, request: Request<Vec<u8>>) -> Result<Answer, String> {
        let service = match user {
            "" => self.0.service(),
            name => self.0.service_as(User {
                name: name.to_owned(),
                groups: vec!["system:authenticated".to_owned()],
                ..User::default()
            }),
        };
        let answer = service.oneshot(request.map(Full::<Bytes>::from)).await;
        let (head, body) = answer.expect("no resets are planned").into_parts();
        let body = body.collect().await.expect("nothing is truncated").to_bytes();
        Ok(Answer { code: head.status.as_u16(), headers: head.headers, body })
    }

    fn cue(&self, cue: Cue) {
        match cue {
            Cue::Compact => self.0.compact(),
            Cue::Overload => {
                self.0.faults().add(Rule::any().times(1), Fault::Overload);
            }
        }
    }
}

/// The real server, which all stories share.
pub(super) struct Real {
    server: Arc<ControlPlane>,
    admin: Client,
}

impl Real {
    pub(super) async fn new(server: Arc<ControlPlane>) -> Self {
        let mut config = server.config().await.unwrap();
        // Refusals are answers like any other.
        config.default_retry = false;
        let real = Real { admin: Client::try_from(config).unwrap(), server };
        define(&real).await;
        for kind in ["widgets", "gadgets"] {
            real.served(&format!("/apis/semantics.example.org/v1/{kind}")).await;
        }
        real
    }

    /// A namespace for one story.
    pub(super) async fn namespace(&self) -> String {
        self.server.namespace("story").await.unwrap()
    }

    /// Established is what the definition says; the handler comes a moment later.
    async fn served(&self, path: &str) {
        for _ in 0..10_000 {
            let answer = self.send("", Request::get(path).body(Vec::new()).unwrap()).await;
            if answer.is_ok_and(|answer| answer.code == 200) {
                return;
            }
        }
        panic!("{path} is not served");
    }
}

impl Target for Real {
    async fn send(&self, user: &str, request: Request<Vec<u8>>) -> Result<Answer, String> {
        let client = match user {
            "" => self.admin.clone(),
            name => self.server.client_for(name, &[]).await.unwrap(),
        };
        let what = format!("{} {}", request.method(), request.uri());
        let asked = async {
            let (head, body) = client.send(request.map(Into::into)).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok(Answer { code: head.status.as_u16(), headers: head.headers, body })
        };
        let asked = tokio::time::timeout(Duration::from_secs(60), asked).await;
        asked
            .map_err(|_| format!("{what}: no answer"))?
            .map_err(|error: kube::Error| format!("{what}: {error}"))
    }

    fn cue(&self, cue: Cue) {
        panic!("the real server takes no cue to {cue:?}");
    }
}

/// What every story knows.
pub(super) fn known(namespace: &str) -> Known {
    let mut known = Known::default();
    known.learn("ns", namespace);
    known.learn("v1", &format!("/api/v1/namespaces/{namespace}"));
    for (name, group) in [
        ("apps", "apps"),
        ("rbac", "rbac.authorization.k8s.io"),
        ("example", "semantics.example.org"),
    ] {
        known.learn(name, &format!("/apis/{group}/v1/namespaces/{namespace}"));
    }
    known
}
