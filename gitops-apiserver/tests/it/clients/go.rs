//! client-go and controller-runtime: `tests/clients/go`.

use super::{Target, folder, kept, ours, real, run, there};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};
use tokio::sync::OnceCell;

const SCENARIOS: [&str; 8] =
    ["typed", "pages", "patches", "apply", "informer", "metadata", "election", "manager"];

/// The program, built once; Go's own cache makes that quick the next time.
async fn program() -> Option<PathBuf> {
    static BUILT: OnceCell<PathBuf> = OnceCell::const_new();
    if !there("go") {
        return None;
    }
    let built = BUILT.get_or_init(|| async {
        let file = kept("go-clients");
        let mut build = Command::new("go");
        build.args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o"]).arg(&file);
        build.arg(".").current_dir(folder("go")).stdin(Stdio::null());
        build.env("CGO_ENABLED", "0").env("GOFLAGS", "").env("GOWORK", "off");
        run(build).await;
        file
    });
    Some(built.await.clone())
}

async fn all(target: Target) {
    let Some(program) = program().await else { return };
    let mut command = Command::new(program);
    command.arg(&target.namespace).args(SCENARIOS).env("KUBECONFIG", &target.kubeconfig);
    println!("{}:\n{}", target.name, run(command).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn go_clients_of_the_real_server() {
    if let Some(target) = real().await {
        all(target).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn go_clients_of_ours() {
    all(ours().await).await;
}
