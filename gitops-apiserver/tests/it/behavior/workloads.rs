//! Deployments, StatefulSets, DaemonSets and pods.

use super::lab::{Cluster, workload};
use gitops_apiserver::behavior::{Behaviors, READY_AFTER, Workloads};
use serde_json::{Value, json};
use std::time::Duration;

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
const REPLICA_SETS: &str = "/apis/apps/v1/namespaces/default/replicasets";
const STATEFUL_SETS: &str = "/apis/apps/v1/namespaces/default/statefulsets";
const DAEMON_SETS: &str = "/apis/apps/v1/namespaces/default/daemonsets";
const PODS: &str = "/api/v1/namespaces/default/pods";

fn after(seconds: u64) -> Cluster {
    let ready = Workloads::Ready { after: Duration::from_secs(seconds) };
    Cluster::new(Behaviors::cluster().workloads(ready))
}

fn condition<'v>(object: &'v Value, of: &str) -> &'v Value {
    let list = object["status"]["conditions"].as_array().unwrap();
    list.iter().find(|one| one["type"] == of).unwrap()
}

fn image(name: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": name}]}}}})
}

#[tokio::test(start_paused = true)]
async fn a_deployment_becomes_available_when_its_time_has_come() {
    let cluster = after(5);
    cluster.create(DEPLOYMENTS, &workload("Deployment", 2)).await;
    cluster.pass(4999).await;
    let web = cluster.get(&format!("{DEPLOYMENTS}/web")).await.unwrap();
    assert_eq!(web["status"]["updatedReplicas"], 2);
    assert_eq!(condition(&web, "Available")["status"], "False");
    cluster.pass(1).await;
    let web = cluster.get(&format!("{DEPLOYMENTS}/web")).await.unwrap();
    assert_eq!(web["status"]["availableReplicas"], 2);
    assert_eq!(condition(&web, "Available")["lastTransitionTime"], "2026-01-01T00:00:05Z");
    let progress = condition(&web, "Progressing");
    assert_eq!(progress["reason"], "NewReplicaSetAvailable");
    let sets = cluster.items(REPLICA_SETS).await;
    let name = sets[0]["metadata"]["name"].as_str().unwrap();
    assert_eq!(progress["message"], format!("ReplicaSet \"{name}\" has successfully progressed."));
}

#[tokio::test(start_paused = true)]
async fn what_is_late_has_the_time_at_which_it_was_due() {
    let cluster = after(5);
    cluster.create(DEPLOYMENTS, &workload("Deployment", 1)).await;
    cluster.pass(3_600_000).await;
    let pod = cluster.items(PODS).await.remove(0);
    assert_eq!(pod["metadata"]["creationTimestamp"], "2026-01-01T00:00:00Z");
    assert_eq!(condition(&pod, "Ready")["lastTransitionTime"], "2026-01-01T00:00:05Z");
}

#[tokio::test(start_paused = true)]
async fn a_change_rolls_out_within_its_limits() {
    let cluster = after(5);
    cluster.create(DEPLOYMENTS, &workload("Deployment", 4)).await;
    cluster.pass(10_000).await;
    cluster.patch(&format!("{DEPLOYMENTS}/web"), &image("two")).await;
    for _ in 0..30 {
        let pods = cluster.items(PODS).await;
        let live: Vec<_> =
            pods.iter().filter(|pod| pod["metadata"].get("deletionTimestamp").is_none()).collect();
        let ready = live.iter().filter(|pod| condition(pod, "Ready")["status"] == "True").count();
        // A quarter of four more, and a quarter less.
        assert!(live.len() <= 5, "{}", live.len());
        assert!(ready >= 3, "{ready}");
        cluster.pass(1000).await;
    }
    cluster.pass(60_000).await;
    let pods = cluster.items(PODS).await;
    assert_eq!(pods.len(), 4);
    assert!(pods.iter().all(|pod| pod["spec"]["containers"][0]["image"] == "two"));
    let web = cluster.get(&format!("{DEPLOYMENTS}/web")).await.unwrap();
    assert_eq!(web["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2");
    // And back: the first revision is the third.
    cluster.patch(&format!("{DEPLOYMENTS}/web"), &image("one")).await;
    cluster.pass(120_000).await;
    let sets = cluster.items(REPLICA_SETS).await;
    let notes: Vec<_> = sets
        .iter()
        .filter(|set| set["spec"]["replicas"] == 4)
        .map(|set| &set["metadata"]["annotations"])
        .collect();
    assert_eq!(sets.len(), 2);
    assert_eq!(notes[0]["deployment.kubernetes.io/revision"], "3");
    assert_eq!(notes[0]["deployment.kubernetes.io/revision-history"], "1");
}

#[tokio::test(start_paused = true)]
async fn a_rollout_that_gets_nowhere_is_told_so() {
    let cluster = after(0);
    let mut web = workload("Deployment", 1);
    web["spec"]["progressDeadlineSeconds"] = 30.into();
    web["metadata"]["annotations"] = json!({READY_AFTER: "never"});
    cluster.create(DEPLOYMENTS, &web).await;
    cluster.pass(60_000).await;
    let web = cluster.get(&format!("{DEPLOYMENTS}/web")).await.unwrap();
    let progress = condition(&web, "Progressing");
    assert_eq!(progress["status"], "False");
    assert_eq!(progress["reason"], "ProgressDeadlineExceeded");
    // Somebody repairs it.
    let now = json!({"metadata": {"annotations": {READY_AFTER: "1s"}}});
    cluster.patch(&format!("{DEPLOYMENTS}/web"), &now).await;
    cluster.pass(1000).await;
    let web = cluster.get(&format!("{DEPLOYMENTS}/web")).await.unwrap();
    assert_eq!(web["status"]["availableReplicas"], 1);
    assert_eq!(condition(&web, "Progressing")["status"], "True");
}

#[tokio::test(start_paused = true)]
async fn scaling_and_deletion_reach_the_pods() {
    let cluster = after(0);
    cluster.create(DEPLOYMENTS, &workload("Deployment", 3)).await;
    assert_eq!(cluster.items(PODS).await.len(), 3);
    let path = format!("{DEPLOYMENTS}/web");
    cluster.patch(&format!("{path}/scale"), &json!({"spec": {"replicas": 1}})).await;
    cluster.pass(31_000).await;
    assert_eq!(cluster.items(PODS).await.len(), 1);
    cluster.delete(&path, &json!({"propagationPolicy": "Foreground"})).await;
    assert!(cluster.get(&path).await.is_some());
    // The pod has its grace period.
    cluster.pass(31_000).await;
    assert_eq!(cluster.get(&path).await, None);
    assert!(cluster.items(PODS).await.is_empty());
    assert!(cluster.items(REPLICA_SETS).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_goes_one_by_one() {
    let cluster = after(5);
    cluster.create(STATEFUL_SETS, &workload("StatefulSet", 3)).await;
    for expected in 1..=3 {
        assert_eq!(cluster.items(PODS).await.len(), expected);
        cluster.pass(5000).await;
    }
    let pods = cluster.items(PODS).await;
    let names: Vec<_> = pods.iter().map(|pod| pod["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["web-0", "web-1", "web-2"]);
    let path = format!("{STATEFUL_SETS}/web");
    let web = cluster.get(&path).await.unwrap();
    let before = web["status"]["currentRevision"].clone();
    assert_eq!(web["status"]["availableReplicas"], 3);
    cluster.patch(&path, &image("two")).await;
    cluster.pass(34_000).await;
    let images: Vec<_> = cluster.items(PODS).await;
    let images: Vec<_> =
        images.iter().map(|pod| pod["spec"]["containers"][0]["image"].clone()).collect();
    assert_eq!(images, ["one", "one", "two"]);
    cluster.pass(200_000).await;
    let web = cluster.get(&path).await.unwrap();
    assert_ne!(web["status"]["currentRevision"], before);
    assert_eq!(web["status"]["currentRevision"], web["status"]["updateRevision"]);
    assert_eq!(web["status"]["updatedReplicas"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_daemon_set_is_on_every_node() {
    let cluster = after(0);
    cluster.create(DAEMON_SETS, &workload("DaemonSet", 0)).await;
    assert_eq!(cluster.items(PODS).await.len(), 1);
    for node in ["a", "b"] {
        cluster.create("/api/v1/nodes", &json!({"metadata": {"name": node}})).await;
    }
    cluster.pass(31_000).await;
    let pods = cluster.items(PODS).await;
    let mut nodes: Vec<_> =
        pods.iter().map(|pod| pod["spec"]["nodeName"].as_str().unwrap()).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["a", "b"]);
    let web = cluster.get(&format!("{DAEMON_SETS}/web")).await.unwrap();
    assert_eq!(web["status"]["numberAvailable"], 2);
}
