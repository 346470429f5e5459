//! The same seed gives the same bytes, and who looks makes no difference.

use super::lab::workload;
use futures::{AsyncBufReadExt, TryStreamExt};
use gitops_apiserver::{
    ApiServer,
    behavior::{Behaviors, Jobs, Workloads},
};
use gitops_core::env::Env;
use http::Request;
use kube::Client;
use serde_json::{Value, json};
use std::time::Duration;

const WATCHED: [&str; 5] = [
    "/api/v1/pods",
    "/api/v1/namespaces",
    "/apis/apps/v1/replicasets",
    "/apis/apps/v1/deployments",
    "/apis/batch/v1/jobs",
];

fn server(seed: u64) -> ApiServer {
    let behaviors = Behaviors::cluster()
        .workloads(Workloads::Ready { after: Duration::from_millis(2500) })
        .jobs(Jobs::Fail { after: Duration::from_secs(7) });
    ApiServer::builder().env(Env::seeded(seed)).behaviors(behaviors).build()
}

async fn send(client: &Client, method: &str, path: &str, body: &Value) {
    let media = match method {
        "PATCH" => "application/merge-patch+json",
        _ => "application/json",
    };
    let request = Request::builder().method(method).uri(path).header("content-type", media);
    let request = request.body(body.to_string().into_bytes()).unwrap();
    client.request::<Value>(request).await.unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// What happens to a cluster; virtual time passes where somebody waits.
async fn play(client: &Client) {
    let namespace = json!({"metadata": {"name": "team"}});
    send(client, "POST", "/api/v1/namespaces", &namespace).await;
    let apps = "/apis/apps/v1/namespaces/team/deployments";
    send(client, "POST", apps, &workload("Deployment", 4)).await;
    let job = json!({
        "metadata": {"name": "work"},
        "spec": {"backoffLimit": 1, "template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "main", "image": "one"}],
        }}},
    });
    send(client, "POST", "/apis/batch/v1/namespaces/team/jobs", &job).await;
    tokio::time::advance(Duration::from_secs(3)).await;
    let change = json!({"spec": {"template": {"metadata": {"labels": {"track": "two"}}}}});
    send(client, "PATCH", &format!("{apps}/web"), &change).await;
    tokio::time::advance(Duration::from_secs(40)).await;
    let background = json!({"propagationPolicy": "Background"});
    send(client, "DELETE", "/api/v1/namespaces/team", &background).await;
    tokio::time::advance(Duration::from_secs(40)).await;
}

/// All events since the start of each resource.
async fn events(server: &ApiServer) -> Vec<String> {
    let client = Client::new(server.service(), "default");
    let mut all = Vec::new();
    for path in WATCHED {
        let uri = format!("{path}?watch=true&resourceVersion=1&timeoutSeconds=1");
        let request = Request::get(uri).body(Vec::new()).unwrap();
        let stream = client.request_stream(request).await.unwrap();
        let lines: Vec<String> = stream.lines().try_collect().await.unwrap();
        all.extend(lines);
    }
    all
}

async fn history(seed: u64) -> Vec<String> {
    let server = server(seed);
    play(&Client::new(server.service(), "default")).await;
    events(&server).await
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_bytes() {
    let first = history(7).await;
    assert!(first.len() > 80, "{}", first.len());
    assert_eq!(first, history(7).await);
    assert_ne!(first, history(8).await);
    let last = first.iter().filter(|line| line.contains("\"DELETED\"")).count();
    // Pods, ReplicaSets, the Deployment, the Job and the namespace.
    assert!(last > 10, "{last}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_sees_what_nobody_asked_for() {
    let clock = Env::seeded(0).clock;
    let server = server(0);
    let client = Client::new(server.service(), "default");
    let uri = "/api/v1/pods?watch=true&timeoutSeconds=600";
    let request = Request::get(uri).body(Vec::new()).unwrap();
    let stream = client.request_stream(request).await.unwrap();
    let mut lines = stream.lines();
    let apps = "/apis/apps/v1/namespaces/default/deployments";
    send(&client, "POST", apps, &workload("Deployment", 1)).await;
    // No request is made from here on: the watch itself brings things forward, in virtual time.
    let start = clock.now();
    while let Some(line) = lines.try_next().await.unwrap() {
        let pod: Value = serde_json::from_str(&line).unwrap();
        let list = pod["object"]["status"]["conditions"].as_array();
        let ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
        if list.is_some_and(|list| list.iter().any(ready)) {
            // To the millisecond that tokio's timers round up to.
            let waited = (clock.now() - start).as_millis();
            assert!((2500..2510).contains(&waited), "{waited}");
            return;
        }
    }
    panic!("the pod never became ready");
}

#[tokio::test(start_paused = true)]
async fn definitions_can_be_late() {
    let late = Behaviors::none().definitions(Duration::from_secs(10));
    let server = ApiServer::builder().behaviors(late).build();
    let client = Client::new(server.service(), "default");
    let definition = json!({
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com", "scope": "Cluster",
            "names": {"plural": "things", "kind": "Thing"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }],
        },
    });
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    send(&client, "POST", path, &definition).await;
    let things = || Request::get("/apis/example.com/v1/things").body(Vec::new()).unwrap();
    tokio::time::advance(Duration::from_millis(9999)).await;
    assert!(client.request::<Value>(things()).await.is_err());
    tokio::time::advance(Duration::from_millis(1)).await;
    client.request::<Value>(things()).await.unwrap();
}
