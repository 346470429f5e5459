//! kubectl waits for what becomes of workloads.

use gitops_apiserver::{
    ApiServer,
    behavior::{Behaviors, Jobs, Workloads},
};
use gitops_testkit::server::Assets;
use std::{process::Command, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_waits_for_rollouts_and_deletions() {
    let Ok(kubectl) = Assets::from_environment().find("kubectl") else {
        println!("skipped: no kubectl");
        return;
    };
    let after = Duration::from_millis(300);
    let behaviors =
        Behaviors::cluster().workloads(Workloads::Ready { after }).jobs(Jobs::Complete { after });
    let server = ApiServer::builder().behaviors(behaviors).wall_clock().build();
    let listener = server.listener().https().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    listener.write_kubeconfig(&kubeconfig).unwrap();
    let lines = [
        ("create deployment web --image=one --replicas=2", "created"),
        ("rollout status deployment/web --timeout=60s", "successfully rolled out"),
        ("set image deployment/web one=two", "image updated"),
        ("rollout status deployment/web --timeout=60s", "successfully rolled out"),
        ("rollout history deployment/web", "2"),
        ("rollout undo deployment/web", "rolled back"),
        ("rollout status deployment/web --timeout=60s", "successfully rolled out"),
        ("get deployment web --no-headers", "2/2"),
        ("create job work --image=one", "created"),
        ("wait --for=condition=Complete job/work --timeout=60s", "condition met"),
        ("delete deployment web --cascade=foreground --grace-period=1 --timeout=60s", "deleted"),
        ("create namespace team", "created"),
        ("delete namespace team --timeout=60s", "deleted"),
    ];
    for (line, expected) in lines {
        let mut command = Command::new(&kubectl);
        command.arg("--kubeconfig").arg(&kubeconfig).args(line.split(' '));
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {said}{wrong}");
        assert!(said.contains(expected), "{line}: {said}{wrong}");
    }
}
