//! Pods whose resources change while they run.

use super::bases::{BASES, Base, base, of};
use super::broken::{report, wanted};
use super::lab::{Lab, Resource};
use super::statuses::{compare, with_status, without_status};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const POD: Resource = of("v1", "Pod", "pods", true);

const SIZED: &[Base] = &[
    base(POD, "with sizes", || {
        json!({"metadata": {"name": "sized"}, "spec": {"containers": [
            {"name": "c", "image": "i", "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
                "resources": {"requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"}, "limits": {"cpu": "2", "memory": "1Gi"}}},
            {"name": "d", "image": "i", "resources": {"requests": {"cpu": "1"}}},
            {"name": "e", "image": "i"}],
            "initContainers": [
            {"name": "i", "image": "i", "resources": {"requests": {"cpu": "1", "ephemeral-storage": "1Gi"}}},
            {"name": "s", "image": "i", "restartPolicy": "Always", "resources": {"limits": {"memory": "1Gi"}},
                "resizePolicy": [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]}],
            "volumes": [{"name": "v", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}]}})
    }),
    base(POD, "guaranteed", || {
        json!({"metadata": {"name": "guaranteed"}, "spec": {"containers": [
            {"name": "c", "image": "i", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}}]}})
    }),
    base(POD, "as a whole", || {
        json!({"metadata": {"name": "whole"}, "spec": {"resources": {"requests": {"cpu": "2", "memory": "2Gi"}, "limits": {"cpu": "4", "memory": "4Gi", "hugepages-2Mi": "4Mi"}},
            "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}}]}})
    }),
    base(POD, "windows", || {
        json!({"metadata": {"name": "windows"}, "spec": {"os": {"name": "windows"}, "containers": [
            {"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}}}]}})
    }),
    base(POD, "static", || {
        json!({"metadata": {"name": "static", "annotations": {"kubernetes.io/config.mirror": "x"}}, "spec": {"nodeName": "n",
            "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}}}]}})
    }),
];

/// Of a pod on a node that says nothing of resources.
fn running() -> Value {
    json!({"phase": "Running", "qosClass": "Guaranteed", "containerStatuses": [
        {"name": "c", "image": "i", "imageID": "", "ready": true, "restartCount": 0, "state": {"running": {}}}]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_sizes_are_refused_alike() {
    let Some(lab) = Lab::new("sizes").await else { return };
    let mut counts = BTreeMap::new();
    for one in BASES.iter().chain(SIZED).filter(|one| one.of.kind == "Pod" && wanted("Pod")) {
        let mut old = without_status(&lab, one).await;
        old["metadata"].as_object_mut().unwrap().remove("managedFields");
        let count = compare(&lab, one, "resize", &old, &old, "/spec").await;
        counts.insert(format!("Pod {}", one.name), count);
    }
    for one in SIZED.iter().filter(|one| one.name == "guaranteed" && wanted("Pod")) {
        let mut old = with_status(&lab, one, "status", &running()).await;
        old["metadata"].as_object_mut().unwrap().remove("managedFields");
        let count = compare(&lab, one, "resize", &old, &old, "/spec").await;
        counts.insert("Pod running".to_owned(), count);
    }
    assert_eq!(report("resize", &counts), 0);
}
