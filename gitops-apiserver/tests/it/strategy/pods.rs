//! Evictions and bindings of pods.

use super::lab::{Lab, lab, unmanaged};
use gitops_apiserver::builtin::strategy::{bind, check_binding, evict, mark_evicted};
use serde_json::{Value, json};

async fn patch(lab: &Lab, at: &str, change: &Value) -> Value {
    let mut object = lab.send("GET", at, &Value::Null).await.unwrap();
    for (name, value) in change.as_object().unwrap() {
        object["status"][name] = value.clone();
    }
    lab.send("PUT", &format!("{at}/status"), &object).await.unwrap()
}

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "x"}, "finalizers": ["a.b/c"]},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    })
}

#[tokio::test]
async fn budgets_decide_about_evictions() {
    let Some(lab) = lab("evict").await else { return };
    let pods = format!("/api/v1/namespaces/{}/pods", lab.namespace);
    let budgets = format!("/apis/policy/v1/namespaces/{}/poddisruptionbudgets", lab.namespace);
    let running = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]});
    let budget = |name: &str| {
        json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}},
        })
    };
    let at_budget = format!("{budgets}/one");
    lab.send("POST", &budgets, &budget("one")).await.unwrap();
    let states = [
        (json!({}), json!({})),
        (running.clone(), json!({})),
        (
            running.clone(),
            json!({"observedGeneration": 1, "currentHealthy": 1, "desiredHealthy": 2}),
        ),
        (running.clone(), json!({"currentHealthy": 3})),
        (
            running.clone(),
            json!({"conditions": [{"type": "DisruptionAllowed", "status": "False",
            "reason": "Because", "message": "of it", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}),
        ),
        (
            running.clone(),
            json!({"conditions": [{"type": "DisruptionAllowed", "status": "False",
            "reason": "SyncFailed", "message": "of it", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}),
        ),
        (json!({"phase": "Running"}), json!({})),
        (running.clone(), json!({"disruptionsAllowed": 2})),
        (running, json!({"disruptionsAllowed": 1, "disruptedPods": {}})),
        (json!({"phase": "Failed"}), json!({"disruptionsAllowed": 0})),
    ];
    for (number, (of_pod, of_budget)) in states.into_iter().enumerate() {
        let name = format!("pod-{number}");
        let at = format!("{pods}/{name}");
        lab.send("POST", &pods, &pod(&name)).await.unwrap();
        let before = patch(&lab, &at, &of_pod).await;
        let budget = patch(&lab, &at_budget, &of_budget).await;

        let eviction =
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
        let theirs = lab.send("POST", &format!("{at}/eviction"), &eviction).await;
        let after = lab.send("GET", &at, &Value::Null).await.unwrap();
        let time = after["metadata"]["deletionTimestamp"].as_str().unwrap_or("").to_owned();
        match (evict(&before, std::slice::from_ref(&budget), &time), theirs) {
            (Err(ours), Err((code, message))) => {
                assert_eq!((ours.code, ours.message.as_str()), (code, message.as_str()));
            }
            (Ok(evicted), Ok(_)) => {
                let mut ours = before.clone();
                mark_evicted(&mut ours, &time);
                assert_eq!(ours["status"], after["status"], "{number}");
                let now = lab.send("GET", &at_budget, &Value::Null).await.unwrap();
                let ours = evicted.budget.unwrap_or(budget);
                assert_eq!(ours["status"], now["status"], "{number}");
            }
            (ours, theirs) => panic!("{number}: {ours:?} {theirs:?}"),
        }
    }
    lab.send("POST", &budgets, &budget("two")).await.unwrap();
    let several = evict(&json!({"status": {"phase": "Running"}}), &[budget("a"), budget("b")], "");
    assert_eq!(several.unwrap_err().code, 500);
}

#[tokio::test]
async fn bindings_give_pods_their_node() {
    let Some(lab) = lab("bind").await else { return };
    let pods = format!("/api/v1/namespaces/{}/pods", lab.namespace);
    let meta = json!({"name": "x", "annotations": {"q": "r"}, "labels": {"s": "t"}});
    let node = json!({"kind": "Node", "name": "n"});
    let cases = [
        (json!({}), json!({"metadata": {"name": "x"}, "target": {"kind": "Foo", "name": "n"}})),
        (json!({}), json!({"metadata": {"name": "x"}, "target": {}})),
        (json!({}), json!({"metadata": {"name": "x", "uid": "other"}, "target": node})),
        (json!({}), json!({"metadata": {"name": "x", "resourceVersion": "1"}, "target": node})),
        (
            json!({"schedulingGates": [{"name": "a.b/c"}]}),
            json!({"metadata": meta, "target": node}),
        ),
        (json!({"nodeName": "m"}), json!({"metadata": meta, "target": node})),
        (json!({}), json!({"metadata": meta, "target": node})),
    ];
    for (number, (spec, mut binding)) in cases.into_iter().enumerate() {
        let name = format!("pod-{number}");
        let at = format!("{pods}/{name}");
        let mut object = pod(&name);
        for (field, value) in spec.as_object().unwrap() {
            object["spec"][field] = value.clone();
        }
        let before = lab.send("POST", &pods, &object).await.unwrap();
        binding["metadata"]["name"] = name.clone().into();
        let theirs = lab.send("POST", &format!("{at}/binding"), &binding).await;
        let after = lab.send("GET", &at, &Value::Null).await.unwrap();
        let time = after["status"]["conditions"][0]["lastTransitionTime"].as_str().unwrap_or("");
        let mut ours = before.clone();
        let key = format!("/registry/pods/{}/{name}", lab.namespace);
        let done = check_binding(&binding).and_then(|()| bind(&mut ours, &binding, &key, time));
        match (done, theirs) {
            (Err(ours), Err((code, message))) => {
                assert_eq!((ours.code, ours.message.as_str()), (code, message.as_str()));
            }
            (Ok(()), Ok(_)) => assert_eq!(unmanaged(ours), unmanaged(after)),
            (ours, theirs) => panic!("{number}: {ours:?} {theirs:?}"),
        }
    }
}
