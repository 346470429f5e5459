//! Law: whatever others do, the fingerprint moves if and only if applying would write, and what
//! they do to our part is undone without a trace.

use crate::{
    law_lab::{Lab, OURS, digest, workload},
    law_mutations::{of_owned, of_unowned, sample},
};
use gitops_core::model::Verified;
use gitops_kube::{
    diff::settled,
    fingerprint::{Fingerprint, fingerprint},
    migrate::{Takeover, migrate},
    repair::{Memory, displaced},
};
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use serde_json::Value;

#[derive(Debug, Default)]
struct Count {
    objects: usize,
    unknown_kind: usize,
    refused_objects: usize,
    changes: usize,
    refused: usize,
    without_effect: usize,
    seen: usize,
    displaced: usize,
    silent: usize,
    wrong: Vec<String>,
}

#[tokio::test]
async fn foreign_changes_kube_prometheus() {
    run("kube-prometheus").await;
}

#[tokio::test]
async fn foreign_changes_cmo() {
    run("cmo").await;
}

async fn run(name: &str) {
    let Some(objects) = workload(name) else { return };
    let Some(server) = server_or_skip_with(ControlPlane::builder()).await else { return };
    let mut lab = Lab::new(server.client().await.unwrap()).await;
    lab.prepare(&objects).await;
    let mut count = Count::default();
    for object in &objects {
        one(&lab, object, &mut count).await;
    }
    println!("{name}: {count:#?}");
    assert!(count.wrong.is_empty());
    // A law that is never put to the test holds for nothing.
    assert!(count.seen > 500 && count.silent > 100 && count.displaced > 5);
}

async fn one(lab: &Lab, object: &Value, count: &mut Count) {
    let Some(path) = lab.path(object) else {
        count.unknown_kind += 1;
        return;
    };
    if let Err((code, message)) = lab.apply(&path, object, OURS).await {
        println!("{path}: {code} {message}");
        count.refused_objects += 1;
        return;
    }
    count.objects += 1;
    let base = lab.get(&path).await.unwrap();
    let first = fingerprint(&base, OURS);
    if !in_sync(lab, &path, object, &base).await {
        count.wrong.push(format!("{path}: drifted after its own apply"));
    }

    // Every change to a definition makes the server build its schemas anew: a few do.
    let definition = object["kind"] == "CustomResourceDefinition";
    let most = if definition { 1 } else { 16 };
    for mutation in sample(of_owned(&base, OURS), most) {
        count.changes += 1;
        let mut changed = mutation.object;
        let now = lab.get(&path).await.unwrap();
        changed["metadata"]["resourceVersion"] = now["metadata"]["resourceVersion"].clone();
        let live = match lab.put(&path, &changed, "foreign").await {
            Ok(live)
                if live["metadata"]["resourceVersion"] == now["metadata"]["resourceVersion"] =>
            {
                count.without_effect += 1;
                continue;
            }
            Ok(live) => live,
            Err(_) => {
                count.refused += 1;
                continue;
            }
        };
        let place = format!("{path}: {}", mutation.what);
        judge(lab, &path, object, &live, &first, &place, count).await;
        if let Err(why) = repair(lab, &path, object, live, &first, &base, count).await {
            count.wrong.push(format!("{place}: not repaired: {why}"));
            // Start over, so that one failure is one failure.
            if object["kind"] != "Namespace" && !definition {
                lab.delete(&path).await.unwrap();
                lab.apply(&path, object, OURS).await.unwrap();
            }
        }
    }
    let base = lab.get(&path).await.unwrap();
    for mutation in sample(of_unowned(&base, OURS), most) {
        count.changes += 1;
        let mut changed = mutation.object;
        let now = lab.get(&path).await.unwrap();
        changed["metadata"]["resourceVersion"] = now["metadata"]["resourceVersion"].clone();
        match lab.put(&path, &changed, "foreign").await {
            Ok(live) => {
                let place = format!("{path}: {}", mutation.what);
                judge(lab, &path, object, &live, &first, &place, count).await;
            }
            Err(_) => count.refused += 1,
        }
    }
    if object["kind"] != "Namespace" && !definition {
        lab.delete(&path).await.unwrap();
    }
}

async fn in_sync(lab: &Lab, path: &str, object: &Value, live: &Value) -> bool {
    // What the server refuses would change something.
    lab.predict(path, object).await.is_ok_and(|predicted| {
        let (live, predicted) = settled(live.clone(), predicted);
        live == predicted
    })
}

async fn judge(
    lab: &Lab,
    path: &str,
    object: &Value,
    live: &Value,
    first: &Fingerprint,
    place: &str,
    count: &mut Count,
) {
    let moved = fingerprint(live, OURS).state != first.state;
    match (moved, in_sync(lab, path, object, live).await) {
        (true, false) => count.seen += 1,
        (false, true) => count.silent += 1,
        (false, false) => count.wrong.push(format!("{place}: missed")),
        (true, true) => count.wrong.push(format!("{place}: false alarm")),
    }
}

async fn repair(
    lab: &Lab,
    path: &str,
    object: &Value,
    mut live: Value,
    first: &Fingerprint,
    base: &Value,
    count: &mut Count,
) -> Result<(), String> {
    let verified =
        Verified { desired: digest(object), state: first.state, memo: first.memo.clone() };
    let memory = Memory::of(digest(object), Some(&verified)).unwrap();
    if let Some(patch) = displaced(object, &live, OURS, &memory) {
        count.displaced += 1;
        let patch = serde_json::to_value(patch).unwrap();
        live = lab.json_patch(path, &patch, OURS).await.map_err(|error| format!("{error:?}"))?;
    }
    if let Some(migration) = migrate(&live, OURS, &Takeover::usual()) {
        let patch = serde_json::to_value(migration.patch(&live).unwrap()).unwrap();
        lab.json_patch(path, &patch, OURS).await.map_err(|error| format!("{error:?}"))?;
    }
    let after = lab.apply(path, object, OURS).await.map_err(|error| format!("{error:?}"))?;
    if fingerprint(&after, OURS) != *first {
        return Err("another fingerprint".to_owned());
    }
    let (mut before, mut after) = settled(base.clone(), after);
    for document in [&mut before, &mut after] {
        // What others own is their affair; their values are compared all the same.
        let entries = document["metadata"]["managedFields"].as_array_mut().unwrap();
        entries.retain(|entry| entry["manager"] == OURS);
    }
    if before == after {
        return Ok(());
    }
    let changes = gitops_kube::diff::changes(&before, &after);
    Err(changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}
