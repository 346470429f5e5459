//! Real manifests from a served repository to a real API server, and round again.

use crate::{
    e2e_lab::{MANAGER, World, applied, effects, files_of},
    law_lab::{Lab, workload},
    law_mutations::{of_owned, of_unowned, sample},
    story::essence,
};
use gitops_core::{engine::Pipeline, model::ObjectId};
use gitops_testkit::server::ControlPlane;
use serde_json::Value;
use std::collections::BTreeMap;

#[tokio::test]
async fn kube_prometheus() {
    let Some(files) = files_of("kube-prometheus") else { return };
    let Some(mut world) = World::new(ControlPlane::builder()).await else { return };
    world.files = files;
    world.commit("as it is");
    story(world, 131).await;
}

#[tokio::test]
async fn cluster_monitoring_operator() {
    let Some(objects) = workload("cmo") else { return };
    let Some(mut world) = World::new(ControlPlane::builder()).await else { return };
    // Its kinds and namespaces come from elsewhere. OpenShift's own kinds, and objects that a stock
    // server refuses as they stand, are left out.
    let mut lab = Lab::new(world.client.clone()).await;
    lab.prepare(&objects).await;
    let mut accepted = Vec::new();
    for object in objects {
        let Some(path) = lab.path(&object) else { continue };
        match lab.predict(&path, &object).await {
            Ok(_) => accepted.push(object),
            Err((code, message)) => println!("left out: {path}: {code} {message}"),
        }
    }
    let objects = accepted;
    assert!(objects.len() > 200);
    world.place(&objects);
    world.commit("the operator's assets");
    let count = objects.len();
    story(world, count).await;
}

async fn story(mut world: World, objects: usize) {
    let app = world.process().await;
    let clock = gitops_core::env::Env::system().clock;
    let took = |what: &str| println!("{what} after {:.1?}", clock.now());
    let first = applied(&app).await;
    took("applied");
    let ids: Vec<ObjectId> = inventory(&app, &world).await;
    assert_eq!(ids.len(), objects, "{first:?}");
    let before = world.live(&ids).await;
    assert_eq!(before.len(), objects, "everything is there");

    silent(&world, &app).await;
    silent(&world, &world.process().await).await;
    took("silent");

    drift(&world, &app, &ids, &before).await;
    silent(&world, &app).await;
    took("drift repaired");
    unowned(&world, &app, &ids).await;
    took("unowned left alone");
    rollout_and_rollback(&mut world, &app, &ids).await;
    took("rolled out and back");
    removal(&mut world, &app, &ids).await;
    took("pruned");
}

async fn inventory(app: &Pipeline, world: &World) -> Vec<ObjectId> {
    let _ = app;
    let store = gitops_kube::applyset::ApplySetStore::new(
        world.client.clone(),
        gitops_kube::applyset::Parent::config_map("default", "shop"),
    );
    let stored = gitops_core::stage::InventoryStore::load(&store).await.unwrap();
    stored.inventory.iter().map(|(id, _)| id.clone()).collect()
}

/// A pass, and one more, that send no write and no dry run.
async fn silent(world: &World, app: &Pipeline) {
    let mark = world.plane.requests().await.unwrap();
    for _ in 0..2 {
        let pass = app.pass().await;
        assert!(pass.error.is_none(), "{pass:?}");
        assert_eq!(effects(&pass), "+0 ~0 -0", "{}", pass.plan.unwrap());
    }
    let since = world.plane.requests().await.unwrap().since(&mark);
    assert_eq!(since.writes().total(), 0, "{:?}", since.writes());
    let dry: u64 = since.iter().filter(|(one, _)| one.dry_run).map(|(_, count)| count).sum();
    assert_eq!(dry, 0, "a quiet pass asks for no prediction");
}

/// Foreign hands change one owned leaf of every object, again and again; each round is repaired
/// by one pass. Every single leaf, one at a time, is the law of foreign changes.
async fn drift(
    world: &World,
    app: &Pipeline,
    ids: &[ObjectId],
    before: &BTreeMap<ObjectId, Value>,
) {
    let mut changed_in_all = 0;
    for round in 0..4 {
        let live = world.live(ids).await;
        let mut changed = 0;
        for (id, object) in &live {
            if id.kind() == "CustomResourceDefinition" && round > 0 {
                continue;
            }
            let Some(mutation) = sample(of_owned(object, MANAGER), 4).nth(round) else { continue };
            let version = &object["metadata"]["resourceVersion"];
            // Some changes the server refuses, and some it normalises away.
            if let Ok(answer) = world.put(&mutation.object, "foreign").await {
                changed += usize::from(answer["metadata"]["resourceVersion"] != *version);
            }
        }
        let pass = settled_after(app, changed).await;
        changed_in_all += changed;
        let after = world.live(ids).await;
        for (id, now) in &after {
            let (now, then) = (essence(now), essence(&before[id]));
            let differs = gitops_kube::diff::changes(&then, &now);
            let text: Vec<_> = differs.iter().map(ToString::to_string).collect();
            assert!(text.is_empty(), "round {round}: {id}: {}\n{pass}", text.join("\n"));
        }
    }
    println!("{changed_in_all} foreign changes of {} objects, all repaired", ids.len());
    assert!(changed_in_all > ids.len());
}

/// The pass that repairs what foreign hands changed. Watches tell of it in their own time.
async fn settled_after(app: &Pipeline, changed: usize) -> String {
    let mut repaired = 0;
    let mut plans = String::new();
    while repaired < changed {
        let wait = tokio::time::timeout(std::time::Duration::from_secs(20), app.moved());
        wait.await.unwrap_or_else(|_| panic!("{repaired} of {changed} seen\n{plans}")).unwrap();
        let pass = app.pass().await;
        assert!(pass.error.is_none(), "{:?}", pass.error);
        repaired += pass.outcomes.len();
        plans += &pass.plan.map(|plan| plan.to_string()).unwrap_or_default();
    }
    plans
}

/// What nobody of us owns is left alone.
async fn unowned(world: &World, app: &Pipeline, ids: &[ObjectId]) {
    let mut changed = BTreeMap::new();
    for (id, object) in world.live(ids).await {
        if id.kind() == "CustomResourceDefinition" {
            continue;
        }
        for mutation in sample(of_unowned(&object, MANAGER), 1) {
            if let Ok(answer) = world.put(&mutation.object, "foreign").await {
                changed.insert(id.clone(), essence(&answer));
            }
        }
    }
    assert!(changed.len() > ids.len() / 2);
    let mark = world.plane.requests().await.unwrap();
    // A fresh process sees all of it at once.
    for process in [&world.process().await, app] {
        let pass = process.pass().await;
        assert_eq!(effects(&pass), "+0 ~0 -0", "{}", pass.plan.unwrap());
    }
    assert_eq!(world.plane.writes_since(&mark).await.unwrap().total(), 0);
    let live = world.live(ids).await;
    for (id, then) in changed {
        assert_eq!(essence(&live[&id]), then, "{id}");
    }
}

/// A commit is rolled out; its revert is a rollback to exactly the earlier state.
async fn rollout_and_rollback(world: &mut World, app: &Pipeline, ids: &[ObjectId]) {
    let before = world.live(ids).await;
    let files = world.files.clone();
    let extra = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {a: b}\n";
    world.files.insert("deploy/extra.yaml".to_owned(), extra.into());
    let mut edited = 0;
    for (path, mut service) in services(&files) {
        service["metadata"]["labels"]["rolled"] = "out".into();
        world.files.insert(path, serde_json::to_vec(&service).unwrap());
        edited += 1;
    }
    let commit = world.commit("more labels");
    let pass = applied(app).await;
    assert_eq!(effects(&pass), format!("+1 ~{edited} -0"), "{}", pass.plan.unwrap());
    let after = world.live(ids).await;
    let differs = ids.iter().filter(|id| essence(&before[*id]) != essence(&after[*id])).count();
    assert_eq!(differs, edited);

    world.repo.revert(&commit).unwrap();
    world.files = files;
    let pass = applied(app).await;
    assert_eq!(effects(&pass), format!("+0 ~{edited} -1"));
    for (id, now) in world.live(ids).await {
        assert_eq!(essence(&now), essence(&before[&id]), "{id}");
    }
}

/// The files that hold exactly one Service.
fn services(files: &BTreeMap<String, Vec<u8>>) -> Vec<(String, Value)> {
    let one = |(path, content): (&String, &Vec<u8>)| {
        let object = serde_saphyr::from_slice::<Value>(content).ok()?;
        (object["kind"] == "Service").then(|| (path.clone(), object))
    };
    files.iter().filter_map(one).collect()
}

/// Removing files prunes exactly their objects.
async fn removal(world: &mut World, app: &Pipeline, ids: &[ObjectId]) {
    let removed = services(&world.files);
    for (path, _) in &removed {
        world.files.remove(path);
    }
    world.commit("no services");
    let pass = applied(app).await;
    assert_eq!(effects(&pass), format!("+0 ~0 -{}", removed.len()));
    let live = world.live(ids).await;
    let gone: Vec<&ObjectId> = ids.iter().filter(|id| !live.contains_key(id)).collect();
    assert_eq!(gone.len(), removed.len());
    assert!(gone.iter().all(|id| id.kind() == "Service"), "{gone:?}");
    assert_eq!(inventory(app, world).await.len(), live.len());
}
