//! The launcher, against the real servers.

use gitops_testkit::server::server_or_skip;

#[tokio::test]
async fn an_idle_server_counts_no_writes_and_every_client_write_counts() {
    let Some(server) = server_or_skip().await else { return };
    let namespace = server.namespace("counts").await.unwrap();
    let mark = server.requests().await.unwrap();
    assert_eq!(server.writes_since(&mark).await.unwrap().total(), 0);

    let create = ["-n", &namespace, "create", "configmap", "x"];
    server.kubectl(create.into_iter().chain(["--dry-run=server"])).await.unwrap().ok();
    let dry = server.requests().await.unwrap().since(&mark);
    assert!(dry.iter().any(|(request, _)| request.dry_run), "{dry}");
    assert_eq!(dry.writes().total(), 0, "{dry}");

    server.kubectl(create).await.unwrap().ok();
    let writes = server.writes_since(&mark).await.unwrap();
    assert_eq!(writes.to_string(), "1 requests\n     1 × POST configmaps 201");
}
