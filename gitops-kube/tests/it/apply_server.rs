//! Whole passes against a real API server: what is written, what is read, what is left alone.

use crate::wire::object;
use gitops_core::{
    engine::{Options, Pass, Pipeline, PrunePolicy, Stages},
    env::Env,
    model::{AppId, Effect, Object, Snapshot},
    reason,
    stage::Observer,
};
use gitops_kube::{
    App, AppOnCluster, Cluster, ConflictPolicy, KubeApplier, KubeObserver, applyset::ApplySetStore,
    diff::ManagedFields, health::Kstatus, order::KindOrder,
};
use gitops_testkit::{
    fake::{FakeRenderer, FakeSource},
    server::{ControlPlane, server_or_skip},
};
use http::Request;
use kube::{
    Api, Client,
    api::{DynamicObject, Patch, PatchParams},
    client::Body,
    discovery::ApiResource,
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// What went over a client: method and path, in order; and a request to break.
#[derive(Clone, Default)]
struct Tap(Arc<Mutex<(Vec<String>, Option<usize>)>>);

impl Tap {
    fn client(&self, client: Client) -> Client {
        let tap = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let (tap, client) = (tap.clone(), client.clone());
            async move {
                let line = format!("{} {}", request.method(), request.uri());
                let write = is_write(&line);
                let answer = client.send(request).await?;
                let mut state = tap.0.lock().unwrap();
                state.0.push(line);
                if write && let Some(left) = &mut state.1 {
                    if *left == 0 {
                        state.1 = None;
                        let lost = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                        return Err(Box::<dyn std::error::Error + Send + Sync>::from(lost));
                    }
                    *left -= 1;
                }
                Ok(answer)
            }
        });
        Client::new(service, "default")
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().0)
    }

    /// The answer of the nth write from now is lost.
    fn lose(&self, nth: usize) {
        self.0.lock().unwrap().1 = Some(nth);
    }
}

fn is_write(line: &str) -> bool {
    !line.starts_with("GET") && !line.contains("dryRun=All")
}

struct Rig {
    server: Arc<ControlPlane>,
    namespace: String,
    tap: Tap,
    source: FakeSource,
    wanted: Arc<Mutex<Vec<Object>>>,
    app: App,
}

impl Rig {
    async fn new() -> Option<Rig> {
        let server = server_or_skip().await?;
        let namespace = server.namespace("io").await.unwrap();
        let app = App::new(namespace.as_str(), namespace.as_str());
        let source = FakeSource::new();
        let (tap, wanted) = (Tap::default(), Arc::default());
        Some(Rig { server, namespace, tap, source, wanted, app })
    }

    /// Commits this desired state.
    fn want(&self, objects: Vec<Value>) {
        let namespace = &self.namespace;
        let placed = objects.into_iter().map(|mut value| {
            if value["metadata"]["namespace"] == "-" {
                value["metadata"]["namespace"] = namespace.as_str().into();
            }
            object(value)
        });
        let mut wanted = self.wanted.lock().unwrap();
        *wanted = placed.collect();
        self.source.write("revision", format!("{wanted:?}"));
    }

    async fn on_cluster(&self) -> AppOnCluster {
        let mut config = self.server.config().await.unwrap();
        config.default_retry = false;
        let client = self.tap.client(Client::try_from(config).unwrap());
        Cluster::new(client).app(self.app.clone()).unwrap()
    }

    /// A process: nothing remembered but what the cluster holds.
    async fn start(&self) -> (Pipeline, AppOnCluster) {
        let on = self.on_cluster().await;
        let wanted = self.wanted.clone();
        let renderer = FakeRenderer::new(move |snapshot: &Snapshot| {
            snapshot.read("revision")?;
            Ok(wanted.lock().unwrap().clone())
        });
        let store = ApplySetStore::new(on.cluster().client().clone(), on.app().parent().clone());
        let stages = Stages {
            source: self.source.clone(),
            renderer: on.namespaced(renderer),
            observer: on.observer(),
            differ: ManagedFields::default(),
            applier: on.applier(),
            inventory: store,
        };
        let options = Options::new()
            .order(KindOrder::default())
            .assessor(Kstatus::default())
            .adoption(on.app().adoption)
            .prune(PrunePolicy::default().budget(10, 100).allow_empty(true));
        let id: AppId = on.app().id.clone();
        (Pipeline::new(id, stages, options, Env::seeded(3)), on)
    }

    async fn patch(&self, kind: (&str, &str, &str), name: &str, patch: Value) -> Value {
        let params = PatchParams { field_manager: Some("somebody".into()), ..Default::default() };
        let api = self.api(kind).await;
        let patched = api.patch(name, &params, &Patch::Merge(patch)).await.unwrap();
        serde_json::to_value(patched).unwrap()
    }

    async fn live(&self, kind: (&str, &str, &str), name: &str) -> Option<Value> {
        let found = self.api(kind).await.get_opt(name).await.unwrap();
        found.map(|object| serde_json::to_value(object).unwrap())
    }

    async fn api(&self, (group, version, kind): (&str, &str, &str)) -> Api<DynamicObject> {
        let gvk = kube::core::GroupVersionKind::gvk(group, version, kind);
        let client = self.server.client().await.unwrap();
        Api::namespaced_with(client, &self.namespace, &ApiResource::from_gvk(&gvk))
    }
}

const CONFIG_MAP: (&str, &str, &str) = ("", "v1", "ConfigMap");
const SERVICE: (&str, &str, &str) = ("", "v1", "Service");
const WITHIN: Duration = Duration::from_secs(60);

fn config_map(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "-"}, "data": data})
}

fn settled(pass: &Pass) -> &Pass {
    assert!(pass.is_settled(), "{:?} {:?}", pass.error, pass.outcomes);
    pass
}

fn writes(lines: &[String]) -> Vec<&String> {
    lines.iter().filter(|line| is_write(line)).collect()
}

#[tokio::test]
async fn a_set_with_its_own_definition_and_namespace() {
    let Some(rig) = Rig::new().await else { return };
    let group = format!("{}.example", rig.namespace);
    let inner = format!("{}-inner", rig.namespace);
    rig.want(vec![
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("widgets.{group}")},
            "spec": {"group": group, "scope": "Namespaced",
                "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
                "versions": [{"name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object",
                        "properties": {"spec": {"type": "object",
                            "properties": {"size": {"type": "integer"}}}}}}}]}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": inner}}),
        json!({"apiVersion": format!("{group}/v1"), "kind": "Widget",
            "metadata": {"name": "w", "namespace": inner}, "spec": {"size": 3}}),
        config_map("a", json!({"k": "1"})),
    ]);
    let (pipeline, _) = rig.start().await;
    let pass = pipeline.settle(WITHIN).await;
    settled(&pass);
    rig.tap.take();
    // The same process: no write, and nothing but the inventory's parent is read.
    for _ in 0..2 {
        let pass = pipeline.pass().await;
        assert!(!settled(&pass).changed());
    }
    let lines = rig.tap.take();
    assert!(writes(&lines).is_empty(), "{lines:#?}");
    assert!(
        lines.iter().all(|line| line.contains("watch=true") || line.contains("-inventory")),
        "{lines:#?}"
    );
    // A new process: reads, but no write and no dry run.
    let (again, _) = rig.start().await;
    let pass = again.settle(WITHIN).await;
    assert!(!settled(&pass).changed());
    let lines = rig.tap.take();
    assert!(lines.iter().all(|line| line.starts_with("GET")), "{lines:#?}");
}

#[tokio::test]
async fn foreign_changes_are_seen_at_once_and_repaired() {
    let Some(rig) = Rig::new().await else { return };
    rig.want(vec![config_map("a", json!({"k": "1"})), config_map("b", json!({"k": "1"}))]);
    let (pipeline, on) = rig.start().await;
    settled(&pipeline.settle(WITHIN).await);
    settled(&pipeline.pass().await);
    // Ours: seen by the watch, repaired by one write.
    let wait = |pipeline: Pipeline| async move {
        tokio::time::timeout(WITHIN, pipeline.moved()).await.expect("not seen").unwrap();
        pipeline
    };
    rig.patch(CONFIG_MAP, "a", json!({"data": {"k": "2"}})).await;
    let pipeline = wait(pipeline).await;
    rig.tap.take();
    let pass = pipeline.settle(WITHIN).await;
    assert_eq!(settled(&pass).count(Effect::Configured), 1, "{:?}", pass.outcomes);
    let live = rig.live(CONFIG_MAP, "a").await.unwrap();
    assert_eq!(live["data"], json!({"k": "1"}));
    settled(&pipeline.pass().await);
    // Not ours: left, and no dry run either.
    rig.patch(CONFIG_MAP, "a", json!({"data": {"theirs": "x"}})).await;
    let pipeline = wait(pipeline).await;
    rig.tap.take();
    let pass = pipeline.pass().await;
    assert!(!settled(&pass).changed());
    let lines = rig.tap.take();
    assert!(!lines.iter().any(|line| line.starts_with("PATCH")), "{lines:#?}");
    // Gone: made again.
    rig.api(CONFIG_MAP).await.delete("b", &Default::default()).await.unwrap();
    let pipeline = wait(pipeline).await;
    let pass = pipeline.settle(WITHIN).await;
    assert_eq!(settled(&pass).count(Effect::Created), 1);
    // Our mark taken away: the object leaves the watch, is looked at, and is marked again.
    let label = json!({"metadata": {"labels": {"applyset.kubernetes.io/part-of": null}}});
    settled(&pipeline.pass().await);
    rig.patch(CONFIG_MAP, "a", label).await;
    let pipeline = wait(pipeline).await;
    settled(&pipeline.settle(WITHIN).await);
    let live = rig.live(CONFIG_MAP, "a").await.unwrap();
    let mark = &live["metadata"]["labels"]["applyset.kubernetes.io/part-of"];
    assert_eq!(mark, on.app().apply_set());
}

#[tokio::test]
async fn what_is_removed_is_pruned_and_what_returns_returns() {
    let Some(rig) = Rig::new().await else { return };
    let first = vec![config_map("a", json!({"k": "1"})), config_map("b", json!({"k": "1"}))];
    rig.want(first.clone());
    let (pipeline, _) = rig.start().await;
    settled(&pipeline.settle(WITHIN).await);
    rig.want(vec![config_map("a", json!({"l": "2"}))]);
    let pass = pipeline.settle(WITHIN).await;
    assert_eq!(settled(&pass).count(Effect::Pruned), 1, "{:?}", pass.outcomes);
    assert!(rig.live(CONFIG_MAP, "b").await.is_none());
    assert_eq!(rig.live(CONFIG_MAP, "a").await.unwrap()["data"], json!({"l": "2"}));
    rig.want(first);
    settled(&pipeline.settle(WITHIN).await);
    assert_eq!(rig.live(CONFIG_MAP, "a").await.unwrap()["data"], json!({"k": "1"}));
    assert!(rig.live(CONFIG_MAP, "b").await.is_some());
    // Held by a finalizer: pruning goes on until it is seen gone.
    rig.patch(CONFIG_MAP, "b", json!({"metadata": {"finalizers": ["io.example/hold"]}})).await;
    rig.want(vec![config_map("a", json!({"k": "1"}))]);
    let pass = pipeline.pass().await;
    assert_eq!(pass.count(Effect::Pruning), 1, "{:?} {:?}", pass.error, pass.outcomes);
    rig.patch(CONFIG_MAP, "b", json!({"metadata": {"finalizers": null}})).await;
    settled(&pipeline.settle(WITHIN).await);
    assert!(rig.live(CONFIG_MAP, "b").await.is_none());
}

#[tokio::test]
async fn an_answer_lost_at_each_write() {
    for nth in 0..8 {
        let Some(rig) = Rig::new().await else { return };
        rig.want(vec![config_map("a", json!({"k": "1"})), config_map("b", json!({"k": "1"}))]);
        let (pipeline, _) = rig.start().await;
        rig.tap.lose(nth);
        let pass = pipeline.settle(WITHIN).await;
        assert!(pass.is_settled(), "write {nth}: {:?} {:?}", pass.error, pass.outcomes);
        rig.want(vec![config_map("a", json!({"k": "2"}))]);
        settled(&pipeline.settle(WITHIN).await);
        assert_eq!(rig.live(CONFIG_MAP, "a").await.unwrap()["data"], json!({"k": "2"}));
        assert!(rig.live(CONFIG_MAP, "b").await.is_none(), "write {nth}");
        rig.tap.take();
        assert!(!pipeline.pass().await.changed());
        assert!(writes(&rig.tap.take()).is_empty());
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_told_before_any_write() {
    let Some(mut rig) = Rig::new().await else { return };
    let (pipeline, _) = rig.start().await;
    let service = |port: Value| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "-"},
            "spec": {"ports": [{"port": port}]}})
    };
    let rows = [
        (service(json!(99999)), reason::INVALID, "spec.ports[0].port"),
        (config_map("bad_name", json!({})), reason::INVALID, "metadata.name"),
        (
            json!({"apiVersion": "v1", "kind": "ConfigMap", "dta": {},
                "metadata": {"name": "x", "namespace": "-"}}),
            reason::INVALID,
            "dta",
        ),
        (
            json!({"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "x", "namespace": "nowhere"}}),
            reason::INVALID,
            "namespaces \"nowhere\" not found",
        ),
        (
            json!({"apiVersion": "nobody.example/v1", "kind": "Thing",
                "metadata": {"name": "x", "namespace": "-"}}),
            reason::UNKNOWN_KIND,
            "Thing",
        ),
    ];
    for (bad, reason, word) in rows {
        rig.want(vec![config_map("good", json!({"k": "1"})), bad]);
        let pass = pipeline.pass().await;
        let error = pass.error.expect("it is refused");
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.message().contains(word), "{error}");
        assert!(error.origin().is_some(), "{error}");
        assert!(writes(&rig.tap.take()).is_empty(), "{error}");
    }
    assert!(rig.live(CONFIG_MAP, "good").await.is_none());
    // An immutable field, without and with the leave to replace.
    rig.want(vec![service(json!(80))]);
    settled(&pipeline.settle(WITHIN).await);
    let before = rig.live(SERVICE, "s").await.unwrap();
    let mut headless = service(json!(80));
    headless["spec"]["clusterIP"] = "None".into();
    rig.tap.take();
    rig.want(vec![headless.clone()]);
    let error = pipeline.pass().await.error.expect("immutable");
    assert_eq!(error.reason(), reason::IMMUTABLE_FIELD, "{error}");
    assert!(writes(&rig.tap.take()).is_empty());
    headless["metadata"]["annotations"] = json!({"kustomize.toolkit.fluxcd.io/force": "enabled"});
    rig.want(vec![headless]);
    settled(&pipeline.settle(WITHIN).await);
    let after = rig.live(SERVICE, "s").await.unwrap();
    assert_ne!(before["metadata"]["uid"], after["metadata"]["uid"]);
    assert_eq!(after["spec"]["clusterIP"], "None");
    // Fields of others, by policy.
    rig.want(vec![config_map("a", json!({"k": "1", "l": "1"}))]);
    settled(&pipeline.settle(WITHIN).await);
    rig.patch(CONFIG_MAP, "a", json!({"data": {"k": "theirs"}})).await;
    rig.app = rig.app.clone().conflicts(ConflictPolicy::Fail);
    let (failing, _) = rig.start().await;
    rig.tap.take();
    let error = failing.pass().await.error.expect("a conflict");
    assert_eq!(error.reason(), reason::FIELD_CONFLICT, "{error}");
    assert!(error.message().contains(".data.k is owned by \"somebody\""), "{error}");
    assert!(writes(&rig.tap.take()).is_empty());
    rig.app = rig.app.clone().conflicts(ConflictPolicy::Yield);
    rig.want(vec![config_map("a", json!({"k": "2", "l": "2"}))]);
    let (yielding, _) = rig.start().await;
    settled(&yielding.settle(WITHIN).await);
    let live = rig.live(CONFIG_MAP, "a").await.unwrap();
    assert_eq!(live["data"], json!({"k": "theirs", "l": "2"}));
    rig.tap.take();
    assert!(!settled(&yielding.pass().await).changed());
    assert!(writes(&rig.tap.take()).is_empty(), "giving way is a settled state");
}

#[tokio::test]
async fn an_item_that_displaced_ours_is_taken_away() {
    let Some(rig) = Rig::new().await else { return };
    rig.want(vec![json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "s", "namespace": "-"},
        "spec": {"ports": [{"name": "web", "port": 80}, {"name": "admin", "port": 81}]}})]);
    let (pipeline, _) = rig.start().await;
    settled(&pipeline.settle(WITHIN).await);
    let ports =
        json!({"spec": {"ports": [{"name": "web", "port": 8080}, {"name": "admin", "port": 81}]}});
    rig.patch(SERVICE, "s", ports).await;
    tokio::time::timeout(WITHIN, pipeline.moved()).await.expect("not seen").unwrap();
    settled(&pipeline.settle(WITHIN).await);
    let live = rig.live(SERVICE, "s").await.unwrap();
    let ports: Vec<i64> = live["spec"]["ports"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|p| p["port"].as_i64())
        .collect();
    assert_eq!(ports, [80, 81], "{live:#}");
    rig.tap.take();
    assert!(!settled(&pipeline.pass().await).changed());
}

#[tokio::test]
async fn rights_that_are_missing_are_named() {
    let Some(rig) = Rig::new().await else { return };
    rig.want(vec![config_map("a", json!({"k": "1"}))]);
    let mut config = rig.server.config_for("reader", &[]).await.unwrap();
    config.default_retry = false;
    let on = Cluster::connect(config).unwrap().app(rig.app.clone()).unwrap();
    let observer: KubeObserver = on.observer();
    let _: KubeApplier = on.applier();
    let wanted = crate::wire::desired(rig.wanted.lock().unwrap().clone());
    let empty = Default::default();
    let error = observer.observe(crate::wire::query(&wanted, &empty)).await.unwrap_err();
    assert_eq!(error.reason(), reason::FORBIDDEN, "{error}");
    let words = ["get", "configmaps", &rig.namespace];
    assert!(words.iter().all(|word| error.message().contains(word)), "{error}");
}
