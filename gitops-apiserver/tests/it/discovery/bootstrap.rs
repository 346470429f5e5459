//! The objects of a fresh server, beside those of a fresh server.

use super::lab::{Lab, lab};
use gitops_apiserver::builtin::{bootstrap, resources};
use gitops_apiserver::resource::ResourceInfo;
use serde_json::{Value, json};

const AT: &str = "2026-01-31T23:59:59Z";

async fn list(lab: &Lab, resource: &ResourceInfo) -> Vec<Value> {
    let root = if resource.group.is_empty() { "/api" } else { "/apis" };
    let path = format!("{root}/{}/{}", resource.api_version(), resource.plural);
    let mut items = lab.get(&path).await.json()["items"].as_array().unwrap().clone();
    for item in &mut items {
        item["apiVersion"] = resource.api_version().into();
        item["kind"] = resource.kind.clone().into();
        let metadata = item["metadata"].as_object_mut().unwrap();
        for name in ["uid", "resourceVersion"] {
            metadata.remove(name).unwrap();
        }
        if let Some(port) = item.pointer_mut("/spec/ports/0/targetPort") {
            *port = json!(6443);
        }
        same_time(item);
    }
    items
}

fn same_time(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(same_time),
        Value::Array(items) => items.iter_mut().for_each(same_time),
        Value::String(text) if text.len() == AT.len() && text.ends_with('Z') => {
            *text = AT.to_owned();
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_fresh_server_has_these_objects_and_no_others() {
    let Some(lab) = lab().await else { return };
    let mut count = 0;
    for resource in resources::all() {
        let left_out = ["leases", "configmaps", "events", "componentstatuses"];
        let listed = resource.verbs.iter().any(|verb| verb == "list");
        if !listed || left_out.contains(&resource.plural.as_str()) {
            continue;
        }
        let theirs = list(&lab, resource).await;
        let ours = bootstrap::of(&resource.api_version(), &resource.kind, AT);
        assert_eq!(theirs, ours, "{}", resource.plural);
        count += ours.len();
    }
    assert_eq!(bootstrap::all(AT).len(), count);
    assert!(count > 180);
}

#[test]
fn groups_hold_what_they_say() {
    let names = |objects: Vec<Value>| -> Vec<String> {
        let name = |one: &Value| one["metadata"]["name"].as_str().unwrap().to_owned();
        objects.iter().map(name).collect()
    };
    let four = ["default", "kube-node-lease", "kube-public", "kube-system"];
    assert_eq!(names(bootstrap::namespaces(AT)), four);
    assert_eq!(names(bootstrap::kubernetes_service(AT)), ["kubernetes", "10.0.0.1", "kubernetes"]);
    assert!(names(bootstrap::rbac(AT)).contains(&"cluster-admin".to_owned()));
    assert!(bootstrap::all(AT).iter().all(|one| !one.to_string().contains("\"TIME\"")));
    assert!(bootstrap::of("v1", "Pod", AT).is_empty());
}
