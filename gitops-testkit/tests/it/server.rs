//! The launcher, against the real servers.

use gitops_testkit::server::{
    Assets, ControlPlane, Requests, ServerError, server_or_skip, server_or_skip_with,
};
use std::{collections::BTreeSet, os::unix::fs::PermissionsExt, path::Path};

#[test]
fn a_missing_program_says_where_and_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    let error = Assets::only(empty.path()).find("etcd").unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ServerError::MissingAssets { program: "etcd", .. }), "{text}");
    assert!(text.contains(empty.path().to_str().unwrap()), "{text}");
    assert!(text.contains("cargo xtask assets"), "{text}");

    // A file that can't be run is not a program; the folder named by hand comes first.
    std::fs::write(empty.path().join("etcd"), "").unwrap();
    assert!(Assets::only(empty.path()).find("etcd").is_err());
    make_program(&empty.path().join("etcd"), "");
    assert_eq!(Assets::at(empty.path()).find("etcd").unwrap(), empty.path().join("etcd"));
}

#[tokio::test]
async fn a_server_that_ends_by_itself_is_an_error_with_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    make_program(&folder.path().join("etcd"), "echo no etcd today >&2; exit 3");
    make_program(&folder.path().join("kube-apiserver"), "exec sleep 1000");
    let assets = Assets::only(folder.path());
    let error = ControlPlane::builder().assets(assets).start().await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ServerError::Exited { program: "etcd", .. }), "{text}");
    assert!(text.contains("exit status: 3") && text.contains("no etcd today"), "{text}");
}

#[tokio::test]
async fn a_server_that_never_answers_meets_the_deadline_and_is_gone_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    make_program(&folder.path().join("etcd"), "exec sleep 1000");
    let script = format!("echo $$ > {}; echo busy; exec sleep 1000", pid.display());
    make_program(&folder.path().join("kube-apiserver"), &script);
    let builder = ControlPlane::builder().assets(Assets::only(folder.path()));
    let within = std::time::Duration::from_millis(400);
    let error = builder.within(within).start().await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ServerError::NotReady { program: "kube-apiserver", .. }), "{text}");
    assert!(text.contains("busy"), "{text}");
    let pid = std::fs::read_to_string(pid).unwrap();
    assert!(!Path::new("/proc").join(pid.trim()).exists(), "the server was left running");
}

fn make_program(path: &Path, script: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn an_idle_server_counts_no_writes_and_every_client_write_counts() {
    // Not the shared one: other tests write there.
    let Some(server) = server_or_skip_with(ControlPlane::builder()).await else { return };
    let namespace = server.namespace("counts").await.unwrap();
    let mark = server.requests().await.unwrap();
    assert_eq!(server.writes_since(&mark).await.unwrap().total(), 0);

    let create = ["-n", &namespace, "create", "configmap", "x"];
    server.kubectl(create.into_iter().chain(["--dry-run=server"])).await.unwrap().ok();
    let dry = server.requests().await.unwrap().since(&mark);
    assert!(dry.iter().any(|(request, _)| request.dry_run), "{dry}");
    assert_eq!(dry.writes().total(), 0, "{dry}");

    server.kubectl(create).await.unwrap().ok();
    let refused = server.kubectl(create).await.unwrap();
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let writes = server.writes_since(&mark).await.unwrap();
    let expected = "2 requests\n     1 × POST configmaps 201\n     1 × POST configmaps 409";
    assert_eq!(writes.to_string(), expected);
}

#[test]
fn metrics_that_cannot_be_read_are_an_error() {
    let line = r#"apiserver_request_total{code="200",dry_run="",group="",resource="pods",subresource="",verb="GET"} "#;
    assert_eq!(Requests::parse(&format!("# HELP x\n{line}7\n{line}2\n")).unwrap().total(), 9);
    for bad in [&format!("{line}many"), &format!("{line}-1"), "apiserver_request_total{code=} 1"] {
        assert!(matches!(Requests::parse(bad), Err(ServerError::Unreadable { .. })), "{bad}");
    }
}

#[tokio::test]
async fn users_have_their_names_groups_and_no_rights_until_given() {
    let Some(server) = server_or_skip().await else { return };
    let namespace = server.namespace("users").await.unwrap();
    let list = format!("/api/v1/namespaces/{namespace}/configmaps");
    let read = async |client: kube::Client| {
        client.request_text(http::Request::get(&list).body(Vec::new()).unwrap()).await
    };
    let ann = server.client_for("ann", &["dev", "ops"]).await.unwrap();
    let error = read(ann.clone()).await.unwrap_err();
    let kube::Error::Api(refused) = error else { panic!("{error}") };
    assert_eq!(refused.code, 403);
    assert!(refused.message.contains("User \"ann\" cannot list"), "{}", refused.message);

    let in_namespace = ["-n", &namespace];
    let role = ["create", "role", "reader", "--verb=list", "--resource=configmaps"];
    server.kubectl(in_namespace.into_iter().chain(role)).await.unwrap().ok();
    let rights = ["create", "rolebinding", "x", "--role=reader", "--group=ops"];
    server.kubectl(in_namespace.into_iter().chain(rights)).await.unwrap().ok();
    // RBAC answers from a cache that follows a moment later.
    let config = server.kubeconfig_for("ann", &["dev", "ops"]).unwrap();
    let question = ["auth", "can-i", "list", "configmaps", "-n", &namespace];
    let mut tries = 0;
    while server.kubectl_as(&config, question, "").await.unwrap().code != 0 {
        tries += 1;
        assert!(tries < 50, "{}", server.logs());
    }
    read(ann).await.unwrap();
    read(server.client().await.unwrap()).await.unwrap();
}

#[tokio::test]
async fn tests_share_one_server_and_have_a_namespace_each() {
    let Some(one) = server_or_skip().await else { return };
    let Some(other) = server_or_skip().await else { return };
    assert_eq!(one.url(), other.url());
    let names = [one.namespace("x").await.unwrap(), other.namespace("x").await.unwrap()];
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 2, "{names:?}");
}

#[tokio::test]
async fn controllers_and_kwok_make_a_deployment_available_and_a_namespace_go() {
    let builder = ControlPlane::builder().controllers(true).kwok(true).audit(true);
    let Some(server) = server_or_skip_with(builder).await else { return };
    let namespace = server.namespace("works").await.unwrap();
    let in_namespace = ["-n", &namespace];
    let create = ["create", "deployment", "web", "--image=none", "--replicas=2"];
    server.kubectl(in_namespace.into_iter().chain(create)).await.unwrap().ok();
    let wait = ["wait", "deployment/web", "--for=condition=Available", "--timeout=60s"];
    server.kubectl(in_namespace.into_iter().chain(wait)).await.unwrap().ok();

    let writes = server.audited().unwrap().into_iter().filter(|request| request.is_write());
    let writes: Vec<_> = writes.collect();
    let by = |user: &str| writes.iter().filter(|write| write.user == user).count();
    let deployments = format!("/apis/apps/v1/namespaces/{namespace}/deployments");
    let ours = writes.iter().filter(|write| write.agent.starts_with("kubectl/"));
    let ours: Vec<_> = ours.map(|write| write.uri.split('?').next().unwrap()).collect();
    assert_eq!(ours, [deployments]);
    assert!(by("kwok") > 0 && by("system:kube-controller-manager") > 0, "{}", server.logs());

    let delete = ["delete", "namespace", &namespace, "--timeout=60s"];
    server.kubectl(delete).await.unwrap().ok();
}
