//! What the tests of the whole loop tell: an app of all kinds of objects, and how it ends.

use gitops_core::{Error, Retry, engine::Pipeline, env::Env};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Where the first container's name is.
pub(crate) const CONTAINER: &str = "/spec/template/spec/containers/0/name";

/// The desired objects of the first and the second commit of a run.
pub(crate) fn objects(run: &str, step: u32) -> Vec<Value> {
    let map = |name: &str, value: u32| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": run}, "data": {"value": value.to_string()}})
    };
    let mut objects = vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": run}}),
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("widgets.{run}.example.com")},
        "spec": {
            "group": format!("{run}.example.com"), "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {
                "openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": {"size": {"type": "integer"}}},
                }},
            }}],
        }}),
        json!({"apiVersion": format!("{run}.example.com/v1"), "kind": "Widget",
            "metadata": {"name": "w", "namespace": run}, "spec": {"size": step}}),
        map("a", step),
        json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "web", "namespace": run},
            "spec": {"clusterIP": "None", "selector": {"app": "web"},
                "ports": [{"name": "http", "port": 79 + step}]}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": run},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "registry.example/web:1",
                    "ports": [{"containerPort": 80}]}]},
            },
        }}),
    ];
    match step {
        1 => objects.extend([map("b", 1), map("c", 1)]),
        _ => objects.push(map("d", 1)),
    }
    objects
}

/// A document without what every write moves.
pub(crate) fn essence(live: &Value) -> Value {
    let mut live = live.clone();
    let metadata = live["metadata"].as_object_mut().unwrap();
    for field in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"] {
        metadata.remove(field);
    }
    // Where DaemonSets count their templates.
    let counter = "deprecated.daemonset.template.generation";
    if let Some(annotations) = live.pointer_mut("/metadata/annotations") {
        annotations.as_object_mut().unwrap().remove(counter);
    }
    live.as_object_mut().unwrap().remove("status");
    live
}

/// The essence of an object and who owns what of it.
pub(crate) fn owned(live: &Value) -> Value {
    let mut essence = essence(live);
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    let entries: Vec<Value> = entries
        .into_iter()
        .flatten()
        .filter(|entry| entry.get("subresource").is_none())
        .map(|entry| json!([entry["manager"], entry["operation"], entry["fieldsV1"]]))
        .collect();
    essence["owners"] = entries.into();
    essence
}

/// Deletes the app, going on as a controller would.
pub(crate) async fn deleted(app: Arc<Pipeline>) {
    for _ in 0..20 {
        let pass = app.delete().await;
        match pass.error.as_ref().map(Error::retry) {
            None if pass.waiting.is_empty() => return,
            Some(Retry::Never) => panic!("{:?}", pass.error),
            _ => Env::system().clock.sleep(Duration::from_millis(100)).await,
        }
    }
    panic!("it is never deleted");
}
