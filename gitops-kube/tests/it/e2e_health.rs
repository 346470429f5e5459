//! Workloads that run: real controllers, a played kubelet, and an app that waits for them.

use crate::e2e_lab::{World, applied};
use gitops_core::{
    engine::{Pass, Pipeline},
    env::Env,
    model::{ConditionKind, HealthStatus, Status},
};
use gitops_kube::Cluster;
use gitops_testkit::server::ControlPlane;
use http::{Method, Request};
use kube::{Client, client::Body};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// How long anything here may take: a failure, not a wait.
const LATE: Duration = Duration::from_secs(180);

/// The first writes of some Deployments, each with whether the one before it was available then.
type Starts = Arc<Mutex<BTreeMap<String, bool>>>;

/// A client that looks at `before` in the moment in which a Deployment is first written.
fn witness(real: Client, before: BTreeMap<&'static str, &'static str>) -> (Client, Starts) {
    let starts = Starts::default();
    let seen = starts.clone();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (real, seen) = (real.clone(), seen.clone());
        let path = request.uri().path().to_owned();
        let dry = request.uri().query().is_some_and(|query| query.contains("dryRun="));
        let writes = *request.method() != Method::GET && !dry;
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let first = before.get(name.as_str()).filter(|_| writes && path.contains("/deployments/"));
        let first = first.map(|first| path.replace(&name, first));
        async move {
            if let Some(first) = first
                && !seen.lock().unwrap().contains_key(&name)
            {
                let live: Value = get(&real, &first).await.unwrap_or_default();
                seen.lock().unwrap().insert(name, is_available(&live));
            }
            real.send(request).await
        }
    });
    (Client::new(service, "default"), starts)
}

fn is_available(live: &Value) -> bool {
    let conditions = live.pointer("/status/conditions").and_then(Value::as_array);
    let is = |one: &Value| one["type"] == "Available" && one["status"] == "True";
    conditions.into_iter().flatten().any(is)
}

/// What is at a path; `None` where nothing is.
async fn get(client: &Client, path: &str) -> Option<Value> {
    send(client, "GET", path, None).await
}

async fn send(client: &Client, method: &str, path: &str, body: Option<&Value>) -> Option<Value> {
    let kind = match method {
        "PATCH" => "application/merge-patch+json",
        _ => "application/json",
    };
    let body = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
    let request = Request::builder().method(method).uri(path).header("content-type", kind);
    match client.request(request.body(body).unwrap()).await {
        Ok(value) => Some(value),
        Err(kube::Error::Api(status)) if status.code == 404 => None,
        Err(error) => panic!("{method} {path}: {error:?}"),
    }
}

/// Passes until this holds, with nothing but news of the live system in between: no timer.
async fn by_events(app: &Pipeline, holds: impl Fn(&Pass) -> bool) -> (Pass, usize) {
    let mut passes = 0;
    let mut latest = None;
    let work = async {
        loop {
            let pass = app.pass().await;
            assert!(pass.error.is_none(), "{:?}", pass.error);
            passes += 1;
            if holds(&pass) {
                return pass;
            }
            latest = Some(pass.status);
            app.moved().await.unwrap();
        }
    };
    match tokio::time::timeout(LATE, work).await {
        Ok(pass) => (pass, passes),
        Err(_) => panic!("it never came: {latest:#?}"),
    }
}

fn pods(name: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": "registry.example/image:1"}]},
    })
}

fn workload(kind: &str, name: &str, extra: Value) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": pods(name)},
    });
    json_patch::merge(&mut object, &extra);
    object
}

fn namespace() -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
}

fn map() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "shop"}, "data": {"a": "b"}})
}

/// Everything that becomes ready, in three steps that wait for each other.
fn healthy() -> Vec<Value> {
    let after_first = json!({"metadata": {"annotations": {
        "config.kubernetes.io/depends-on": "apps/namespaces/shop/Deployment/first",
    }}});
    let in_wave_one = json!({"metadata": {"annotations": {"argocd.argoproj.io/sync-wave": "1"}}});
    vec![
        namespace(),
        map(),
        workload(
            "Deployment",
            "first",
            json!({"spec": {"replicas": 2}, "metadata": {
                "annotations": {"argocd.argoproj.io/sync-wave": "0"},
            }}),
        ),
        workload("Deployment", "second", after_first),
        workload("Deployment", "third", in_wave_one),
        workload(
            "StatefulSet",
            "ordered",
            json!({"spec": {"serviceName": "ordered", "replicas": 2}}),
        ),
        workload("DaemonSet", "everywhere", json!({})),
        json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "ordered", "namespace": "shop"},
            "spec": {"clusterIP": "None", "selector": {"app": "ordered"}, "ports": [{"port": 80}]}}),
        json!({"apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "migration", "namespace": "shop"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "main", "image": "registry.example/image:1"},
        ]}}}}),
    ]
}

fn reason(status: &Status) -> &'static str {
    status.condition(ConditionKind::Ready).unwrap().reason
}

#[tokio::test]
async fn rollouts_barriers_failures_and_the_end() {
    let builder = ControlPlane::builder().controllers(true).kwok(true);
    let Some(mut world) = World::new(builder).await else { return };
    let clock = Env::system().clock;
    let took = |what: &str| println!("{what} after {:.1?}", clock.now());

    // By news alone, in order.
    world.place(&healthy());
    world.commit("all of it");
    let mut config = world.plane.config().await.unwrap();
    config.default_retry = false;
    let before = BTreeMap::from([("second", "first"), ("third", "first")]);
    let (client, starts) = witness(Client::try_from(config).unwrap(), before);
    let app = world.process_on(Cluster::new(client), |options| options);
    let (pass, passes) = by_events(&app, Pass::is_settled).await;
    let expected = BTreeMap::from([("second".to_owned(), true), ("third".to_owned(), true)]);
    assert_eq!(*starts.lock().unwrap(), expected, "who is written after whom is available");
    assert_eq!(pass.status.health, BTreeMap::from([(HealthStatus::Healthy, 9)]));
    took(&format!("settled in {passes} passes"));

    rollout(&mut world, &app).await;
    took("rolled out");
    failures(&mut world, &app).await;
    took("failed and recovered");
    garbage(&mut world, &app).await;
    took("collected");
    end(&world, &app, &took).await;
    took("ended");
}

/// A change of a template is a rollout: progressing, and ready when it is through.
async fn rollout(world: &mut World, app: &Pipeline) {
    let mut objects = healthy();
    let is_first = |object: &&mut Value| object["metadata"]["name"] == "first";
    let first = objects.iter_mut().find(is_first).unwrap();
    first["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/image:2".into();
    world.place(&objects);
    world.commit("another image");
    let pass = app.pass().await;
    assert!(pass.error.is_none() && !pass.is_settled(), "{:?}", pass.status);
    assert_eq!(reason(&pass.status), gitops_core::reason::PROGRESSING);
    let pass = app.settle(LATE).await;
    assert!(pass.is_settled(), "{:?}", pass.status);
    let live = get(&world.client, "/apis/apps/v1/namespaces/shop/deployments/first").await.unwrap();
    assert_eq!(live["status"]["updatedReplicas"], 2);
    assert_eq!(live["status"]["observedGeneration"], live["metadata"]["generation"]);
}

/// A Deployment whose pods are on no node that there is, one whose pods nobody admits, and one
/// that is paused.
async fn failures(world: &mut World, app: &Pipeline) {
    let mut objects = healthy();
    let deadline = |seconds: u32| json!({"spec": {"progressDeadlineSeconds": seconds}});
    let mut nowhere = workload("Deployment", "nowhere", deadline(3));
    nowhere["spec"]["template"]["spec"]["nodeName"] = "nowhere".into();
    let mut refused = workload("Deployment", "refused", deadline(3));
    refused["spec"]["template"]["spec"]["serviceAccountName"] = "missing".into();
    let mut patient = workload("Deployment", "patient", deadline(600));
    patient["spec"]["template"]["spec"]["nodeName"] = "nowhere".into();
    let paused = workload("Deployment", "paused", json!({"spec": {"paused": true}}));
    objects.extend([nowhere, refused, patient, paused]);
    world.place(&objects);
    world.commit("rollouts that don't go on");

    let failed = |pass: &Pass| pass.status.health.get(&HealthStatus::Degraded) == Some(&2);
    let early = app.pass().await;
    assert!(early.error.is_none() && !early.status.is_stalled(), "{:?}", early.status);
    let (pass, _) = by_events(app, failed).await;
    let status = &pass.status;
    assert!(status.is_stalled() && !status.is_ready() && !pass.can_progress(), "{status:?}");
    assert_eq!(reason(status), gitops_core::reason::UNHEALTHY);
    let said = |name: &str| {
        let of = |(id, _): &&(gitops_core::model::ObjectId, String)| id.name() == name;
        status.unhealthy.iter().find(of).map(|(_, why)| why.as_str()).unwrap_or_default()
    };
    for name in ["nowhere", "refused"] {
        assert!(said(name).starts_with("Degraded: "), "{name}: {status:?}");
        assert!(said(name).contains("has timed out progressing"), "{name}: {status:?}");
    }
    assert!(said("patient").starts_with("Progressing: "), "{status:?}");
    assert_eq!(said("paused"), "", "{status:?}");
    assert_eq!(status.health.get(&HealthStatus::Suspended), Some(&1), "{status:?}");
    // Waiting ends at once where nothing gets better by itself.
    assert!(app.settle(LATE).await.status.is_stalled());

    // A fixed commit is all that it takes.
    world.place(&healthy());
    world.commit("without them");
    let pass = app.settle(LATE).await;
    assert!(pass.is_settled(), "{:?}", pass.status);
}

/// A pruned Deployment takes its ReplicaSets and pods with it.
async fn garbage(world: &mut World, app: &Pipeline) {
    let client = world.client.clone();
    let left = async || {
        let selector = "?labelSelector=app%3Dthird";
        let mut count = 0;
        for kind in ["/apis/apps/v1/namespaces/shop/replicasets", "/api/v1/namespaces/shop/pods"] {
            let list = get(&client, &format!("{kind}{selector}")).await.unwrap();
            count += list["items"].as_array().unwrap().len();
        }
        count
    };
    assert_eq!(left().await, 2);
    let mut objects = healthy();
    objects.retain(|object| object["metadata"]["name"] != "third");
    world.place(&objects);
    world.commit("one fewer");
    let pass = app.settle(LATE).await;
    assert!(pass.is_settled(), "{:?}", pass.status);
    assert_eq!(pass.status.objects, objects.len());
    let gone = async { while left().await > 0 {} };
    tokio::time::timeout(LATE, gone).await.expect("the garbage collector comes by");
}

/// The app is deleted for good only when its namespace is gone, and that is held by a finalizer.
async fn end(world: &World, app: &Pipeline, took: impl Fn(&str)) {
    let (map, space) = ("/api/v1/namespaces/shop/configmaps/guest", "/api/v1/namespaces/shop");
    let parent = "/api/v1/namespaces/default/configmaps/shop";
    let guest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "guest", "finalizers": ["example.com/not-yet"],
    }});
    let collection = map.trim_end_matches("/guest");
    send(&world.client, "POST", collection, Some(&guest)).await.unwrap();

    for _ in 0..2 {
        // Once more changes nothing while somebody holds it.
        let pass = app.delete().await;
        assert!(pass.error.is_none(), "{:?}", pass.error);
        let live = get(&world.client, space).await.expect("it is held");
        assert_eq!(live["status"]["phase"], "Terminating");
        assert!(get(&world.client, parent).await.is_some(), "what is not gone is remembered");
        let left: Vec<&str> = pass.waiting.iter().map(|id| id.kind()).collect();
        assert_eq!(left, ["Namespace"], "{pass:?}");
        assert!(!pass.is_settled(), "{:?}", pass.status);
    }

    let free = json!({"metadata": {"finalizers": null}});
    send(&world.client, "PATCH", map, Some(&free)).await;
    let work = async {
        loop {
            app.moved().await.unwrap();
            let pass = app.delete().await;
            assert!(pass.error.is_none(), "{:?}", pass.error);
            if pass.waiting.is_empty() {
                return;
            }
        }
    };
    tokio::time::timeout(LATE, work).await.expect("the watch tells of the end");
    assert!(get(&world.client, parent).await.is_none(), "nothing is left to remember");
    assert!(get(&world.client, space).await.is_none(), "only then is it forgotten");
    took("gone");

    // And all of it comes back from the same repository.
    let again = world.process().await;
    applied(&again).await;
    let pass = again.settle(LATE).await;
    assert!(pass.is_settled(), "{:?}", pass.status);
}
