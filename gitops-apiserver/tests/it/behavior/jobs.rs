//! Jobs that finish and fail.

use super::lab::Cluster;
use gitops_apiserver::behavior::{Behaviors, Jobs};
use serde_json::{Value, json};
use std::time::Duration;

const JOBS: &str = "/apis/batch/v1/namespaces/default/jobs";
const PODS: &str = "/api/v1/namespaces/default/pods";

fn job(spec: Value) -> Value {
    let mut job = json!({"metadata": {"name": "work"}, "spec": {"template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "main", "image": "one"}],
    }}}});
    for (name, value) in spec.as_object().unwrap() {
        job["spec"][name] = value.clone();
    }
    job
}

fn types(job: &Value) -> Vec<&str> {
    let list = job["status"]["conditions"].as_array().unwrap();
    list.iter().map(|one| one["type"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_job_completes() {
    let after = Duration::from_secs(10);
    let cluster = Cluster::new(Behaviors::none().jobs(Jobs::Complete { after }));
    cluster.create(JOBS, &job(json!({"completions": 3, "parallelism": 2}))).await;
    let path = format!("{JOBS}/work");
    let work = cluster.get(&path).await.unwrap();
    assert_eq!(work["status"]["active"], 2);
    cluster.pass(10_000).await;
    let work = cluster.get(&path).await.unwrap();
    assert_eq!((&work["status"]["succeeded"], &work["status"]["active"]), (&json!(2), &json!(1)));
    cluster.pass(10_000).await;
    let work = cluster.get(&path).await.unwrap();
    assert_eq!(types(&work), ["SuccessCriteriaMet", "Complete"]);
    assert_eq!(work["status"]["succeeded"], 3);
    assert_eq!(work["status"]["completionTime"], "2026-01-01T00:00:20Z");
    for pod in cluster.items(PODS).await {
        assert_eq!(pod["status"]["phase"], "Succeeded");
        assert_eq!(pod["metadata"].get("finalizers"), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_fails_when_its_patience_is_over() {
    let after = Duration::from_secs(1);
    let cluster = Cluster::new(Behaviors::none().jobs(Jobs::Fail { after }));
    cluster.create(JOBS, &job(json!({"backoffLimit": 1}))).await;
    cluster.pass(5000).await;
    let path = format!("{JOBS}/work");
    let work = cluster.get(&path).await.unwrap();
    assert_eq!(work["status"]["failed"], 1);
    assert_eq!(cluster.items(PODS).await.len(), 1);
    cluster.pass(10_000).await;
    let work = cluster.get(&path).await.unwrap();
    assert_eq!(types(&work), ["FailureTarget", "Failed"]);
    assert_eq!(work["status"]["conditions"][1]["reason"], "BackoffLimitExceeded");
    assert_eq!(work["status"]["failed"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_finished_job_goes_with_its_pods() {
    let behaviors = Behaviors::cluster().jobs(Jobs::Complete { after: Duration::ZERO });
    let cluster = Cluster::new(behaviors);
    let indexed = json!({
        "completionMode": "Indexed", "completions": 2, "parallelism": 2,
        "ttlSecondsAfterFinished": 60,
    });
    cluster.create(JOBS, &job(indexed)).await;
    let path = format!("{JOBS}/work");
    let work = cluster.get(&path).await.unwrap();
    assert_eq!(work["status"]["completedIndexes"], "0,1");
    cluster.pass(60_000).await;
    assert_eq!(cluster.get(&path).await, None);
    assert!(cluster.items(PODS).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn pods_of_a_job_that_is_gone_end_too() {
    let after = Duration::from_secs(100);
    let cluster = Cluster::new(Behaviors::cluster().jobs(Jobs::Complete { after }));
    cluster.create(JOBS, &job(json!({}))).await;
    assert_eq!(cluster.items(PODS).await.len(), 1);
    cluster.delete(&format!("{JOBS}/work"), &json!({"propagationPolicy": "Background"})).await;
    cluster.pass(31_000).await;
    assert!(cluster.items(PODS).await.is_empty());
}
