//! Clients of other makers, unchanged: first against the real server, which shows that the test is
//! right, then against ours.

mod go;
mod helm;
mod python;

use gitops_apiserver::{ApiServer, door::Listener};
use gitops_testkit::server::{ControlPlane, server_or_skip};
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, api::PostParams};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};
use tempfile::TempDir;

/// A server with a namespace for a client that reads a kubeconfig.
struct Target {
    name: &'static str,
    kubeconfig: PathBuf,
    namespace: String,
    client: Client,
    _real: Option<Arc<ControlPlane>>,
    _ours: Option<(ApiServer, Listener, TempDir)>,
}

/// The real server; `None`, said aloud, without its programs.
async fn real() -> Option<Target> {
    let server = server_or_skip().await?;
    Some(Target {
        name: "the real server",
        kubeconfig: server.kubeconfig().to_owned(),
        namespace: server.namespace("clients").await.unwrap(),
        client: server.client().await.unwrap(),
        _real: Some(server),
        _ours: None,
    })
}

/// Ours, with TLS.
async fn ours() -> Target {
    let server = ApiServer::new();
    let listener = server.listener().https().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    listener.write_kubeconfig(&kubeconfig).unwrap();
    let client = Client::new(server.service(), "default");
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some("clients".to_owned());
    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces.create(&PostParams::default(), &namespace).await.unwrap();
    Target {
        name: "our server",
        kubeconfig,
        namespace: "clients".to_owned(),
        client,
        _real: None,
        _ours: Some((server, listener, folder)),
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Where built clients are kept from run to run.
fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[allow(clippy::disallowed_methods, reason = "the switch of continuous integration")]
fn required() -> bool {
    std::env::var_os("GITOPS_REQUIRE_ASSETS").is_some_and(|value| value == "1")
}

/// Whether a program is there that a test can't do without; says so where it isn't.
fn there(program: &str) -> bool {
    let found = Command::new(program).arg("--help").output().is_ok();
    assert!(found || !required(), "there is no `{program}`");
    if !found {
        println!("skipped: there is no `{program}`");
    }
    found
}

/// What a child printed; it must end well. Waits beside the runtime, which may have to serve it.
async fn run(mut command: Command) -> String {
    let line = format!("{command:?}");
    let output: Output =
        tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{line}: {}\n{out}\n{err}", output.status);
    out.into_owned()
}
