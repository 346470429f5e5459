//! Objects whose cells depend on their status, in the states that the server tells apart.

use super::real_server::compare;
use crate::protobuf::lab::{JSON, Lab, lab};
use gitops_apiserver::table::Columns;
use http::StatusCode;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

#[allow(clippy::disallowed_methods, reason = "the real server's ages are those of the wall clock")]
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// Creates an object, gives it a status, and compares its row.
async fn check(lab: &Lab, resource: &str, mut object: Value, status: &Value) {
    let version = object["apiVersion"].as_str().unwrap().to_owned();
    let api = if version.contains('/') { "apis" } else { "api" };
    let folder = format!("/{api}/{version}/namespaces/{}/{resource}", lab.namespace);
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    let body = Some((JSON, object.to_string().into_bytes()));
    let (code, answer) = lab.send("POST", &folder, JSON, body).await;
    assert_eq!(code, StatusCode::CREATED, "{}", String::from_utf8_lossy(&answer));
    object["status"] = status.clone();
    let path = format!("{folder}/{name}");
    let body = Some((JSON, object.to_string().into_bytes()));
    let (code, answer) = lab.send("PUT", &format!("{path}/status"), JSON, body).await;
    assert!(code.is_success(), "{}", String::from_utf8_lossy(&answer));
    if object["metadata"]["finalizers"].is_array() {
        lab.send("DELETE", &path, JSON, None).await;
    }
    let before = now();
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    let (_, body) = lab.send("GET", &format!("{path}?includeObject=Object"), accept, None).await;
    let table: Value = serde_json::from_slice(&body).unwrap();
    let columns = Columns::built_in(&version, object["kind"].as_str().unwrap());
    compare(&columns, &table, &table["rows"][0]["object"], [before, now()], true);
}

#[tokio::test]
async fn pods_in_many_states() {
    let Some(lab) = lab().await else { return };
    let at = |time: &str| json!({"exitCode": 1, "finishedAt": time, "startedAt": time});
    let done = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
    let running = json!({"running": {}});
    let waiting = |reason: &str| json!({"waiting": {"reason": reason}});
    let ended = |code: i64, reason: &str, signal: i64| json!({"terminated": {"exitCode": code, "reason": reason, "signal": signal}});
    let container = |name: &str, ready: bool, restarts: i64, state: &Value| {
        json!({"name": name, "ready": ready, "restartCount": restarts, "image": "i", "imageID": "", "state": state,
            "lastState": if restarts > 1 { json!({"terminated": at("2026-01-02T03:04:05Z")}) } else { json!({}) }})
    };
    let sidecar = |ready: bool, started: bool, restarts: i64| {
        let mut one = container("side", ready, restarts, &running);
        one["started"] = started.into();
        one
    };
    let ready = |status: &str| json!([{"type": "Ready", "status": status}, {"type": "example.com/gate", "status": "True"}]);
    let statuses = [
        json!({}),
        json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}),
        json!({"phase": "Pending", "reason": "Evicted", "nominatedNodeName": "n"}),
        json!({"phase": "Failed", "reason": "Evicted", "message": "low"}),
        json!({"phase": "Succeeded", "containerStatuses": [container("a", false, 0, &done), container("b", false, 0, &done)]}),
        json!({"phase": "Running", "podIP": "10.1.1.1", "podIPs": [{"ip": "10.1.1.1"}], "conditions": ready("True"),
            "containerStatuses": [container("a", true, 0, &running), container("b", true, 3, &running)]}),
        json!({"phase": "Running", "conditions": ready("True"), "containerStatuses": [container("a", true, 0, &running), container("b", false, 0, &done)]}),
        json!({"phase": "Running", "conditions": ready("False"), "containerStatuses": [container("a", true, 0, &running), container("b", false, 1, &done)]}),
        json!({"phase": "Running", "containerStatuses": [container("a", false, 0, &done), container("b", false, 0, &ended(3, "", 0))]}),
        json!({"phase": "Running", "containerStatuses": [container("a", false, 0, &ended(137, "OOMKilled", 9)), container("b", false, 0, &ended(1, "", 15))]}),
        json!({"phase": "Running", "containerStatuses": [container("a", false, 5, &waiting("CrashLoopBackOff")), container("b", false, 0, &waiting(""))]}),
        json!({"phase": "Pending", "initContainerStatuses": [container("init", false, 2, &waiting("ImagePullBackOff"))], "containerStatuses": [container("a", false, 7, &waiting("PodInitializing"))]}),
        json!({"phase": "Pending", "initContainerStatuses": [container("init", false, 0, &waiting("PodInitializing"))]}),
        json!({"phase": "Pending", "initContainerStatuses": [container("init", false, 2, &ended(2, "", 0)), sidecar(true, true, 4)]}),
        json!({"phase": "Pending", "initContainerStatuses": [container("init", false, 2, &ended(2, "", 9))]}),
        json!({"phase": "Pending", "initContainerStatuses": [container("init", false, 2, &ended(2, "Error", 9))]}),
        json!({"phase": "Pending", "initContainerStatuses": [container("init", false, 2, &done), sidecar(false, false, 2)]}),
        json!({"phase": "Running", "initContainerStatuses": [container("init", false, 2, &done), sidecar(true, true, 2)],
            "containerStatuses": [container("a", true, 0, &running), container("b", false, 1, &running)]}),
        json!({"phase": "Running", "conditions": [{"type": "Initialized", "status": "True"}], "initContainerStatuses": [sidecar(false, false, 2)],
            "containerStatuses": [container("a", true, 1, &running)]}),
        json!({"phase": "Running", "conditions": [{"type": "Initialized", "status": "False"}], "initContainerStatuses": [sidecar(false, false, 2)],
            "containerStatuses": [container("a", true, 1, &running)]}),
        json!({"phase": "Running", "reason": "NodeLost", "containerStatuses": [container("a", true, 0, &running)]}),
    ];
    for (index, status) in statuses.iter().enumerate() {
        for deleted in [false, true] {
            let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("pod-{index}-{deleted}")},
            "spec": {
                "readinessGates": [{"conditionType": "example.com/gate"}, {"conditionType": "example.com/other"}],
                "initContainers": [{"name": "init", "image": "i"}, {"name": "side", "image": "i", "restartPolicy": "Always"}],
                "containers": [{"name": "a", "image": "i"}, {"name": "b", "image": "i"}],
            }});
            if deleted {
                pod["metadata"]["finalizers"] = json!(["example.com/hold"]);
            }
            check(&lab, "pods", pod, status).await;
        }
    }
}

#[tokio::test]
async fn others_with_a_status() {
    let Some(lab) = lab().await else { return };
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "i"}, {"name": "b", "image": "j"}]}});
    let time = |second: u32| format!("2026-01-02T03:04:{second:02}Z");
    let condition = |kind: &str| json!([{"type": kind, "status": "True", "lastProbeTime": time(1), "lastTransitionTime": time(1), "reason": "R", "message": "m"}]);
    let job = |name: &str, spec: Value| {
        let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec});
        job["spec"]["template"] = template.clone();
        job["spec"]["template"]["metadata"] = json!({});
        job
    };
    check(&lab, "jobs", job("a", json!({"parallelism": 3})), &json!({})).await;
    check(
        &lab,
        "jobs",
        job("b", json!({"completions": 3})),
        &json!({"startTime": time(0), "succeeded": 1, "uncountedTerminatedPods": {}}),
    )
    .await;
    check(
        &lab,
        "jobs",
        job("c", json!({"suspend": true})),
        &json!({"conditions": condition("Suspended")}),
    )
    .await;
    check(&lab, "jobs", job("d", json!({})), &json!({"startTime": time(0), "conditions": condition("FailureTarget"), "uncountedTerminatedPods": {}})).await;
    let metric =
        |target: Value| json!({"type": "Resource", "resource": {"name": "cpu", "target": target}});
    let current = |current: Value| json!({"type": "Resource", "resource": {"name": "cpu", "current": current}});
    let average = json!({"type": "AverageValue", "averageValue": "1500m"});
    let used = json!({"type": "Utilization", "averageUtilization": 60});
    let object = json!({"type": "Object", "object": {"metric": {"name": "m"}, "describedObject": {"kind": "A", "name": "b"}, "target": {"type": "Value", "value": "10k"}}});
    let external = json!({"type": "External", "external": {"metric": {"name": "m"}, "target": {"type": "AverageValue", "averageValue": "2"}}});
    let pods = json!({"type": "Pods", "pods": {"metric": {"name": "m"}, "target": {"type": "AverageValue", "averageValue": "7"}}});
    let scalers = [
        (json!([metric(average.clone())]), json!([current(json!({"averageValue": "1"}))])),
        (
            json!([metric(used.clone()), metric(average)]),
            json!([current(json!({"averageValue": "1", "averageUtilization": 5}))]),
        ),
        (
            json!([object, external, pods.clone()]),
            json!([{"type": "Object", "object": {"metric": {"name": "m"}, "describedObject": {"kind": "A", "name": "b"}, "current": {"value": "3k"}}}]),
        ),
        (
            json!([pods]),
            json!([{"type": "Pods", "pods": {"metric": {"name": "m"}, "current": {"averageValue": "12"}}}]),
        ),
        (json!([metric(used)]), json!([])),
    ];
    for (index, (metrics, statuses)) in scalers.into_iter().enumerate() {
        let spec = json!({"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}, "maxReplicas": 3, "metrics": metrics});
        let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": format!("s{index}")}, "spec": spec});
        check(
            &lab,
            "horizontalpodautoscalers",
            scaler,
            &json!({"desiredReplicas": 2, "currentReplicas": 1, "currentMetrics": statuses}),
        )
        .await;
    }
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"});
    let spec =
        json!({"scaleTargetRef": target, "maxReplicas": 3, "targetCPUUtilizationPercentage": 50});
    let scaler = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "v1"}, "spec": spec});
    let status =
        json!({"desiredReplicas": 2, "currentReplicas": 1, "currentCPUUtilizationPercentage": 9});
    check(&lab, "horizontalpodautoscalers", scaler, &status).await;
    let service = |name: &str, spec: Value| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec});
    let ports = json!([{"name": "a", "port": 80}, {"name": "b", "port": 53, "protocol": "UDP"}]);
    let balancer = json!({"loadBalancer": {"ingress": [{"ip": "10.9.9.9"}, {"hostname": "b.example"}, {"ip": "10.1.1.1"}]}});
    check(
        &lab,
        "services",
        service("a", json!({"type": "LoadBalancer", "ports": ports})),
        &json!({}),
    )
    .await;
    check(
        &lab,
        "services",
        service("b", json!({"type": "LoadBalancer", "ports": ports, "externalIPs": ["10.3.3.3"]})),
        &balancer,
    )
    .await;
    check(
        &lab,
        "services",
        service("c", json!({"type": "LoadBalancer", "ports": ports})),
        &balancer,
    )
    .await;
    check(
        &lab,
        "services",
        service("d", json!({"type": "ExternalName", "externalName": "x.example"})),
        &json!({}),
    )
    .await;
    check(&lab, "services", service("e", json!({"clusterIP": "None", "selector": {"a": "b", "c": "d"}, "externalIPs": ["10.3.3.3", "10.3.3.4"]})), &json!({})).await;
    let rule = |host: Option<&str>| match host {
        Some(host) => json!({"host": host}),
        None => {
            json!({"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}})
        }
    };
    let hosts = [
        vec![None],
        vec![Some("a.x"), None],
        vec![Some("a.x"), None, Some("b.x"), Some("c.x"), None, Some("d.x")],
        vec![Some("a.x"), Some("b.x"), Some("c.x")],
    ];
    for (index, hosts) in hosts.iter().enumerate() {
        let rules: Vec<Value> = hosts.iter().map(|host| rule(*host)).collect();
        let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": format!("i{index}")}, "spec": {"rules": rules}});
        check(&lab, "ingresses", ingress, &balancer).await;
    }
    let claim = |name: &str, spec: Value| json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "annotations": {"volume.beta.kubernetes.io/storage-class": "old"}}, "spec": spec});
    let spec = json!({"accessModes": ["ReadWriteMany", "ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    check(&lab, "persistentvolumeclaims", claim("a", spec.clone()), &json!({"phase": "Pending"}))
        .await;
    let mut bound = spec;
    bound["volumeName"] = "v".into();
    check(&lab, "persistentvolumeclaims", claim("b", bound), &json!({"phase": "Bound", "accessModes": ["ReadWriteMany", "ReadWriteOnce"], "capacity": {"storage": "2Gi"}})).await;
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "1000", "limits.cpu": "90"}}});
    check(&lab, "resourcequotas", quota, &json!({"hard": {"pods": "1000", "limits.cpu": "90", "limits.memory": "1Gi"}, "used": {"pods": "1", "limits.cpu": "500m"}})).await;
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "z", "operator": "DoesNotExist"}, {"key": "b", "operator": "NotIn", "values": ["y", "x"]}]}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "i"}]}}}});
    check(
        &lab,
        "deployments",
        deployment,
        &json!({"replicas": 3, "updatedReplicas": 2, "readyReplicas": 1, "availableReplicas": 1}),
    )
    .await;
}
