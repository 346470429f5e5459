//! Valid objects, broken in every place and way, sent to both.

use super::bases::{BASES, Base};
use super::device_bases::DEVICES;
use super::lab::{Lab, Resource, Said, difference, our_create, our_update, prepare, seen};
use super::mutations;
use super::rare::RARE;
use gitops_apiserver::builtin::strategy::services;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the server adds to an object when it stores it.
fn without_system_fields(object: &Value) -> Value {
    let mut object = object.clone();
    let meta = object["metadata"].as_object_mut().unwrap();
    for name in ["uid", "creationTimestamp", "managedFields", "resourceVersion", "generation"] {
        meta.remove(name);
    }
    object.as_object_mut().unwrap().remove("status");
    if object["kind"] == "Job" {
        // Made anew of the new Job's name and UID.
        object["spec"].as_object_mut().unwrap().remove("selector");
        for place in ["/metadata", "/spec/template/metadata"] {
            let Some(meta) = object.pointer_mut(place) else { continue };
            meta.as_object_mut().unwrap().remove("labels");
        }
    }
    // Addresses and ports that are taken in passing only.
    let spec = object.get_mut("spec").and_then(Value::as_object_mut);
    if let Some(spec) = spec.filter(|spec| spec.get("clusterIP").is_some_and(|ip| ip != "None")) {
        for name in ["clusterIP", "clusterIPs", "healthCheckNodePort"] {
            spec.remove(name);
        }
        for port in spec["ports"].as_array_mut().into_iter().flatten() {
            port.as_object_mut().unwrap().remove("nodePort");
        }
    }
    object
}

/// Which kinds to look at: all, or those that a variable names.
#[allow(clippy::disallowed_methods, reason = "a test's own switch")]
pub(super) fn wanted(kind: &str) -> bool {
    std::env::var("KIND").map_or(true, |only| only.split(',').any(|one| one == kind))
}

/// What differs, and why: nothing that rules on a decoded object could know.
const KNOWN: &[(&str, &str)] = &[
    // The server drops an owner that is there twice before it looks at any.
    ("ConfigMap", "/metadata/ownerReferences first twice"),
    // What is asked for administrators depends on the labels of the namespace.
    ("ResourceClaim", "/spec/devices/requests/0/exactly/adminAccess flipped"),
    ("ResourceClaimTemplate", "/spec/spec/devices/requests/0/exactly/adminAccess flipped"),
    // An empty list of policies isn't told from none once decoded, and none has defaults.
    ("HorizontalPodAutoscaler", "/spec/behavior/scale"),
    // The server takes a label that went away for one that got a new name.
    ("PersistentVolume", "/spec/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions/0/key "),
];

fn known(kind: &str, what: &str) -> bool {
    // Expressions are not compiled.
    let place = what.split(' ').next().unwrap_or_default();
    if kind.contains("Admission") || kind.contains("Webhook") {
        let compiled = place.ends_with("xpression") || place.ends_with("variables/0/name");
        let given = !what.ends_with("deleted") && !what.ends_with("empty");
        return compiled && given;
    }
    KNOWN.iter().any(|(of, start)| *of == kind && what.starts_with(start))
}

#[derive(Default)]
pub(super) struct Count {
    pub(super) same: usize,
    pub(super) skipped: usize,
    pub(super) different: Vec<String>,
}

pub(super) fn report(title: &str, counts: &BTreeMap<String, Count>) -> usize {
    let mut all = 0;
    for (kind, count) in counts {
        let different = count.different.len();
        println!(
            "{title} {kind}: {} same, {} skipped, {different} different",
            count.same, count.skipped
        );
        for one in &count.different {
            println!("  {one}");
        }
        all += different;
    }
    all
}

/// Gives a Service its addresses. Says whether there are any to be had.
fn service(object: &mut Value) -> bool {
    services::allocate_create(object, &range(), true).is_ok()
}

fn service_again(object: &mut Value, old: &Value) -> bool {
    services::allocate_update(object, old, &range(), true).is_ok()
}

fn range() -> services::ServiceRange {
    services::ServiceRange::new([10, 0, 0, 0].into(), 16)
}

pub(super) async fn base(lab: &Lab, of: &Resource, base: &Base) -> Value {
    let mut object: Value = (base.object)();
    object["apiVersion"] = of.api_version.into();
    object["kind"] = of.kind.into();
    if object.get("involvedObject").is_some() {
        object["involvedObject"]["namespace"] = lab.namespace.clone().into();
    }
    if object.get("regarding").is_some() {
        object["regarding"]["namespace"] = lab.namespace.clone().into();
    }
    if !of.namespaced && !matches!(of.kind, "APIService" | "IPAddress") {
        let name = object["metadata"]["name"].as_str().unwrap();
        object["metadata"]["name"] = format!("{name}-{}", lab.namespace).into();
    }
    match lab.create(of, &object).await {
        Said::Accepted(object) => without_system_fields(&object),
        other => panic!("{}: the base is refused: {other:?}", of.kind),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_new_objects_are_refused_alike() {
    let Some(lab) = Lab::new("broken").await else { return };
    let mut counts = BTreeMap::new();
    for one in BASES.iter().chain(RARE).chain(DEVICES).filter(|one| wanted(one.of.kind)) {
        let mut count = Count::default();
        let valid = base(&lab, &one.of, one).await;
        for (what, broken) in
            [("as it is".to_owned(), valid.clone())].into_iter().chain(mutations::all(&valid))
        {
            let theirs = lab.create(&one.of, &broken).await;
            let Some(object) = seen(&one.of, &broken) else {
                assert!(matches!(theirs, Said::Else(400, _)), "{what}: {theirs:?}");
                count.skipped += 1;
                continue;
            };
            let mut object = object;
            if one.of.namespaced && object["metadata"].get("namespace").is_none() {
                object["metadata"]["namespace"] = lab.namespace.clone().into();
            }
            if matches!(theirs, Said::Else(..)) {
                count.skipped += 1;
                continue;
            }
            object["metadata"]["uid"] = "a-uid".into();
            if one.of.kind == "Service" && !service(&mut object) {
                count.skipped += 1;
                continue;
            }
            prepare(&one.of, &mut object, None);
            if known(one.of.kind, &what) {
                count.skipped += 1;
                continue;
            }
            match difference(&theirs, &our_create(&one.of, &object)) {
                None => count.same += 1,
                Some(text) => count.different.push(format!("{what}\n    {text}")),
            }
        }
        counts.insert(format!("{} {}", one.of.kind, one.name), count);
    }
    assert_eq!(report("create", &counts), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_changes_are_refused_alike() {
    let Some(lab) = Lab::new("changes").await else { return };
    let mut counts = BTreeMap::new();
    for one in BASES.iter().chain(RARE).chain(DEVICES).filter(|one| wanted(one.of.kind)) {
        let mut count = Count::default();
        let valid = base(&lab, &one.of, one).await;
        let name = valid["metadata"]["name"].as_str().unwrap().to_owned();
        let old = match lab.send("POST", &lab.path(&one.of), &valid).await {
            Said::Accepted(old) => old,
            other => panic!("{}: {other:?}", one.of.kind),
        };
        let mut whole = old.clone();
        whole["metadata"].as_object_mut().unwrap().remove("managedFields");
        for (what, changed) in mutations::all(&whole) {
            // The server takes these from the old object, the path or the clock.
            let system = ["resourceVersion", "uid", "generation", "creationTimestamp", "name "];
            if system.iter().any(|name| what.starts_with(&format!("/metadata/{name}")))
                || what.starts_with("/metadata/namespace")
            {
                continue;
            }
            let theirs = lab.update(&one.of, &name, &changed).await;
            let Some(mut object) = seen(&one.of, &changed) else {
                assert!(matches!(theirs, Said::Else(400, _)), "{what}: {theirs:?}");
                count.skipped += 1;
                continue;
            };
            if matches!(theirs, Said::Else(..)) {
                count.skipped += 1;
                continue;
            }
            for field in ["uid", "creationTimestamp", "generation", "namespace", "name"] {
                if let Some(value) = old["metadata"].get(field) {
                    object["metadata"][field] = value.clone();
                }
            }
            // Admission fills these in.
            let filled = ["preemptionPolicy", "priority", "tolerations"];
            if one.of.kind == "Pod" && filled.iter().any(|name| what.contains(name)) {
                count.skipped += 1;
                continue;
            }
            if one.of.kind == "Service" && !service_again(&mut object, &old) {
                count.skipped += 1;
                continue;
            }
            prepare(&one.of, &mut object, Some((&old, "")));
            if known(one.of.kind, &what) {
                count.skipped += 1;
                continue;
            }
            match difference(&theirs, &our_update(&one.of, &object, &old)) {
                None => count.same += 1,
                Some(text) => count.different.push(format!("{what}\n    {text}")),
            }
        }
        lab.remove(&one.of, &name).await;
        counts.insert(format!("{} {}", one.of.kind, one.name), count);
    }
    assert_eq!(report("update", &counts), 0);
}
