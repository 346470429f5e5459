//! Law: after a takeover, a field that leaves the desired document leaves the live object.

use crate::law_lab::{Lab, OURS};
use gitops_kube::{
    diff::settled,
    fingerprint::fingerprint,
    migrate::{LAST_APPLIED, Takeover, migrate},
};
use gitops_testkit::server::server_or_skip;
use serde_json::{Value, json};

fn deployment(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": {"a": "1", "b": "1"}},
        "spec": {
            "replicas": 2, "minReadySeconds": 3, "selector": {"matchLabels": {"a": "1"}},
            "template": {
                "metadata": {"labels": {"a": "1"}},
                "spec": {"containers": [
                    {"name": "app", "image": "i", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
                    {"name": "aux", "image": "j"},
                ]},
            },
        },
    })
}

/// What leaves the desired document: the pointers, last first.
const LEAVING: [&str; 5] = [
    "/spec/template/spec/containers/1",
    "/spec/template/spec/containers/0/env/1",
    "/spec/minReadySeconds",
    "/spec/replicas",
    "/metadata/labels/b",
];

fn without(mut object: Value) -> Value {
    for pointer in LEAVING {
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        match object.pointer_mut(parent).unwrap() {
            Value::Object(map) => drop(map.remove(last).unwrap()),
            Value::Array(items) => drop(items.remove(last.parse().unwrap())),
            _ => panic!("{pointer}"),
        }
    }
    object
}

async fn take_over(lab: &Lab, path: &str, from: &[Takeover]) {
    let live = lab.get(path).await.unwrap();
    let migration = migrate(&live, OURS, from).unwrap();
    let patch = serde_json::to_value(migration.patch(&live).unwrap()).unwrap();
    let after = lab.json_patch(path, &patch, OURS).await.unwrap();
    assert_eq!(migrate(&after, OURS, from), None, "nothing is left to take over");
    assert!(after.pointer("/metadata/annotations").is_none_or(|all| all[LAST_APPLIED].is_null()));
    // A takeover touches nothing but ownership.
    let values = |mut object: Value| {
        let metadata = object["metadata"].as_object_mut().unwrap();
        metadata.remove("managedFields");
        metadata.remove("annotations");
        object
    };
    let (before, after) = settled(values(live), values(after));
    assert_eq!(before, after);
}

#[tokio::test]
async fn what_leaves_git_leaves_the_cluster_after_a_takeover() {
    let Some(server) = server_or_skip().await else { return };
    let lab = Lab::new(server.client().await.unwrap()).await;
    let namespace = server.namespace("law-migrate").await.unwrap();
    for (name, manager, from) in [
        ("client-side", "kubectl-client-side-apply", Takeover::usual()),
        ("edited", "kubectl-edit", Takeover::usual()),
        ("renamed", "old-name", vec![Takeover::Named("old-name".into())]),
        ("own-writes", OURS, vec![]),
        (
            "from-flux",
            "kustomize-controller",
            vec![Takeover::Retired("kustomize-controller".into())],
        ),
    ] {
        let object = deployment(&namespace, name);
        let path = lab.path(&object).unwrap();
        let mut made = object.clone();
        made["metadata"]["annotations"] = json!({LAST_APPLIED: object.to_string()});
        if matches!(from[..], [Takeover::Retired(_)]) {
            lab.apply(&path, &made, manager).await.unwrap();
        } else {
            lab.create(&path, &made, manager).await.unwrap();
        }
        lab.apply(&path, &object, OURS).await.unwrap();

        // The trap: the other owner keeps what left.
        let kept = lab.apply(&path, &without(object.clone()), OURS).await.unwrap();
        assert_eq!(kept["spec"]["minReadySeconds"], 3, "{name}");
        lab.apply(&path, &object, OURS).await.unwrap();

        take_over(&lab, &path, &from).await;
        let after = lab.apply(&path, &without(object.clone()), OURS).await.unwrap();
        assert_eq!(after["spec"]["minReadySeconds"], Value::Null, "{name}");
        assert_eq!(after["spec"]["replicas"], 1, "the server's default");
        assert_eq!(after["metadata"]["labels"], json!({"a": "1"}), "{name}");
        let containers = &after["spec"]["template"]["spec"]["containers"];
        assert_eq!(containers.as_array().unwrap().len(), 1, "{name}");
        assert_eq!(containers[0]["env"], json!([{"name": "A", "value": "1"}]), "{name}");

        // And the object is the one that we would have made ourselves.
        let mut fresh = without(deployment(&namespace, &format!("{name}-fresh")));
        let fresh_path = lab.path(&fresh).unwrap();
        fresh = lab.apply(&fresh_path, &fresh, OURS).await.unwrap();
        assert_eq!(fingerprint(&fresh, OURS), fingerprint(&after, OURS), "{name}");
    }
}

#[tokio::test]
async fn an_object_from_before_managed_fields_is_taken_over() {
    let Some(server) = server_or_skip().await else { return };
    let lab = Lab::new(server.client().await.unwrap()).await;
    let namespace = server.namespace("law-before").await.unwrap();
    let object = deployment(&namespace, "old");
    let path = lab.path(&object).unwrap();
    let mut old = lab.create(&path, &object, "somebody").await.unwrap();
    old["metadata"]["managedFields"] = json!([{}]);
    lab.put(&path, &old, "somebody").await.unwrap();
    let live = lab.apply(&path, &object, OURS).await.unwrap();
    assert!(live["metadata"]["managedFields"].to_string().contains("before-first-apply"));
    take_over(&lab, &path, &Takeover::usual()).await;
    let after = lab.apply(&path, &without(object), OURS).await.unwrap();
    assert_eq!(after["spec"]["minReadySeconds"], Value::Null);
    assert_eq!(after["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 1);
}
