//! Two real clusters under one controller, from one served repository.

use futures::{Stream, StreamExt};
use gitops_core::{
    engine::{Apps, Controller, Pipeline, Report, once, revisions},
    env::Env,
    model::AppId,
    render::Yaml,
    source::git::{GitSource, Reference, Repository},
    stage::Source,
};
use gitops_kube::{App, Cluster};
use gitops_testkit::{
    repo::{FakeRepo, RepoServer},
    server::{ControlPlane, server_or_skip_with},
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client, ResourceExt, api::DeleteParams};
use serde_json::json;
use std::{pin::Pin, sync::Arc, time::Duration};

type Reports = Pin<Box<dyn Stream<Item = Report<AppId>> + Send>>;

/// How long anything here may take: a failure, not a wait.
const LATE: Duration = Duration::from_secs(60);

/// Lets the controller work until this holds. Answers the reports up to then.
async fn until(reports: &mut Reports, holds: impl AsyncFn() -> bool) -> Vec<Report<AppId>> {
    let mut seen = Vec::new();
    let work = async {
        while !holds().await {
            seen.push(reports.next().await.expect("it runs until it is told to stop"));
        }
    };
    let late = tokio::time::timeout(LATE, work).await.is_err();
    assert!(!late, "it never came: {seen:#?}");
    seen
}

/// Lets the controller work until an app has run once more, for whatever reason.
async fn once_more(reports: &mut Reports, app: &str) -> Report<AppId> {
    let next = async {
        loop {
            let report = reports.next().await.unwrap();
            if report.key.as_str() == app {
                return report;
            }
        }
    };
    tokio::time::timeout(LATE, next).await.expect("it runs")
}

struct Site {
    plane: ControlPlane,
    client: Client,
    app: Arc<Pipeline>,
}

impl Site {
    /// The same app on a cluster of its own; the controller knows it by the cluster's name.
    async fn new(name: &str, source: &Arc<dyn Source>) -> Option<Self> {
        let plane = server_or_skip_with(ControlPlane::builder()).await?;
        let cluster = Cluster::connect(plane.config().await.unwrap()).unwrap();
        let app = cluster.app(App::new("shop", "default")).unwrap();
        let stages = app.stages(source.clone(), Yaml::new(["deploy"]).unwrap());
        let app = Pipeline::new(name, stages, app.options(), Env::system());
        let client = plane.client().await.unwrap();
        Some(Site { plane, client, app: Arc::new(app) })
    }

    fn maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), "default")
    }

    /// The value in a ConfigMap of the app.
    async fn value(&self, name: &str) -> Option<String> {
        let map = self.maps().get_opt(name).await.unwrap()?;
        map.data?.remove("value")
    }

    async fn has(&self, expected: &[(&str, &str)]) -> bool {
        for (name, value) in expected {
            if self.value(name).await.as_deref() != Some(value) {
                return false;
            }
        }
        true
    }

    /// Another hand changes one value and deletes another object.
    async fn drift(&self) {
        let mut map = self.maps().get("a").await.unwrap();
        map.data.as_mut().unwrap().insert("value".into(), "drifted".into());
        let params =
            kube::api::PostParams { field_manager: Some("foreign".into()), ..Default::default() };
        self.maps().replace("a", &params, &map).await.unwrap();
        self.maps().delete("b", &DeleteParams::default()).await.unwrap();
    }
}

fn commit(repo: &FakeRepo, maps: &[(&str, &str)]) {
    repo.clear();
    for (name, value) in maps {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
            "data": {"value": value}});
        repo.write(&format!("deploy/{name}.json"), map.to_string());
    }
    repo.commit("the next step").unwrap();
}

#[tokio::test]
async fn one_controller_and_two_clusters_that_fail_alone() {
    let server = RepoServer::start().await.unwrap();
    let repo = FakeRepo::new().unwrap();
    server.serve("shop", &repo);
    let cache = tempfile::tempdir().unwrap();
    let source = GitSource::builder(Repository {
        url: server.url("shop"),
        reference: Reference::branch("main"),
        cache: cache.path().join("shop"),
    });
    let source: Arc<dyn Source> = Arc::new(source.build().unwrap());
    let Some(east) = Site::new("east", &source).await else { return };
    let Some(west) = Site::new("west", &source).await else { return };
    assert_ne!(east.plane.url(), west.plane.url());

    commit(&repo, &[("a", "1"), ("b", "1")]);
    let env = Env::system();
    let apps = Apps::new([east.app.clone(), west.app.clone()]);
    // One at a time: a cluster that takes its time would be felt by the other.
    let mut controller = Controller::new(env.clone()).concurrency(1).on(apps.live());
    for app in apps.ids() {
        let polls = revisions(app.clone(), source.clone(), Duration::from_millis(200), &env);
        controller = controller.on(once(app.clone())).on(polls);
    }
    let handle = controller.handle();
    let mut reports: Reports = Box::pin(controller.run(apps.clone()));
    let first = [("a", "1"), ("b", "1")];
    until(&mut reports, async || east.has(&first).await && west.has(&first).await).await;

    // A commit reaches both.
    commit(&repo, &[("a", "2"), ("b", "2"), ("c", "2")]);
    let second = [("a", "2"), ("b", "2"), ("c", "2")];
    until(&mut reports, async || east.has(&second).await && west.has(&second).await).await;
    // And each knows that it is done.
    let ready = || apps.statuses().iter().all(|status| status.is_ready());
    until(&mut reports, async || ready()).await;

    // What happens in one is repaired in one, and the other isn't written at all.
    for (one, other) in [(&east, &west), (&west, &east)] {
        for app in ["east", "west"] {
            handle.trigger(AppId::new(app));
            once_more(&mut reports, app).await.result.unwrap();
        }
        let mark = other.plane.requests().await.unwrap();
        let versions = versions(other).await;
        one.drift().await;
        until(&mut reports, async || one.has(&second).await).await;
        handle.trigger(other.app.app().clone());
        once_more(&mut reports, other.app.app().as_str()).await.result.unwrap();
        let writes = other.plane.writes_since(&mark).await.unwrap();
        assert_eq!(writes.total(), 0, "{writes}");
        assert_eq!(self::versions(other).await, versions);
    }

    // One of them goes away: that one fails, again and again, and the other is served as before.
    let Site { plane, .. } = east;
    plane.stop();
    commit(&repo, &[("a", "3"), ("b", "3")]);
    let third = [("a", "3"), ("b", "3")];
    let pruned = async || west.has(&third).await && west.value("c").await.is_none();
    let mut seen = until(&mut reports, pruned).await;
    west.drift().await;
    seen.extend(until(&mut reports, async || west.has(&third).await).await);
    handle.trigger(AppId::new("east"));
    seen.push(once_more(&mut reports, "east").await);
    let west_only = seen.iter().filter(|report| report.key.as_str() == "west");
    assert!(west_only.clone().count() > 1 && west_only.clone().all(|one| one.result.is_ok()));
    let error = once_more(&mut reports, "east").await.result.unwrap_err();
    println!("the cluster that is gone: {error}");
    assert_ne!(error.retry(), gitops_core::Retry::Never, "it may come back");
    assert!(apps.statuses()[1].is_ready(), "{:?}", apps.statuses()[1]);
}

/// The versions of all objects of the app.
async fn versions(site: &Site) -> Vec<Option<String>> {
    let list = site.maps().list(&Default::default()).await.unwrap();
    list.iter().map(ResourceExt::resource_version).collect()
}
