//! Helm: a chart is installed, upgraded, rolled back and uninstalled.

use super::{Target, folder, ours, real, required, run};
use gitops_testkit::server::Assets;
use http::Request;
use serde_json::Value;
use std::{path::PathBuf, process::Command};

/// Helm as `cargo xtask assets` builds it; `None`, said aloud, without it.
fn helm() -> Option<PathBuf> {
    match Assets::from_environment().find("helm") {
        Ok(helm) => Some(helm),
        Err(missing) => {
            assert!(!required(), "{missing}");
            println!("skipped: {missing}");
            None
        }
    }
}

/// An object of the namespace, or `None` if there is none.
async fn object(target: &Target, api: &str, name: &str) -> Option<Value> {
    let (api, resource) = api.rsplit_once('/').unwrap();
    let path = format!("/{api}/namespaces/{}/{resource}/{name}", target.namespace);
    match target.client.request::<Value>(Request::get(&path).body(Vec::new()).unwrap()).await {
        Ok(object) => Some(object),
        Err(kube::Error::Api(status)) if status.code == 404 => None,
        Err(error) => panic!("{path}: {error}"),
    }
}

async fn life_of_a_release(target: Target) {
    let Some(helm) = helm() else { return };
    let home = tempfile::tempdir().unwrap();
    let command = |args: &[&str]| {
        let mut command = Command::new(&helm);
        command.args(args).args(["--namespace", &target.namespace]);
        command.arg("--kubeconfig").arg(&target.kubeconfig);
        for name in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HOME"] {
            command.env(name, home.path());
        }
        command
    };
    let chart = folder("helm").join("chart");
    let chart = chart.to_str().unwrap();
    let replicas = async || {
        let deployment = object(&target, "apis/apps/v1/deployments", "web").await.unwrap();
        deployment["spec"]["replicas"].as_i64()
    };

    run(command(&["install", "web", chart, "--set", "message=one"])).await;
    assert_eq!(replicas().await, Some(1));
    let service = object(&target, "api/v1/services", "web").await.unwrap();
    assert!(service["spec"]["clusterIP"].as_str().is_some_and(|ip| ip != "None"), "{service}");
    let map = object(&target, "api/v1/configmaps", "web").await.unwrap();
    assert_eq!(map["data"]["message"], "one");
    assert_eq!(map["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm");
    assert!(object(&target, "api/v1/configmaps", "web-hook").await.is_some());
    let widgets = "apis/helm.clients.example.com/v1/widgets";
    let widget = object(&target, widgets, "web").await.unwrap();
    assert_eq!(widget["spec"], serde_json::json!({"size": 3, "message": "one"}));

    let again = run(command(&["list", "-o", "json"])).await;
    assert!(again.contains("\"status\":\"deployed\""), "{again}");
    run(command(&["upgrade", "web", chart, "--set", "message=two,replicas=3,extra=false"])).await;
    assert_eq!(replicas().await, Some(3));
    let widget = object(&target, widgets, "web").await.unwrap();
    assert_eq!(widget["spec"]["message"], "two");
    assert!(object(&target, "api/v1/configmaps", "extra").await.is_none());

    // A failed upgrade leaves a trace, and no change.
    let mut broken = command(&["upgrade", "web", chart, "--set", "replicas=-1"]);
    let failed = tokio::task::spawn_blocking(move || broken.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(
        !failed.status.success() && said.contains("must be greater than or equal to 0"),
        "{said}"
    );
    assert_eq!(replicas().await, Some(3));

    run(command(&["rollback", "web", "1"])).await;
    assert_eq!(replicas().await, Some(1));
    assert!(object(&target, "api/v1/configmaps", "extra").await.is_some());
    let history: Value =
        serde_json::from_str(&run(command(&["history", "web", "-o", "json"])).await).unwrap();
    let statuses: Vec<&str> =
        history.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["superseded", "superseded", "failed", "deployed"], "{history}");

    run(command(&["uninstall", "web"])).await;
    assert!(object(&target, "apis/apps/v1/deployments", "web").await.is_none());
    assert!(object(&target, "api/v1/services", "web").await.is_none());
    let left = run(command(&["list", "--all", "-q"])).await;
    assert_eq!(left.trim(), "");
    println!("{}: ok", target.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_on_the_real_server() {
    if let Some(target) = real().await {
        life_of_a_release(target).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_on_ours() {
    life_of_a_release(ours().await).await;
}
