//! The same end states as those of a real control plane with kube-controller-manager, and kwok in
//! the place of kubelets.

use super::lab::{Cluster, workload};
use gitops_apiserver::behavior::Behaviors;
use gitops_testkit::server::{Assets, ControlPlane};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Runs the scenarios on both, and compares what is left of each.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_cluster_ends_in_the_same_states() {
    if Assets::from_environment().find("kube-controller-manager").is_err() {
        println!("skipped: no kube-controller-manager");
        return;
    }
    let plane = ControlPlane::builder().controllers(true).kwok(true).start().await.unwrap();
    let real = Cluster::real(plane.client().await.unwrap());
    let ours = Cluster::new(Behaviors::cluster());
    let mut differences = Vec::new();
    for (name, left) in scenarios(&ours).await {
        let right = scenario(&real, &name).await;
        for (what, ours) in &left {
            let real = right.get(what).unwrap_or(&Value::Null);
            diff(&format!("{name}: {what}"), ours, real, &mut differences);
        }
    }
    assert!(differences.is_empty(), "ours, theirs:\n{}", differences.join("\n"));
}

const NAMES: [&str; 11] = [
    "deployment",
    "rollout",
    "recreate",
    "scaled",
    "stateful",
    "daemon",
    "job",
    "background",
    "foreground",
    "orphan",
    "namespace",
];

async fn scenarios(cluster: &Cluster) -> Vec<(String, BTreeMap<String, Value>)> {
    let mut all = Vec::new();
    for name in NAMES {
        all.push((name.to_owned(), scenario(cluster, name).await));
    }
    all
}

/// Plays a scenario in a namespace of its own, and gives what is there at its end.
async fn scenario(cluster: &Cluster, name: &str) -> BTreeMap<String, Value> {
    let namespace = format!("team-{name}");
    cluster.create("/api/v1/namespaces", &json!({"metadata": {"name": namespace}})).await;
    let at = Paths { core: format!("/api/v1/namespaces/{namespace}"), namespace };
    match name {
        "deployment" | "rollout" | "recreate" | "scaled" => {
            let mut web = workload("Deployment", 3);
            if name == "recreate" {
                web["spec"]["strategy"] = json!({"type": "Recreate"});
            }
            at.run(cluster, "deployments", &web).await;
            if name == "scaled" {
                cluster.patch(&at.apps("deployments/web"), &json!({"spec": {"replicas": 5}})).await;
            } else if name != "deployment" {
                at.change(cluster, "deployments").await;
            }
            at.settled(cluster, "deployments").await;
            at.dump(cluster).await
        }
        "stateful" => {
            let mut web = workload("StatefulSet", 2);
            web["spec"]["serviceName"] = "web".into();
            at.run(cluster, "statefulsets", &web).await;
            at.change(cluster, "statefulsets").await;
            at.settled(cluster, "statefulsets").await;
            at.dump(cluster).await
        }
        "daemon" => {
            at.run(cluster, "daemonsets", &workload("DaemonSet", 0)).await;
            at.dump(cluster).await
        }
        "job" => {
            at.job(cluster).await;
            at.dump(cluster).await
        }
        "background" | "foreground" | "orphan" => {
            at.run(cluster, "deployments", &workload("Deployment", 2)).await;
            let policy = match name {
                "background" => "Background",
                "foreground" => "Foreground",
                _ => "Orphan",
            };
            let path = at.apps("deployments/web");
            cluster.delete(&path, &json!({"propagationPolicy": policy})).await;
            let (path, pods) = (&path, &format!("{}/pods", at.core));
            let left = if name == "orphan" { 2 } else { 0 };
            Cluster::until("the deletion", async || {
                let gone = cluster.get(path).await.is_none();
                let pods = cluster.items(pods).await.len();
                (gone && pods == left).then_some(())
            })
            .await;
            at.dump(cluster).await
        }
        _ => at.terminating(cluster).await,
    }
}

struct Paths {
    core: String,
    namespace: String,
}

impl Paths {
    fn apps(&self, rest: &str) -> String {
        format!("/apis/apps/v1/namespaces/{}/{rest}", self.namespace)
    }

    async fn run(&self, cluster: &Cluster, plural: &str, web: &Value) {
        let mut web = web.clone();
        // Ours keep to it, and there is nothing to be seen in waiting.
        web["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1.into();
        cluster.create(&self.apps(plural), &web).await;
        self.settled(cluster, plural).await;
    }

    /// Another template.
    async fn change(&self, cluster: &Cluster, plural: &str) {
        let change = json!({"spec": {"template": {"metadata": {"labels": {"track": "two"}}}}});
        cluster.patch(&self.apps(&format!("{plural}/web")), &change).await;
    }

    /// Waits until a workload is as it is to be, and no old pod is left.
    async fn settled(&self, cluster: &Cluster, plural: &str) {
        let path = self.apps(&format!("{plural}/web"));
        let pods = format!("{}/pods", self.core);
        Cluster::until(&path, async || {
            let web = cluster.get(&path).await?;
            let (spec, status) = (&web["spec"], &web["status"]);
            let number = |value: &Value| value.as_i64().unwrap_or(0);
            let wanted = match spec.get("replicas") {
                Some(replicas) => number(replicas),
                None => number(&status["desiredNumberScheduled"]).max(1),
            };
            let count =
                |plain: &str, daemon: &str| number(&status[plain]).max(number(&status[daemon]));
            let settled = status["observedGeneration"] == web["metadata"]["generation"]
                && count("updatedReplicas", "updatedNumberScheduled") == wanted
                && count("availableReplicas", "numberAvailable") == wanted
                && status["currentRevision"] == status["updateRevision"]
                && number(&status["terminatingReplicas"]) == 0
                && cluster.items(&pods).await.len() as i64 == wanted;
            let told = web.pointer("/status/conditions").is_none_or(|list| {
                let mut list = list.as_array().into_iter().flatten();
                list.any(|one| one["reason"] == "NewReplicaSetAvailable")
            });
            (settled && told).then_some(())
        })
        .await;
    }

    async fn job(&self, cluster: &Cluster) {
        let path = format!("/apis/batch/v1/namespaces/{}/jobs", self.namespace);
        let job = json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "work"},
            "spec": {"completions": 2, "parallelism": 1, "template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "main", "image": "one"}],
            }}},
        });
        cluster.create(&path, &job).await;
        let path = &format!("{path}/work");
        Cluster::until("the job", async || {
            let job = cluster.get(path).await?;
            let list = job.pointer("/status/conditions")?.as_array()?.clone();
            list.iter().any(|one| one["type"] == "Complete").then_some(())
        })
        .await;
    }

    /// A namespace that waits for a finalizer, and then not.
    async fn terminating(&self, cluster: &Cluster) -> BTreeMap<String, Value> {
        let held = json!({"metadata": {"name": "held", "finalizers": ["example.com/hold"]}});
        cluster.create(&format!("{}/configmaps", self.core), &held).await;
        cluster.delete(&self.core, &Value::Null).await;
        let path = &self.core;
        let waiting = Cluster::until("the conditions", async || {
            let namespace = cluster.get(path).await?;
            let list = namespace.pointer("/status/conditions")?.as_array()?.clone();
            let told = list.iter().any(|one| one["reason"] == "SomeFinalizersRemain");
            told.then_some(namespace)
        })
        .await;
        let free = json!({"metadata": {"finalizers": null}});
        cluster.patch(&format!("{path}/configmaps/held"), &free).await;
        Cluster::until("the end", async || cluster.get(path).await.is_none().then_some(())).await;
        [("namespace".to_owned(), masked(waiting))].into()
    }

    /// Everything that is there, with what must differ masked.
    async fn dump(&self, cluster: &Cluster) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        let apps = |plural: &str| self.apps(plural);
        let paths = [
            apps("deployments"),
            apps("replicasets"),
            apps("statefulsets"),
            apps("daemonsets"),
            apps("controllerrevisions"),
            format!("/apis/batch/v1/namespaces/{}/jobs", self.namespace),
            format!("{}/pods", self.core),
        ];
        for path in paths {
            let plural = path.rsplit('/').next().unwrap_or_default().to_owned();
            let mut items: Vec<Value> =
                cluster.items(&path).await.into_iter().map(masked).collect();
            items.sort_by_cached_key(ToString::to_string);
            all.insert(plural, items.into());
        }
        all
    }
}

/// What is drawn, counted or measured is told apart no more.
fn masked(mut object: Value) -> Value {
    let is_pod = object.pointer("/spec/containers").is_some();
    if is_pod {
        pod(&mut object);
    }
    let mut text = object.to_string();
    for pointer in [
        "/metadata/labels/pod-template-hash",
        "/metadata/labels/controller-revision-hash",
        "/metadata/labels/controller.kubernetes.io~1hash",
        "/metadata/labels/batch.kubernetes.io~1controller-uid",
        "/spec/selector/matchLabels/batch.kubernetes.io~1controller-uid",
        "/metadata/ownerReferences/0/uid",
        "/status/currentRevision",
        "/status/updateRevision",
    ] {
        if let Some(drawn) = object.pointer(pointer).and_then(Value::as_str) {
            text = text.replace(drawn, "DRAWN");
        }
    }
    let mut object: Value = serde_json::from_str(&text).unwrap();
    let by_number = object.pointer("/metadata/labels/apps.kubernetes.io~1pod-index").is_some();
    let base = object["metadata"]["generateName"].as_str().map(str::to_owned);
    if let Some(base) = base.filter(|_| !by_number) {
        object["metadata"]["name"] = format!("{base}*").into();
    }
    // The name of a ReplicaSet is told in its Deployment's conditions.
    if let Some(list) = object.pointer_mut("/status/conditions").and_then(Value::as_array_mut) {
        for one in list.iter_mut() {
            let message = one["message"].as_str().unwrap_or_default().to_owned();
            if let Some((start, rest)) = message.split_once("\"web-") {
                let end = rest.split_once('"').map_or("", |(_, end)| end);
                one["message"] = format!("{start}\"web-DRAWN\"{end}").into();
            }
        }
        list.sort_by_cached_key(|one| one["type"].to_string());
    }
    mask(&mut object);
    object
}

/// Of a pod, what its controller decides.
fn pod(pod: &mut Value) {
    let status = pod["status"].take();
    pod["status"] = json!({"phase": status["phase"]});
    let ready = status["conditions"].as_array().into_iter().flatten();
    let ready = ready.filter(|one| one["type"] == "Ready").map(|one| one["status"].clone());
    // kwok leaves pods ready that have ended; kubelets don't.
    if status["phase"] == "Running" {
        pod["status"]["ready"] = ready.collect();
    }
    if let Some(meta) = pod["metadata"].as_object_mut() {
        meta.remove("managedFields");
    }
    let spec = pod["spec"].as_object_mut().unwrap();
    for name in ["nodeName", "serviceAccount", "serviceAccountName", "volumes"] {
        spec.remove(name);
    }
    for container in spec["containers"].as_array_mut().unwrap() {
        container.as_object_mut().unwrap().remove("volumeMounts");
    }
    // The one node has another name.
    if spec.contains_key("affinity") {
        spec["affinity"] = "a node".into();
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let drop = ["uid", "resourceVersion", "generation", "observedGeneration"];
            map.retain(|name, _| !drop.contains(&&**name));
            let times = ["Time", "Timestamp", "time"];
            for (name, value) in map.iter_mut() {
                if times.iter().any(|end| name.ends_with(end)) {
                    *value = "T".into();
                }
                if name == "managedFields" {
                    fields(value);
                }
                mask(value);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(mask),
        _ => {}
    }
}

/// Who owns what: the user's own writes come from clients of other names.
fn fields(value: &mut Value) {
    let Some(list) = value.as_array_mut() else { return };
    list.retain(|entry| entry["manager"] == "kube-controller-manager");
    list.sort_by_cached_key(|entry| {
        let mut entry = entry.clone();
        entry["time"] = Value::Null;
        entry.to_string()
    });
}

/// Where two values differ.
fn diff(at: &str, ours: &Value, real: &Value, out: &mut Vec<String>) {
    match (ours, real) {
        (Value::Object(left), Value::Object(right)) => {
            let all: Map<String, Value> =
                left.iter().chain(right).map(|(name, _)| (name.clone(), Value::Null)).collect();
            for name in all.keys() {
                let get = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or_default();
                diff(&format!("{at}.{name}"), &get(left), &get(right), out);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                diff(&format!("{at}[{index}]"), left, right, out);
            }
        }
        _ if ours != real => out.push(format!("{at}\n    {ours}\n    {real}")),
        _ => {}
    }
}
