//! Sequences of requests into the service.

use super::{bodies, cases, paths};
use gitops_apiserver::{ApiServer, access::User};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use proptest::prelude::*;
use std::time::Duration;
use tokio::time::timeout;
use tower::ServiceExt;

/// How long an answer may take: longer than any watch that a client doesn't limit itself.
const LIMIT: Duration = Duration::from_secs(2 * 3600);
/// How long it may really take; generous, as machines differ.
const WORK: Duration = Duration::from_secs(20);
/// What the server says where its store holds what it can't read.
const BROKEN: &[u8] = b"unable to decode a stored object";
/// In one case.
const REQUESTS: usize = 20;

#[derive(Debug, Clone)]
struct Sent {
    method: &'static str,
    uri: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    admin: bool,
}

const METHODS: [&str; 12] = [
    "GET", "GET", "POST", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD", "OPTIONS",
    "X!",
];

const HEADERS: [&str; 10] = [
    "content-type",
    "content-type",
    "content-type",
    "accept",
    "accept",
    "user-agent",
    "impersonate-user",
    "impersonate-group",
    "if-none-match",
    "host",
];

const VALUES: [&str; 27] = [
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/apply-patch+cbor",
    "application/cbor",
    "text/plain",
    "*/*",
    "a/b;q=x,,;",
    "",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json",
    "application/json;as=Table;v=v9;g=x",
    "application/json;stream=watch;charset=utf-8",
    "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    "application/com.github.proto-openapi.spec.v3@v1.0+protobuf",
    "jane",
    "system:masters",
    "system:serviceaccount:default:x",
    "system:serviceaccount::",
    "localhost:1",
    "a/b (c) d",
    "\"x\"",
];

fn header() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let value = prop_oneof![
        12 => prop::sample::select(VALUES.to_vec()).prop_map(|value| value.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    (prop::sample::select(HEADERS.to_vec()), value)
}

fn sent() -> impl Strategy<Value = Sent> {
    let headers = prop::collection::vec(header(), 0..4);
    let method = prop::sample::select(METHODS.to_vec());
    (method, paths::uri(), headers, bodies::body(), prop::bool::weighted(0.9))
        .prop_map(|(method, uri, headers, body, admin)| Sent { method, uri, headers, body, admin })
}

/// The request, unless it is none that HTTP knows.
fn request(sent: &Sent) -> Option<Request<Full<bytes::Bytes>>> {
    let mut request =
        Request::builder().method(Method::from_bytes(sent.method.as_bytes()).ok()?).uri(&sent.uri);
    for (name, value) in &sent.headers {
        request =
            request.header(HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?);
    }
    request.body(Full::from(sent.body.clone())).ok()
}

/// Sends requests one by one; all that is asked is that there are answers.
async fn play(all: &[Sent]) {
    let server = ApiServer::new();
    for (path, object) in seeds() {
        let body = Full::<bytes::Bytes>::from(object.to_string());
        let create = Request::post(path).body(body).unwrap();
        server.service().oneshot(create).await.unwrap();
    }
    for sent in all {
        let Some(request) = request(sent) else { continue };
        let user = if sent.admin { User::admin() } else { User::default() };
        let answer = server.service_as(user).oneshot(request);
        let answer = timeout(LIMIT, answer).await.expect("an answer").expect("no reset");
        // Watches without an end are left.
        let Ok(body) = timeout(LIMIT, answer.into_body().collect()).await else { continue };
        let body = body.expect("a whole body").to_bytes();
        let broken = body.windows(BROKEN.len()).any(|text| text == BROKEN);
        assert!(!broken, "{}", String::from_utf8_lossy(&body));
    }
    let get = Request::get("/api/v1/namespaces/kube-system").body(Full::<bytes::Bytes>::default());
    let answer = server.service().oneshot(get.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "the server still works");
}

/// What is there from the start, so that requests meet something.
fn seeds() -> Vec<(String, serde_json::Value)> {
    let wanted =
        ["ConfigMap", "Deployment", "Pod", "Service", "CustomResourceDefinition", "Gadget"];
    let of = |value: &serde_json::Value| {
        let api = value["apiVersion"].as_str()?;
        let kind = value["kind"].as_str().filter(|kind| wanted.contains(kind))?;
        let root = if api == "v1" { "/api" } else { "/apis" };
        let plural = format!("{}s", kind.to_lowercase());
        let scope = if kind == "CustomResourceDefinition" { "" } else { "namespaces/default/" };
        Some(format!("{root}/{api}/{scope}{plural}"))
    };
    bodies::good().into_iter().filter_map(|value| Some((of(&value)?, value))).collect()
}

fn run(all: &[Sent]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    #[allow(clippy::disallowed_methods, reason = "how long the work really takes")]
    let start = std::time::Instant::now();
    runtime.block_on(play(all));
    assert!(start.elapsed() < WORK, "{:?} for {} requests", start.elapsed(), all.len());
}

proptest! {
    #![proptest_config(cases(REQUESTS as u32))]

    #[test]
    fn any_requests_are_answered(all in prop::collection::vec(sent(), REQUESTS)) {
        run(&all);
    }
}
