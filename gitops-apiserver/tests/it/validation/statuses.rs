//! Statuses, broken in every place and way, sent to both.

use super::bases::{BASES, Base};
use super::broken::{Count, base, report, wanted};
use super::device_bases::{DEVICE_STATUSES, DEVICES};
use super::lab::{Lab, Resource, Said, any_version, difference, ours, prepare, seen};
use super::mutations;
use super::rare::RARE;
use gitops_apiserver::builtin::validation;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A valid status for the first of the objects of a kind.
pub(super) type Status = (&'static str, &'static str, fn() -> Value);

const STATUSES: &[Status] = &[
    ("Deployment", "status", || {
        json!({"observedGeneration": 1, "replicas": 4, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 2,
            "unavailableReplicas": 1, "collisionCount": 5, "terminatingReplicas": 1,
            "conditions": [{"type": "Available", "status": "True"}]})
    }),
    (
        "ReplicaSet",
        "status",
        || json!({"observedGeneration": 1, "replicas": 4, "fullyLabeledReplicas": 3, "readyReplicas": 3, "availableReplicas": 2}),
    ),
    (
        "ReplicationController",
        "status",
        || json!({"observedGeneration": 1, "replicas": 4, "fullyLabeledReplicas": 3, "readyReplicas": 3, "availableReplicas": 2}),
    ),
    ("StatefulSet", "status", || {
        json!({"observedGeneration": 1, "replicas": 4, "readyReplicas": 3, "currentReplicas": 2, "updatedReplicas": 2,
            "availableReplicas": 2, "collisionCount": 5, "currentRevision": "a"})
    }),
    ("DaemonSet", "status", || {
        json!({"observedGeneration": 1, "currentNumberScheduled": 4, "numberMisscheduled": 3, "desiredNumberScheduled": 3,
            "numberReady": 2, "updatedNumberScheduled": 2, "numberAvailable": 2, "numberUnavailable": 1, "collisionCount": 5})
    }),
    ("Job", "status", || {
        json!({"active": 3, "succeeded": 2, "failed": 1, "ready": 1, "terminating": 1, "startTime": "2026-01-01T00:00:00Z",
            "completedIndexes": "0", "failedIndexes": "1", "uncountedTerminatedPods": {"succeeded": ["a"], "failed": ["b", "c"]},
            "conditions": [{"type": "Suspended", "status": "False"}]})
    }),
    ("Pod", "status", || {
        json!({"phase": "Running", "observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}, {"type": "example.com/x", "status": "True"}],
            "podIP": "1.2.3.4", "podIPs": [{"ip": "1.2.3.4"}, {"ip": "2001:db8::1"}], "hostIP": "1.2.3.5", "hostIPs": [{"ip": "1.2.3.5"}],
            "qosClass": "Burstable", "nominatedNodeName": "n",
            "containerStatuses": [{"name": "c", "image": "i", "imageID": "", "ready": false, "restartCount": 1, "state": {"terminated": {"exitCode": 1}},
                "user": {"linux": {"uid": 1, "gid": 2, "supplementalGroups": [3]}}}]})
    }),
    (
        "Service",
        "status",
        || json!({"loadBalancer": {}, "conditions": [{"type": "A", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "R", "message": ""}]}),
    ),
    (
        "Ingress",
        "status",
        || json!({"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}, {"hostname": "a.example.com"}]}}),
    ),
    ("Namespace", "status", || json!({"phase": "Active"})),
    ("Node", "status", || {
        json!({"capacity": {"cpu": "1", "memory": "1Gi"}, "allocatable": {"cpu": "1"},
            "addresses": [{"type": "InternalIP", "address": "1.2.3.4"}, {"type": "Hostname", "address": "x"}]})
    }),
    ("PersistentVolume", "status", || json!({"phase": "Available", "reason": "x"})),
    ("PersistentVolumeClaim", "status", || {
        json!({"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
            "allocatedResources": {"storage": "1Gi"}, "allocatedResourceStatuses": {"storage": "NodeResizePending"}})
    }),
    (
        "HorizontalPodAutoscaler",
        "status",
        || json!({"currentReplicas": 1, "desiredReplicas": 2, "conditions": [{"type": "AbleToScale", "status": "True"}]}),
    ),
    ("ResourceQuota", "status", || json!({"hard": {"pods": "1"}, "used": {"pods": "1"}})),
    (
        "PodDisruptionBudget",
        "status",
        || json!({"disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 2, "expectedPods": 3, "observedGeneration": 1}),
    ),
    (
        "FlowSchema",
        "status",
        || json!({"conditions": [{"type": "Dangling", "status": "True"}, {"type": "Other", "status": "True"}]}),
    ),
    (
        "CertificateSigningRequest",
        "approval",
        || json!({"conditions": [{"type": "Approved", "status": "True"}, {"type": "Other", "status": "False"}]}),
    ),
    (
        "CertificateSigningRequest",
        "status",
        || json!({"conditions": [{"type": "Failed", "status": "True"}, {"type": "Other", "status": "False"}]}),
    ),
    ("StorageVersionMigration", "status", || {
        json!({"resourceVersion": "7", "conditions": [
            {"type": "Succeeded", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "R", "message": ""},
            {"type": "Failed", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "R", "message": ""}]})
    }),
    (
        "ServiceCIDR",
        "status",
        || json!({"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "R", "message": ""}]}),
    ),
];

/// An object of the kind, as the server has it.
pub(super) async fn without_status(lab: &Lab, one: &Base) -> Value {
    let valid = base(lab, &one.of, one).await;
    let name = valid["metadata"]["name"].as_str().unwrap().to_owned();
    lab.remove(&one.of, &name).await;
    match lab.send("POST", &lab.path(&one.of), &valid).await {
        Said::Accepted(object) => object,
        other => panic!("{}: refused: {other:?}", one.of.kind),
    }
}

/// The same with a status.
pub(super) async fn with_status(lab: &Lab, one: &Base, sub: &str, status: &Value) -> Value {
    let mut object = without_status(lab, one).await;
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    object["status"] = status.clone();
    let path = format!("{}/{name}/{sub}", lab.path(&one.of));
    let object = any_version(&one.of, &object);
    match lab.send("PUT", &path, &object).await {
        Said::Accepted(object) => object,
        other => panic!("{}: the status is refused: {other:?}", one.of.kind),
    }
}

fn our_word(of: &Resource, sub: &str, changed: &Value, old: &Value) -> Option<Said> {
    let mut object = seen(of, changed)?;
    prepare(of, &mut object, Some((old, sub)));
    let errors = validation::update_subresource(of.api_version, of.kind, sub, &object, old);
    Some(ours(of, &object, &errors))
}

/// Compares what is said of broken statuses of an object.
pub(super) async fn compare(
    lab: &Lab,
    one: &Base,
    sub: &str,
    old: &Value,
    valid: &Value,
    root: &str,
) -> Count {
    let mut count = Count::default();
    let name = old["metadata"]["name"].as_str().unwrap();
    let path = format!("{}/{name}/{sub}?dryRun=All", lab.path(&one.of));
    let decoded = seen(&one.of, old).unwrap();
    for (what, changed) in mutations::below(valid, root) {
        let theirs = lab.send("PUT", &path, &any_version(&one.of, &changed)).await;
        match our_word(&one.of, sub, &changed, &decoded) {
            None => {
                assert!(matches!(theirs, Said::Else(400, _)), "{what}: {theirs:?}");
                count.skipped += 1;
            }
            Some(_) if matches!(theirs, Said::Else(..)) => count.skipped += 1,
            Some(ours) => match difference(&theirs, &ours) {
                None => count.same += 1,
                Some(text) => count.different.push(format!("{what}\n    {text}")),
            },
        }
    }
    lab.remove(&one.of, name).await;
    count
}

fn statuses() -> impl Iterator<Item = &'static Status> {
    STATUSES.iter().chain(DEVICE_STATUSES).filter(|(kind, ..)| wanted(kind))
}

fn base_of(kind: &str) -> &'static Base {
    let mut bases = BASES.iter().chain(RARE).chain(DEVICES);
    bases.find(|one| one.of.kind == kind).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_statuses_are_refused_alike() {
    let Some(lab) = Lab::new("statuses").await else { return };
    let mut counts = BTreeMap::new();
    for (kind, sub, status) in statuses() {
        let one = base_of(kind);
        let mut old = with_status(&lab, one, sub, &status()).await;
        old["metadata"].as_object_mut().unwrap().remove("managedFields");
        let count = compare(&lab, one, sub, &old, &old, "/status").await;
        counts.insert(format!("{kind} {sub}"), count);
    }
    assert_eq!(report("status", &counts), 0);
}

/// An allocation can't be changed once it is there: its rules are asked of the first only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_first_statuses_are_refused_alike() {
    let Some(lab) = Lab::new("first-statuses").await else { return };
    let mut counts = BTreeMap::new();
    for (kind, sub, status) in statuses().filter(|(kind, ..)| *kind == "ResourceClaim") {
        let one = base_of(kind);
        let old = without_status(&lab, one).await;
        let mut valid = old.clone();
        valid["metadata"].as_object_mut().unwrap().remove("managedFields");
        valid["status"] = status();
        let count = compare(&lab, one, sub, &old, &valid, "/status").await;
        counts.insert(format!("{kind} {sub}"), count);
    }
    assert_eq!(report("first status", &counts), 0);
}
