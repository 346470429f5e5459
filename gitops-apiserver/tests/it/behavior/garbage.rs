//! Owners and dependents.

use super::lab::Cluster;
use gitops_apiserver::behavior::Behaviors;
use serde_json::{Value, json};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn cluster() -> Cluster {
    Cluster::new(Behaviors::none().garbage_collection(true))
}

fn map(name: &str, owners: &[&Value]) -> Value {
    let owners: Vec<Value> = owners.iter().map(|owner| reference(owner)).collect();
    json!({"metadata": {"name": name, "ownerReferences": owners}})
}

fn reference(owner: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "blockOwnerDeletion": true,
        "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
    })
}

async fn names(cluster: &Cluster) -> Vec<String> {
    let items = cluster.items(MAPS).await;
    items.iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

/// A chain of three: `a` owns `b` owns `c`.
async fn chain(cluster: &Cluster) {
    let a = cluster.create(MAPS, &map("a", &[])).await;
    let b = cluster.create(MAPS, &map("b", &[&a])).await;
    cluster.create(MAPS, &map("c", &[&b])).await;
}

#[tokio::test(start_paused = true)]
async fn dependents_go_after_their_owner() {
    let cluster = cluster();
    chain(&cluster).await;
    cluster.delete(&format!("{MAPS}/a"), &json!({"propagationPolicy": "Background"})).await;
    assert!(names(&cluster).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_when_it_is_off() {
    let cluster = Cluster::new(Behaviors::none());
    chain(&cluster).await;
    cluster.delete(&format!("{MAPS}/a"), &Value::Null).await;
    assert_eq!(names(&cluster).await, ["b", "c"]);
    // What has been left is found when it is switched on.
    cluster.server().behaviors(Behaviors::none().garbage_collection(true));
    assert!(names(&cluster).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn orphans_stay_without_their_owner() {
    let cluster = cluster();
    chain(&cluster).await;
    cluster.delete(&format!("{MAPS}/a"), &json!({"propagationPolicy": "Orphan"})).await;
    assert_eq!(names(&cluster).await, ["b", "c"]);
    let b = cluster.get(&format!("{MAPS}/b")).await.unwrap();
    assert_eq!(b["metadata"].get("ownerReferences"), None);
}

#[tokio::test(start_paused = true)]
async fn an_owner_waits_in_the_foreground() {
    let cluster = cluster();
    chain(&cluster).await;
    let held = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    cluster.patch(&format!("{MAPS}/c"), &held).await;
    cluster.delete(&format!("{MAPS}/a"), &json!({"propagationPolicy": "Foreground"})).await;
    assert_eq!(names(&cluster).await, ["a", "b", "c"]);
    let b = cluster.get(&format!("{MAPS}/b")).await.unwrap();
    assert_eq!(b["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    cluster.patch(&format!("{MAPS}/c"), &json!({"metadata": {"finalizers": null}})).await;
    assert!(names(&cluster).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_owner_is_enough_to_stay() {
    let cluster = cluster();
    let a = cluster.create(MAPS, &map("a", &[])).await;
    let b = cluster.create(MAPS, &map("b", &[])).await;
    cluster.create(MAPS, &map("c", &[&a, &b])).await;
    cluster.delete(&format!("{MAPS}/a"), &Value::Null).await;
    let c = cluster.get(&format!("{MAPS}/c")).await.unwrap();
    assert_eq!(c["metadata"]["ownerReferences"], json!([reference(&b)]));
    cluster.delete(&format!("{MAPS}/b"), &Value::Null).await;
    assert!(names(&cluster).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_owner_elsewhere_or_of_another_uid_is_none() {
    let cluster = cluster();
    let mut a = cluster.create(MAPS, &map("a", &[])).await;
    let elsewhere = "/api/v1/namespaces/kube-system/configmaps";
    cluster.create(elsewhere, &map("b", &[&a])).await;
    a["metadata"]["uid"] = "another".into();
    cluster.create(MAPS, &map("c", &[&a])).await;
    assert!(cluster.items(elsewhere).await.is_empty());
    assert_eq!(names(&cluster).await, ["a"]);
    // A kind that nobody serves tells nothing.
    let unknown =
        json!([{"apiVersion": "example.com/v1", "kind": "Nothing", "name": "n", "uid": "n"}]);
    cluster.create(MAPS, &json!({"metadata": {"name": "d", "ownerReferences": unknown}})).await;
    assert_eq!(names(&cluster).await, ["a", "d"]);
}

#[tokio::test(start_paused = true)]
async fn those_who_own_each_other_end_too() {
    let cluster = cluster();
    let a = cluster.create(MAPS, &map("a", &[])).await;
    let b = cluster.create(MAPS, &map("b", &[&a])).await;
    let back = json!({"metadata": {"ownerReferences": [reference(&b)]}});
    cluster.patch(&format!("{MAPS}/a"), &back).await;
    cluster.delete(&format!("{MAPS}/a"), &json!({"propagationPolicy": "Foreground"})).await;
    assert!(names(&cluster).await.is_empty());
}
