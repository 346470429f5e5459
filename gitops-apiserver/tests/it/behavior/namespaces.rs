//! The end of namespaces.

use super::lab::Cluster;
use gitops_apiserver::behavior::Behaviors;
use serde_json::{Value, json};

const TEAM: &str = "/api/v1/namespaces/team";

#[tokio::test(start_paused = true)]
async fn a_namespace_ends_when_nothing_is_left_in_it() {
    let cluster = Cluster::new(Behaviors::none().namespace_deletion(true));
    cluster.create("/api/v1/namespaces", &json!({"metadata": {"name": "team"}})).await;
    let held = json!({"metadata": {"name": "held", "finalizers": ["example.com/hold"]}});
    cluster.create(&format!("{TEAM}/configmaps"), &held).await;
    cluster.create(&format!("{TEAM}/secrets"), &json!({"metadata": {"name": "free"}})).await;
    cluster.delete(TEAM, &Value::Null).await;

    let team = cluster.get(TEAM).await.unwrap();
    assert_eq!(team["status"]["phase"], "Terminating");
    let conditions = team["status"]["conditions"].as_array().unwrap();
    let said: Vec<_> = conditions.iter().map(|one| [&one["type"], &one["status"]]).collect();
    assert_eq!(
        json!(said),
        json!([
            ["NamespaceDeletionDiscoveryFailure", "False"],
            ["NamespaceDeletionGroupVersionParsingFailure", "False"],
            ["NamespaceDeletionContentFailure", "False"],
            ["NamespaceContentRemaining", "True"],
            ["NamespaceFinalizersRemaining", "True"],
        ])
    );
    assert_eq!(cluster.get(&format!("{TEAM}/secrets/free")).await, None);

    let path = format!("{TEAM}/configmaps/held");
    cluster.patch(&path, &json!({"metadata": {"finalizers": null}})).await;
    assert_eq!(cluster.get(TEAM).await, None);
}

#[tokio::test(start_paused = true)]
async fn every_namespace_has_its_account() {
    let cluster = Cluster::new(Behaviors::none().namespace_contents(true));
    cluster.create("/api/v1/namespaces", &json!({"metadata": {"name": "team"}})).await;
    for namespace in ["team", "default"] {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/default");
        assert!(cluster.get(&path).await.is_some(), "{namespace}");
        cluster.delete(&path, &Value::Null).await;
        assert!(cluster.get(&path).await.is_some(), "{namespace}");
    }
}
