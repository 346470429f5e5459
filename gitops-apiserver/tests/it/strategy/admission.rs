//! What is built in of admission, where it looks at other objects, beside the real server.

use super::lab::{Lab, lab, like, resource, unmanaged, writer};
use gitops_apiserver::builtin::strategy::admission::{
    Lookup, Operation, Request, mutate, validate,
};
use gitops_apiserver::builtin::{defaults, strategy, types};
use serde_json::{Value, json};

/// The objects that have been created for admission to find.
struct Found(Vec<(String, Value)>);

impl Lookup for Found {
    fn get(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        if plural == "namespaces" {
            return Some(json!({"status": {"phase": "Active"}}));
        }
        let all = self.list(group, plural, namespace);
        all.into_iter().find(|one| one["metadata"]["name"] == name)
    }

    fn list(&self, group: &str, plural: &str, _namespace: &str) -> Vec<Value> {
        let of = self.0.iter().filter(|(path, _)| resource(path) == (group, plural));
        of.map(|(_, object)| object.clone()).collect()
    }
}

/// Creates the object on both and compares.
async fn compare(lab: &Lab, found: &Found, path: &str, object: &Value) {
    let theirs = lab.send("POST", &format!("{path}?dryRun=All"), object).await;
    let (group, plural) = resource(path);
    let (api, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    let kind_of = types::kind(api, kind).unwrap();
    let filled = theirs.as_ref().map_or(object.clone(), |theirs| like(object, theirs));
    let mut ours = kind_of.decode(&filled).unwrap().object;
    defaults::apply(api, kind, &mut ours, "");
    let request = Request {
        operation: Operation::Create,
        group,
        resource: plural,
        subresource: "",
        namespace: &lab.namespace,
        name: "",
    };
    let done = mutate(&request, &mut ours, None, found)
        .and_then(|()| validate(&request, Some(&ours), None, found));
    match (done, theirs) {
        (Err(ours), Err((code, message))) => {
            assert_eq!((ours.code, ours.message.as_str()), (code, message.as_str()), "{object}");
        }
        (Ok(()), Ok(theirs)) => {
            let now = theirs["metadata"]["creationTimestamp"].as_str().unwrap();
            strategy::prepare_create(api, kind, &mut ours, &writer(now, true));
            let mut ours = kind_of.stored(&ours);
            // As it comes back from storage.
            defaults::apply(api, kind, &mut ours, "");
            assert_eq!(unmanaged(ours), unmanaged(theirs), "{object}");
        }
        (ours, theirs) => panic!("{object}: {ours:?} {theirs:?}"),
    }
}

fn pod(spec: Value) -> Value {
    let mut object = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    });
    for (name, value) in spec.as_object().unwrap() {
        object["spec"][name] = value.clone();
    }
    object
}

#[tokio::test]
async fn limit_ranges_fill_in_and_refuse() {
    let Some(lab) = lab("limits").await else { return };
    let at = |plural: &str| format!("/api/v1/namespaces/{}/{plural}", lab.namespace);
    let range = json!({
        "apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "all"},
        "spec": {"limits": [
            {"type": "Container", "default": {"cpu": "500m", "memory": "1Gi"},
             "defaultRequest": {"cpu": "100m"}, "max": {"cpu": "2"}, "min": {"cpu": "10m"},
             "maxLimitRequestRatio": {"cpu": "10"}},
            {"type": "Pod", "max": {"memory": "3Gi"}},
            {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "3Gi"}},
        ]},
    });
    let created = lab.send("POST", &at("limitranges"), &range).await.unwrap();
    let found = Found(vec![(at("limitranges"), created)]);
    let container = |name: &str, limits: Value, requests: Value| json!({"name": name, "image": "i", "resources": {"limits": limits, "requests": requests}});
    let some = [
        json!({}),
        json!({"containers": [container("a", json!({"cpu": "1"}), json!({"cpu": "200m"}))],
               "initContainers": [container("b", json!({}), json!({}))]}),
        json!({"containers": [container("a", json!({"cpu": "3"}), json!({}))]}),
        json!({"containers": [container("a", json!({"cpu": "3"}), json!({"cpu": "1m"}))]}),
        json!({"containers": [container("a", json!({"memory": "4Gi"}), json!({}))]}),
        json!({"containers": [container("a", json!({"cpu": "2"}), json!({"cpu": "30m"}))]}),
        json!({"containers": [container("a", json!({"cpu": "1m"}), json!({"cpu": "1m"}))]}),
    ];
    for spec in some {
        compare(&lab, &found, &at("pods"), &pod(spec)).await;
    }
    for size in ["1Mi", "2Gi", "4Gi"] {
        let claim = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "x"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
        });
        compare(&lab, &found, &at("persistentvolumeclaims"), &claim).await;
    }
}

#[tokio::test]
async fn classes_say_what_pods_get() {
    let Some(lab) = lab("classes").await else { return };
    let name = lab.namespace.clone();
    let made = [
        (
            "/apis/scheduling.k8s.io/v1/priorityclasses",
            json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
                "metadata": {"name": name}, "value": 7, "preemptionPolicy": "Never",
            }),
        ),
        (
            "/apis/node.k8s.io/v1/runtimeclasses",
            json!({
                "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name},
                "handler": "h", "overhead": {"podFixed": {"cpu": "1"}},
                "scheduling": {"nodeSelector": {"a": "b"}, "tolerations": [
                    {"key": "k", "operator": "Exists"},
                    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
                ]},
            }),
        ),
        (
            "/api/v1/nodes",
            json!({
                "apiVersion": "v1", "kind": "Node", "metadata": {
                    "name": name, "labels": {"topology.kubernetes.io/zone": "z", "other": "o"},
                },
            }),
        ),
    ];
    let mut found = Found(Vec::new());
    for (path, object) in made {
        let created = lab.send("POST", path, &object).await.unwrap();
        found.0.push((path.to_owned(), created));
    }
    let pods = format!("/api/v1/namespaces/{name}/pods");
    let some = [
        json!({"priorityClassName": name}),
        json!({"priorityClassName": name, "priority": 3}),
        json!({"priorityClassName": name, "preemptionPolicy": "PreemptLowerPriority"}),
        json!({"priorityClassName": "nobodys"}),
        json!({"priority": 3}),
        json!({"runtimeClassName": name, "tolerations": [{"key": "k", "operator": "Equal", "value": "v"}]}),
        json!({"runtimeClassName": name, "nodeSelector": {"a": "c"}}),
        json!({"runtimeClassName": name, "overhead": {"cpu": "2"}}),
        json!({"runtimeClassName": "nobodys"}),
        json!({"overhead": {"cpu": "2"}}),
        json!({"nodeName": name}),
        json!({"tolerations": [{"operator": "Exists"}]}),
    ];
    for spec in some {
        // Admission's caches follow a moment later.
        for _ in 0..200 {
            let url = format!("{pods}?dryRun=All");
            let seen = lab.send("POST", &url, &pod(json!({"priorityClassName": name}))).await;
            if seen.is_ok() {
                break;
            }
        }
        compare(&lab, &found, &pods, &pod(spec)).await;
    }
}
