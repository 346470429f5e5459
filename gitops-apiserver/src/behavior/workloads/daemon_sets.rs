//! DaemonSets: one pod on each node. A cluster without Node objects has one node.

use super::{
    NODES, PODS,
    controller::{Controller, RETRY},
    pods,
    revisions::{self, Revisions},
};
use crate::{builtin::defaults::field, object, status::Status, store::Range};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const REVISION: &str = "controller-revision-hash";
const GENERATION: &str = "pod-template-generation";
/// What the pods of a DaemonSet bear.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// Looks at a set.
pub(super) fn sync(at: &mut Controller<'_>) {
    let Ok(revisions) = revisions::revisions(at) else { return at.again(RETRY) };
    let nodes = nodes(at);
    let hash = label(&revisions.update, REVISION).to_owned();
    let pods = at.controlled(PODS);
    at.wake(&pods);
    if !at.is_deleting() && manage(at, &nodes, &pods, &revisions, &hash).is_err() {
        at.again(RETRY);
    }
    say(at, &nodes, &hash);
    let pods = at.controlled(PODS);
    let used: Vec<&str> = pods.iter().map(|pod| label(pod, REVISION)).chain([&*hash]).collect();
    let used: Vec<&str> = revisions
        .all
        .iter()
        .filter(|one| used.contains(&label(one, REVISION)))
        .map(|one| object::meta(one, "name"))
        .collect();
    revisions::truncate(at, &revisions.all, &used);
}

fn label<'v>(object: &'v Value, name: &str) -> &'v str {
    let labels = object::meta_value(object, "labels");
    labels.and_then(|labels| labels.get(name)).and_then(Value::as_str).unwrap_or_default()
}

/// The nodes that a set is for: those that its `nodeSelector` selects.
fn nodes(at: &Controller<'_>) -> Vec<String> {
    let nodes = at.core().store.list(NODES, Range::default()).items;
    if nodes.is_empty() {
        return vec![pods::NODE.to_owned()];
    }
    let wanted = field::get(&at.object, "spec.template.spec.nodeSelector");
    let wanted = wanted.and_then(Value::as_object);
    let fits = nodes.iter().filter(|(_, node)| {
        let node: Value = serde_json::from_slice(&node.bytes).unwrap_or_default();
        let mut each = wanted.into_iter().flatten();
        each.all(|(name, value)| Some(label(&node, name)) == value.as_str())
    });
    fits.map(|(name, _)| (**name).to_owned()).collect()
}

/// The node of a pod: where it runs, or where it is to run.
fn node_of(pod: &Value) -> &str {
    match field::text(pod, "spec.nodeName") {
        "" => pod
            .pointer("/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0/values/0")
            .and_then(Value::as_str)
            .unwrap_or_default(),
        name => name,
    }
}

/// Makes the pods that are missing, deletes those too many, and replaces those of old templates, so
/// many at a time as may be unavailable.
fn manage(
    at: &Controller<'_>,
    nodes: &[String],
    pods: &[Value],
    revisions: &Revisions,
    hash: &str,
) -> Result<(), Status> {
    let mut by_node: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for pod in pods {
        by_node.entry(node_of(pod)).or_default().push(pod);
    }
    for (node, pods) in &by_node {
        let keep = usize::from(nodes.iter().any(|name| name == node));
        let live = pods.iter().copied().filter(|pod| !object::is_deleting(pod));
        let (ended, live): (Vec<&Value>, Vec<&Value>) = live.partition(|pod| pods::has_ended(pod));
        for pod in ended.iter().chain(live.iter().skip(keep)) {
            at.delete(PODS, pod);
        }
    }
    let template = revisions::template(&revisions.update);
    for node in nodes.iter().filter(|node| !by_node.contains_key(node.as_str())) {
        at.create(PODS, pod(at, &template, node, hash))?;
    }
    if field::text(&at.object, "spec.updateStrategy.type") != "OnDelete" {
        replace(at, nodes, pods, hash);
    }
    Ok(())
}

fn replace(at: &Controller<'_>, nodes: &[String], pods: &[Value], hash: &str) {
    let whole = i64::try_from(nodes.len()).unwrap_or(i64::MAX);
    let limit = field::get(&at.object, "spec.updateStrategy.rollingUpdate.maxUnavailable");
    let limit = super::scaling::share(limit, whole, true).max(1);
    let live: Vec<&Value> = pods.iter().filter(|pod| pods::is_active(pod)).collect();
    let mut room = limit - (whole - at.available(&live));
    for pod in live.iter().filter(|pod| label(pod, REVISION) != hash) {
        // One that is not available makes nothing worse.
        if at.available(&[pod]) == 0 {
            at.delete(PODS, pod);
        } else if room > 0 {
            room -= 1;
            at.delete(PODS, pod);
        }
    }
}

fn pod(at: &Controller<'_>, template: &Value, node: &str, hash: &str) -> Value {
    let mut pod = at.pod(template);
    let mut labels = object::meta_value(&pod, "labels").cloned().unwrap_or(json!({}));
    labels[REVISION] = hash.into();
    if let Some(generation) =
        super::deployments::annotation(&at.object, "deprecated.daemonset.template.generation")
    {
        labels[GENERATION] = generation.into();
    }
    object::set_meta(&mut pod, "labels", labels);
    let here = json!({"matchFields": [
        {"key": "metadata.name", "operator": "In", "values": [node]},
    ]});
    let path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    field::put(&mut pod, path, json!({"nodeSelectorTerms": [here]}));
    let mut tolerations = field::items(&pod, "spec.tolerations").to_vec();
    let mut tolerated = TOLERATED.to_vec();
    if field::flag(&pod, "spec.hostNetwork") {
        tolerated.push(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    }
    for (key, effect) in tolerated {
        let toleration = json!({"key": key, "operator": "Exists", "effect": effect});
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    }
    field::put(&mut pod, "spec.tolerations", tolerations);
    pod
}

/// Says in the status how it is.
fn say(at: &mut Controller<'_>, nodes: &[String], hash: &str) {
    let pods = at.controlled(PODS);
    let wanted = i64::try_from(nodes.len()).unwrap_or(i64::MAX);
    let live: Vec<&Value> = pods.iter().filter(|pod| !object::is_deleting(pod)).collect();
    let (right, wrong): (Vec<&Value>, Vec<&Value>) =
        live.into_iter().partition(|pod| nodes.iter().any(|node| node == node_of(pod)));
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let ready = number(right.iter().filter(|pod| pods::is_ready(pod)).count());
    let updated = number(right.iter().filter(|pod| label(pod, REVISION) == hash).count());
    let available = at.available(&right);
    let generation = object::generation(&at.object);
    let object = &mut at.object;
    field::put(object, "status.currentNumberScheduled", number(right.len()));
    field::put(object, "status.numberMisscheduled", number(wrong.len()));
    field::put(object, "status.desiredNumberScheduled", wanted);
    field::put(object, "status.numberReady", ready);
    super::controller::count(object, "observedGeneration", generation);
    super::controller::count(object, "updatedNumberScheduled", updated);
    super::controller::count(object, "numberAvailable", available);
    super::controller::count(object, "numberUnavailable", wanted - available);
    at.store_status();
}
