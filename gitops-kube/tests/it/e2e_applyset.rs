//! One set, two hands: an app's pipeline and `kubectl apply --prune --applyset`.

use crate::{
    applyset_kubectl::{apply, config_map},
    e2e_lab::{World, applied, effects},
};
use gitops_core::{model::Inventory, stage::InventoryStore};
use gitops_kube::applyset::{ApplySetStore, PART_OF, Parent};
use gitops_testkit::server::ControlPlane;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, api::ListParams};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SET: &str = "configmaps/shop";

fn map(name: &str, value: &str) -> Value {
    let mut map = config_map("default", name);
    map["data"] = serde_json::json!({ "value": value });
    map
}

/// What bears the set's label, with its values.
async fn members(world: &World) -> BTreeMap<String, String> {
    let api: Api<ConfigMap> = Api::namespaced(world.client.clone(), "default");
    let label = format!("{PART_OF}={}", Parent::config_map("default", "shop").id());
    let list = api.list(&ListParams::default().labels(&label)).await.unwrap();
    let one = |map: ConfigMap| {
        let value = map.data.unwrap_or_default().remove("value").unwrap_or_default();
        (map.metadata.name.unwrap(), value)
    };
    list.items.into_iter().map(one).collect()
}

fn are(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn inventory(world: &World) -> Inventory {
    let store = ApplySetStore::new(world.client.clone(), Parent::config_map("default", "shop"));
    store.load().await.unwrap().inventory
}

fn names(inventory: &Inventory) -> BTreeSet<String> {
    inventory.iter().map(|(id, _)| id.name().to_owned()).collect()
}

/// One more pass that writes nothing.
async fn silent(world: &World, app: &gitops_core::engine::Pipeline) {
    let mark = world.plane.requests().await.unwrap();
    let pass = app.pass().await;
    assert!(pass.error.is_none(), "{pass:?}");
    let writes = world.plane.writes_since(&mark).await.unwrap();
    assert_eq!(writes.total(), 0, "{writes}\n{pass:?}");
}

/// What `kubectl` says that it pruned.
fn pruned(said: &str) -> Vec<&str> {
    said.lines().filter_map(|line| line.strip_suffix(" pruned")).collect()
}

#[tokio::test]
async fn kubectl_goes_on_with_an_app_of_ours_and_we_with_its_changes() {
    let Some(mut world) = World::new(ControlPlane::builder()).await else { return };
    world.place(&[map("a", "1"), map("b", "1"), map("c", "1")]);
    world.commit("three");
    applied(&world.process().await).await;
    assert_eq!(members(&world).await, are(&[("a", "1"), ("b", "1"), ("c", "1")]));

    // With one fewer kubectl prunes exactly that one, and changes another.
    let fewer = [map("a", "1"), map("b", "2")];
    let said = apply(&world.plane, SET, "default", &fewer);
    assert_eq!(pruned(&said.smoothly()), ["configmap/c"]);
    assert_eq!(members(&world).await, are(&[("a", "1"), ("b", "2")]));

    // The same is committed: nothing is created, deleted or changed back.
    world.place(&fewer);
    world.commit("what kubectl did");
    let app = world.process().await;
    let pass = applied(&app).await;
    // Only the field that kubectl took is taken back.
    assert_eq!(effects(&pass), "+0 ~1 -0");
    assert_eq!(members(&world).await, are(&[("a", "1"), ("b", "2")]));
    assert_eq!(names(&inventory(&world).await), BTreeSet::from(["a".into(), "b".into()]));
    silent(&world, &app).await;
    silent(&world, &world.process().await).await;

    // What kubectl did without a commit is undone: its addition goes, what it pruned comes back.
    let said = apply(&world.plane, SET, "default", &[map("a", "1"), map("d", "1")]);
    assert_eq!(pruned(&said.smoothly()), ["configmap/b"]);
    let app = world.process().await;
    let pass = applied(&app).await;
    assert!(effects(&pass).starts_with('+'), "{pass:?}");
    assert_eq!(members(&world).await, are(&[("a", "1"), ("b", "2")]));
    assert_eq!(names(&inventory(&world).await), BTreeSet::from(["a".into(), "b".into()]));
    silent(&world, &app).await;

    // And kubectl goes on from there.
    let said = apply(&world.plane, SET, "default", &[map("a", "1")]);
    assert_eq!(pruned(&said.smoothly()), ["configmap/b"]);
}

#[tokio::test]
async fn an_app_takes_over_what_kubectl_applied_and_kubectl_goes_on() {
    let Some(mut world) = World::new(ControlPlane::builder()).await else { return };
    let said = apply(&world.plane, SET, "default", &[map("a", "1"), map("b", "1"), map("c", "1")]);
    assert_eq!(pruned(&said.smoothly()), [""; 0]);

    // The app is moved: one is changed, one is as it was, one is no longer wanted, one is new.
    world.place(&[map("a", "2"), map("b", "1"), map("d", "1")]);
    world.commit("moved to Git");
    let app = world.process().await;
    applied(&app).await;
    assert_eq!(members(&world).await, are(&[("a", "2"), ("b", "1"), ("d", "1")]));
    silent(&world, &app).await;
    silent(&world, &world.process().await).await;

    let said = apply(&world.plane, SET, "default", &[map("a", "2"), map("b", "1")]);
    assert_eq!(pruned(&said.smoothly()), ["configmap/d"]);
    assert_eq!(members(&world).await, are(&[("a", "2"), ("b", "1")]));
}
