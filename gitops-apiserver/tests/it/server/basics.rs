//! The ten lines that everybody writes first, and the rules that they rely on.

use futures::{StreamExt, TryStreamExt};
use gitops_apiserver::ApiServer;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::{
    Api, Client, Error,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams},
};
use serde_json::{Value, json};
use std::time::Duration;

fn map(name: &str, value: &str) -> ConfigMap {
    let object =
        json!({"metadata": {"name": name, "labels": {"app": name}}, "data": {"key": value}});
    serde_json::from_value(object).unwrap()
}

fn maps(server: &ApiServer) -> Api<ConfigMap> {
    Api::default_namespaced(Client::new(server.service(), "default"))
}

#[track_caller]
fn status(error: Error) -> (u16, String, String) {
    match error {
        Error::Api(status) => (status.code, status.reason, status.message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_is_created_read_changed_and_deleted() {
    let maps = maps(&ApiServer::new());
    let created = maps.create(&PostParams::default(), &map("a", "1")).await.unwrap();
    let again = maps.create(&PostParams::default(), &map("a", "1")).await.unwrap_err();
    assert_eq!(
        status(again),
        (409, "AlreadyExists".to_owned(), "configmaps \"a\" already exists".to_owned())
    );

    let mut changed = created.clone();
    changed.data.as_mut().unwrap().insert("other".to_owned(), "2".to_owned());
    let changed = maps.replace("a", &PostParams::default(), &changed).await.unwrap();
    assert_ne!(changed.metadata.resource_version, created.metadata.resource_version);
    let stale = maps.replace("a", &PostParams::default(), &created).await.unwrap_err();
    assert_eq!(status(stale).0, 409);

    let same = maps.replace("a", &PostParams::default(), &changed).await.unwrap();
    assert_eq!(same.metadata.resource_version, changed.metadata.resource_version);

    maps.delete("a", &DeleteParams::default()).await.unwrap();
    let gone = maps.get("a").await.unwrap_err();
    assert_eq!(status(gone).2, "configmaps \"a\" not found");
}

#[tokio::test(start_paused = true)]
async fn an_apply_owns_its_fields() {
    let maps = maps(&ApiServer::new());
    let apply = |value: &str| {
        Patch::Apply(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"key": value},
        }))
    };
    let ours = PatchParams::apply("ours");
    let first = maps.patch("a", &ours, &apply("1")).await.unwrap();
    let again = maps.patch("a", &ours, &apply("1")).await.unwrap();
    assert_eq!(first, again);
    let refused = maps.patch("a", &PatchParams::apply("theirs"), &apply("2")).await.unwrap_err();
    assert_eq!(
        status(refused).2,
        "Apply failed with 1 conflict: conflict with \"ours\": .data.key"
    );
    maps.patch("a", &PatchParams::apply("theirs").force(), &apply("2")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_watch_shows_what_comes_after_a_list() {
    let maps = maps(&ApiServer::new());
    maps.create(&PostParams::default(), &map("a", "1")).await.unwrap();
    let list = maps.list(&ListParams::default()).await.unwrap();
    assert_eq!(list.items.len(), 1);
    let version = list.metadata.resource_version.unwrap();
    maps.create(&PostParams::default(), &map("b", "1")).await.unwrap();
    maps.delete("a", &DeleteParams::default()).await.unwrap();
    let events = maps.watch(&WatchParams::default().timeout(10), &version).await.unwrap();
    let seen: Vec<String> = events
        .map_ok(|event| match event {
            WatchEvent::Added(map) => format!("+{}", map.metadata.name.unwrap()),
            WatchEvent::Deleted(map) => format!("-{}", map.metadata.name.unwrap()),
            WatchEvent::Bookmark(_) => "bookmark".to_owned(),
            other => panic!("{other:?}"),
        })
        .boxed()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(seen, ["+b", "-a", "bookmark"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_goes_on_page_by_page() {
    let maps = maps(&ApiServer::new());
    for name in ["a", "b", "c"] {
        maps.create(&PostParams::default(), &map(name, "1")).await.unwrap();
    }
    let first = maps.list(&ListParams::default().limit(2)).await.unwrap();
    assert_eq!((first.items.len(), first.metadata.remaining_item_count), (2, Some(1)));
    maps.create(&PostParams::default(), &map("d", "1")).await.unwrap();
    let token = first.metadata.continue_.unwrap();
    let second = maps.list(&ListParams::default().limit(2).continue_token(&token)).await.unwrap();
    let names: Vec<_> = second.items.iter().filter_map(|map| map.metadata.name.clone()).collect();
    assert_eq!(names, ["c"]);
    assert_eq!(second.metadata.resource_version, first.metadata.resource_version);
    let labelled = maps.list(&ListParams::default().labels("app in (b, d)")).await.unwrap();
    assert_eq!(labelled.items.len(), 2);
}

/// Whatever clock is handed in.
#[tokio::test(start_paused = true)]
async fn nothing_overflows_at_the_end_of_time() {
    let server = ApiServer::builder().epoch(Duration::MAX).build();
    let client = Client::new(server.service(), "default");
    let ask = async |path: &str, body: Value| {
        let request = http::Request::post(path).header("content-type", "application/json");
        let request = request.body(body.to_string().into_bytes()).unwrap();
        client.request::<Value>(request).await.unwrap()
    };
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    ask(accounts, json!({"metadata": {"name": "robot"}})).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let given = ask(&format!("{accounts}/robot/token"), json!({})).await;
    let asked = json!({"spec": {"token": given["status"]["token"]}});
    let review = ask("/apis/authentication.k8s.io/v1/tokenreviews", asked).await;
    assert_eq!(review["status"]["authenticated"], true);
    let pod = json!({"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]}});
    ask("/api/v1/namespaces/default/pods", pod).await;
    let slowly = DeleteParams { grace_period_seconds: Some(u32::MAX), ..DeleteParams::default() };
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    pods.delete("p", &slowly).await.unwrap();
    assert!(pods.get("p").await.unwrap().metadata.deletion_timestamp.is_some());
}
