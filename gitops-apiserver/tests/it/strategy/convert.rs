//! Objects of kinds served at two versions, created at one and read at the other.

use super::lab::{Lab, lab, unmanaged};
use gitops_apiserver::builtin::strategy::convert;
use serde_json::{Value, json};

/// Creates at one version, reads at both, and compares with what we convert.
async fn both_ways(lab: &Lab, plural: &str, [one, other]: [&str; 2], mut object: Value) {
    let root = |api: &str| if api.contains('/') { "/apis/" } else { "/api/" };
    let at = |api: &str| format!("{}{api}/namespaces/{}/{plural}", root(api), lab.namespace);
    object["apiVersion"] = one.into();
    let created = lab.send("POST", &at(one), &object).await.unwrap();
    let name = created["metadata"]["name"].as_str().unwrap();
    if !created["status"].is_null() {
        let mut with_status = created.clone();
        with_status["status"] = object["status"].clone();
        let status = format!("{}/{name}/status", at(one));
        lab.send("PUT", &status, &with_status).await.unwrap();
    }
    let read = async |api: &str| {
        let url = format!("{}/{name}", at(api));
        unmanaged(lab.send("GET", &url, &Value::Null).await.unwrap())
    };
    let (here, there) = (read(one).await, read(other).await);
    assert_eq!(convert(&here, other), there, "{here}");
    assert_eq!(convert(&there, one), here, "{there}");
    assert_eq!(convert(&here, one), here);
}

#[tokio::test]
async fn autoscalers_are_read_at_both_versions() {
    let Some(lab) = lab("hpa").await else { return };
    let target = json!({"kind": "Deployment", "name": "x", "apiVersion": "apps/v1"});
    let selector = json!({
        "matchLabels": {"z": "y"},
        "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}],
    });
    let about = json!({"apiVersion": "v1", "kind": "Service", "name": "s"});
    let average = json!({"type": "AverageValue", "averageValue": "10"});
    // With the share of CPU last: on the way through the older version it ends up there.
    let metrics = json!([
        {"type": "Pods", "pods": {"metric": {"name": "m", "selector": selector}, "target": average}},
        {"type": "Object", "object": {"describedObject": about, "metric": {"name": "m"}, "target": {"type": "Value", "value": "10"}}},
        {"type": "Object", "object": {"describedObject": about, "metric": {"name": "m", "selector": selector}, "target": average}},
        {"type": "External", "external": {"metric": {"name": "m", "selector": selector}, "target": average}},
        {"type": "External", "external": {"metric": {"name": "m"}, "target": {"type": "Value", "value": "1"}}},
        {"type": "Resource", "resource": {"name": "memory", "target": average}},
        {"type": "ContainerResource", "containerResource": {"container": "c", "name": "memory", "target": average}},
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
    ]);
    let value = json!({"averageValue": "3", "averageUtilization": 4});
    let status = json!({
        "observedGeneration": 1, "currentReplicas": 2, "desiredReplicas": 3,
        "lastScaleTime": "2026-01-01T00:00:00Z",
        "conditions": [
            {"type": "A", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "r", "message": "m"},
            {"type": "B", "status": "False"},
        ],
        "currentMetrics": [
            {"type": "Resource", "resource": {"name": "cpu", "current": value}},
            {"type": "Pods", "pods": {"metric": {"name": "m"}, "current": {"averageValue": "3"}}},
            {"type": "Object", "object": {"describedObject": about, "metric": {"name": "m"}, "current": {"value": "3"}}},
            {"type": "ContainerResource", "containerResource": {"container": "c", "name": "cpu", "current": value}},
            {"type": "External", "external": {"metric": {"name": "m"}, "current": {"value": "3"}}},
        ],
    });
    let behavior = json!({
        "scaleDown": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 2}], "tolerance": "0.1"},
    });
    let versions = ["autoscaling/v2", "autoscaling/v1"];
    let meta = json!({"name": "all", "annotations": {"x": "y"}});
    let spec = json!({
        "maxReplicas": 3, "behavior": behavior, "scaleTargetRef": target, "metrics": metrics,
    });
    let object = json!({"metadata": meta, "spec": spec, "status": status});
    both_ways(&lab, "horizontalpodautoscalers", versions, object).await;

    let spec = json!({"maxReplicas": 3, "scaleTargetRef": target});
    let object =
        json!({"metadata": {"name": "plain"}, "spec": spec, "status": {"desiredReplicas": 0}});
    both_ways(&lab, "horizontalpodautoscalers", versions, object).await;

    let spec = json!({
        "maxReplicas": 3, "scaleTargetRef": target, "targetCPUUtilizationPercentage": 30,
    });
    let status = json!({"currentReplicas": 1, "desiredReplicas": 1});
    let object = json!({"metadata": {"name": "old"}, "spec": spec, "status": status});
    let versions = ["autoscaling/v1", "autoscaling/v2"];
    both_ways(&lab, "horizontalpodautoscalers", versions, object).await;
}

#[tokio::test]
async fn events_are_read_at_both_versions() {
    let Some(lab) = lab("events").await else { return };
    let about = json!({"kind": "Pod", "name": "x", "namespace": lab.namespace});
    let object = json!({
        "metadata": {"name": "a"}, "involvedObject": about, "reason": "r", "message": "m",
        "source": {"component": "c"}, "count": 2, "type": "Normal",
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:01Z",
    });
    both_ways(&lab, "events", ["v1", "events.k8s.io/v1"], object).await;
    let object = json!({"metadata": {"name": "b"}, "involvedObject": about});
    both_ways(&lab, "events", ["v1", "events.k8s.io/v1"], object).await;
    let object = json!({
        "metadata": {"name": "c"}, "eventTime": "2026-01-01T00:00:00.000000Z", "action": "a",
        "reportingController": "a.b/c", "reportingInstance": "i", "reason": "r", "type": "Normal",
        "regarding": about, "note": "n", "related": about,
        "series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:00.000001Z"},
    });
    both_ways(&lab, "events", ["events.k8s.io/v1", "v1"], object).await;
}
