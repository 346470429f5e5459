//! What becomes of objects that are updated, and of their statuses, beside the real server.
//!
//! Each object is created, then written again as a whole and through its subresources, with parts
//! of it changed. What we make of the same two objects must be what the server answers.

use super::lab::{Lab, lab, resource, unmanaged, updated};
use serde_json::{Value, json};

/// Changes that are tried on every object: a pointer and a value, where there is something above.
fn changes(object: &Value) -> Vec<Value> {
    let mut all = vec![object.clone()];
    let mut with = |pointer: &str, value: Value| {
        let mut changed = object.clone();
        let (above, name) = pointer.rsplit_once('/').unwrap();
        if let Some(fields) = changed.pointer_mut(above).and_then(Value::as_object_mut) {
            fields.insert(name.to_owned(), value);
            all.push(changed);
        }
    };
    with("/metadata/labels", json!({"new": "label"}));
    with("/metadata/annotations", json!({"new": "annotation"}));
    with("/metadata/generation", json!(77));
    with("/metadata/finalizers", json!(["a.b/c"]));
    with("/spec/replicas", json!(7));
    with("/spec/template/metadata/labels/new", json!("label"));
    with("/spec/minReadySeconds", json!(3));
    with("/spec/activeDeadlineSeconds", json!(300));
    with("/spec/type", json!("NodePort"));
    with("/spec/type", json!("LoadBalancer"));
    with("/spec/clusterIP", json!(""));
    with("/spec/sessionAffinity", json!("ClientIP"));
    with("/spec/ports", json!([{"name": "q", "port": 9}, {"name": "r", "port": 8}]));
    with("/spec/suspend", json!(true));
    with("/spec/unschedulable", json!(true));
    with("/spec/finalizers", json!(["q.r/s"]));
    with("/spec/minAvailable", json!(2));
    with("/spec/maxReplicas", json!(9));
    with("/spec/podSelector", json!({"matchLabels": {"x": "y"}}));
    with("/spec/matchingPrecedence", json!(7));
    with("/spec/failurePolicy", json!("Ignore"));
    with("/spec/versionPriority", json!(7));
    with("/spec/taint/effect", json!("NoSchedule"));
    with("/spec/attachRequired", json!(false));
    with("/spec/requiresRepublish", json!(true));
    with("/spec/hard", json!({"cpu": "9"}));
    with("/webhooks/0/timeoutSeconds", json!(7));
    with("/ports", json!([{"port": 7}]));
    with("/template/metadata/labels/new", json!("label"));
    with("/secrets", json!([{"name": "n", "kind": "k"}]));
    with("/stringData", json!({"q": "r"}));
    with("/description", json!("said"));
    with("/status", json!({"phase": "Other", "replicas": 9, "conditions": []}));
    with("/status/phase", json!("Failed"));
    with("/status/replicas", json!(9));
    with("/status/observedGeneration", json!(1));
    with("/status/currentHealthy", json!(1));
    all
}

#[tokio::test]
async fn objects_are_updated_as_on_the_server() {
    let Some(lab) = lab("update").await else { return };
    let (mut wrong, mut tried, mut refused) = (0, 0, 0);
    for (path, object) in lab.objects() {
        let old = match lab.send("POST", &path, &object).await {
            Ok(old) => old,
            Err((409, _)) => continue,
            Err(refused) => panic!("{path}: {object}: {refused:?}"),
        };
        let at = format!("{path}/{}", old["metadata"]["name"].as_str().unwrap());
        let (group, plural) = resource(&path);
        let mut subresources = vec![""];
        let rules = gitops_apiserver::builtin::strategy::rules(group, plural).unwrap();
        if rules.status.is_some_and(|status| status.served) {
            subresources.push("status");
        }
        for subresource in subresources {
            for new in changes(&old) {
                let slash = if subresource.is_empty() { "" } else { "/" };
                let url = format!("{at}{slash}{subresource}?dryRun=All");
                let Ok(theirs) = lab.send("PUT", &url, &new).await else {
                    refused += 1;
                    continue;
                };
                tried += 1;
                let theirs = unmanaged(theirs);
                let now = time(&theirs, &old);
                let ours = unmanaged(updated(&path, subresource, &new, &old, &now));
                if ours != theirs {
                    wrong += 1;
                    println!("{at}{slash}{subresource}\n  ours   {ours}\n  theirs {theirs}");
                }
            }
        }
        clean_up(&lab, &at).await;
    }
    println!("{tried} updates, {refused} refused");
    assert_eq!(wrong, 0);
    assert!(tried > 500, "{tried}");
}

async fn clean_up(lab: &Lab, at: &str) {
    let _ = lab.send("DELETE", at, &json!({"gracePeriodSeconds": 0})).await;
}

/// The time of the server's request, if that shows: the only one that wasn't in the old object.
fn time(answer: &Value, old: &Value) -> String {
    let (before, after) = (old.to_string(), answer.to_string());
    let times = after.split('"').filter(|part| part.len() == 20 && part.ends_with('Z'));
    let fresh = times.rev().find(|time| !before.contains(time));
    fresh.or(answer["metadata"]["creationTimestamp"].as_str()).unwrap().to_owned()
}
