//! The store against a real API server.

use gitops_core::{
    model::{Digest, Inventory, InventoryEntry, ObjectId, Uid, Verified, Version},
    reason,
    stage::{InventoryStore, Stored},
};
use gitops_kube::applyset::{ApplySetStore, CONTAINS_GROUP_KINDS, ID, Parent};
use gitops_testkit::server::{ControlPlane, server_or_skip};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::json;
use std::sync::Arc;

struct Lab {
    server: Arc<ControlPlane>,
    client: Client,
    home: String,
}

impl Lab {
    async fn start() -> Option<Self> {
        let server = server_or_skip().await?;
        let client = server.client().await.unwrap();
        let home = server.namespace("inventory").await.unwrap();
        Some(Lab { server, client, home })
    }

    fn parent(&self) -> Parent {
        Parent::config_map(&self.home, "shop")
    }

    fn store(&self) -> ApplySetStore {
        ApplySetStore::new(self.client.clone(), self.parent())
    }

    /// A store that needs parts for more than a handful of entries.
    fn sharding(&self) -> ApplySetStore {
        self.store().part_limit(2048)
    }

    fn config_maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), &self.home)
    }

    async fn names(&self) -> Vec<String> {
        let list = self.config_maps().list(&Default::default()).await.unwrap();
        list.iter().map(ResourceExt::name_any).collect()
    }

    async fn merge(&self, name: &str, patch: serde_json::Value) {
        let params = PatchParams::default();
        self.config_maps().patch(name, &params, &Patch::Merge(patch)).await.unwrap();
    }
}

fn entry(number: u32) -> InventoryEntry {
    let verified = Verified {
        desired: Digest::of(number.to_be_bytes()),
        state: Digest::of((number + 1).to_be_bytes()),
        memo: None,
    };
    InventoryEntry { uid: Some(Uid::new(format!("uid-{number}"))), verified: Some(verified) }
}

fn id(number: u32) -> ObjectId {
    ObjectId::new("apps", "Deployment", "shop", &format!("app-{number}"))
}

fn inventory(numbers: std::ops::Range<u32>) -> Inventory {
    numbers.map(|number| (id(number), entry(number))).collect()
}

async fn reason_of(store: &ApplySetStore) -> &'static str {
    let error = store.load().await.unwrap_err();
    assert!(error.advice().is_some(), "{error}");
    error.reason()
}

#[tokio::test]
async fn what_was_saved_is_loaded_by_any_store() {
    let Some(lab) = Lab::start().await else { return };
    assert_eq!(lab.store().load().await.unwrap().version, None);
    for (parent, sizes) in [
        (lab.parent(), [0, 5, 0]),
        (Parent::secret(&lab.home, "shop"), [3, 200, 1]),
        (Parent::config_map(&lab.home, "large"), [200, 3, 300]),
    ] {
        let store = || ApplySetStore::new(lab.client.clone(), parent.clone()).part_limit(2048);
        let (one, mut base) = (store(), None);
        for size in sizes {
            let inventory = inventory(0..size);
            let version = one.save(&inventory, base.as_ref()).await.unwrap();
            let loaded = store().load().await.unwrap();
            assert_eq!(loaded.inventory, inventory, "{parent} with {size}");
            assert_eq!(loaded.version.as_ref(), Some(&version));
            base = Some(version);
        }
    }
}

#[tokio::test]
async fn saving_what_is_stored_writes_nothing() {
    let Some(lab) = Lab::start().await else { return };
    for store in [lab.store(), lab.sharding()] {
        let base = store.load().await.unwrap().version;
        let first = store.save(&inventory(0..100), base.as_ref()).await.unwrap();
        let again = store.save(&inventory(0..100), Some(&first)).await.unwrap();
        assert_eq!(first, again);
    }
}

#[tokio::test]
async fn the_stored_version_decides_who_saves() {
    let Some(lab) = Lab::start().await else { return };
    let (one, two) = (lab.store(), lab.store());
    let first = one.save(&inventory(0..2), None).await.unwrap();
    let conflict = |result: gitops_core::Result<Version>| result.unwrap_err().reason();
    // It exists by now; and it was saved since.
    assert_eq!(conflict(two.save(&inventory(0..1), None).await), reason::INVENTORY_CONFLICT);
    let second = two.save(&inventory(0..3), Some(&first)).await.unwrap();
    let stale = one.save(&inventory(0..1), Some(&first)).await;
    assert_eq!(conflict(stale), reason::INVENTORY_CONFLICT);
    let stale = two.remove(&first).await.unwrap_err();
    assert_eq!(stale.reason(), reason::INVENTORY_CONFLICT);
    assert_eq!(one.load().await.unwrap().inventory, inventory(0..3));
    one.remove(&second).await.unwrap();
    assert_eq!(one.load().await.unwrap().version, None);
}

#[tokio::test]
async fn the_parent_names_kinds_before_the_save_returns_and_forgets_them_after() {
    let Some(lab) = Lab::start().await else { return };
    let store = lab.store();
    let kinds = async || {
        lab.config_maps().get("shop").await.unwrap().annotations()[CONTAINS_GROUP_KINDS].clone()
    };
    let mut mixed = inventory(0..1);
    let version = store.save(&mixed, None).await.unwrap();
    assert_eq!(kinds().await, "Deployment.apps");
    mixed.intend(&ObjectId::new("", "ConfigMap", "", "x"));
    let version = store.save(&mixed, Some(&version)).await.unwrap();
    assert_eq!(kinds().await, "ConfigMap,Deployment.apps");
    mixed.remove(&id(0));
    store.save(&mixed, Some(&version)).await.unwrap();
    assert_eq!(kinds().await, "ConfigMap");
}

#[tokio::test]
async fn unused_parts_go_and_used_ones_stay() {
    let Some(lab) = Lab::start().await else { return };
    let store = lab.sharding();
    let version = store.save(&inventory(0..100), None).await.unwrap();
    let many = lab.names().await.len();
    assert!(many > 4, "{many}");

    // One entry changes: one part does.
    let before = lab.names().await;
    let mut changed = inventory(0..100);
    changed.insert(id(7), InventoryEntry::default());
    let version = store.save(&changed, Some(&version)).await.unwrap();
    let after = lab.names().await;
    assert_eq!(after.len(), many);
    assert_eq!(after.iter().filter(|name| !before.contains(name)).count(), 1);

    // A part that a crash left behind goes with the next save.
    let part = before.iter().find(|name| after.contains(name) && *name != "shop").unwrap();
    let mut orphan = lab.config_maps().get(part).await.unwrap();
    orphan.metadata.name = Some("shop-000000000000".into());
    orphan.metadata.resource_version = None;
    orphan.metadata.uid = None;
    orphan.metadata.managed_fields = None;
    lab.config_maps().create(&PostParams::default(), &orphan).await.unwrap();
    let version = store.save(&inventory(0..100), Some(&version)).await.unwrap();
    assert!(!lab.names().await.contains(&"shop-000000000000".to_owned()));

    store.remove(&version).await.unwrap();
    assert!(lab.names().await.iter().all(|name| !name.starts_with("shop")));
}

#[tokio::test]
async fn a_torn_inventory_is_an_error_and_never_an_empty_one() {
    let Some(lab) = Lab::start().await else { return };
    let store = lab.sharding();
    let version = store.save(&inventory(0..100), None).await.unwrap();
    let part = lab.names().await.into_iter().find(|name| name.starts_with("shop-")).unwrap();
    let text = lab.config_maps().get(&part).await.unwrap().data.unwrap()["entries"].clone();

    lab.merge(&part, json!({"data": {"entries": text.replace("app-1", "app-2")}})).await;
    assert_eq!(reason_of(&store).await, reason::INVENTORY_CORRUPT);
    lab.merge(&part, json!({"data": {"entries": null}})).await;
    assert_eq!(reason_of(&store).await, reason::INVENTORY_CORRUPT);
    lab.config_maps().delete(&part, &Default::default()).await.unwrap();
    assert_eq!(reason_of(&store).await, reason::INVENTORY_CORRUPT);

    // What the advice says helps: the members are looked up again.
    lab.merge("shop", json!({"data": {"inventory": null}})).await;
    let Stored { inventory: found, version: now } = store.load().await.unwrap();
    assert!(found.is_empty() && now.is_some_and(|now| now != version));
}

#[tokio::test]
async fn a_header_that_is_broken_or_newer_is_told_apart() {
    let Some(lab) = Lab::start().await else { return };
    let store = lab.store();
    store.save(&inventory(0..3), None).await.unwrap();
    lab.merge("shop", json!({"data": {"inventory": "{\"format\":9}"}})).await;
    assert_eq!(reason_of(&store).await, reason::INVENTORY_TOO_NEW);
    lab.merge("shop", json!({"data": {"inventory": "{\"format\":"}})).await;
    assert_eq!(reason_of(&store).await, reason::INVENTORY_CORRUPT);
    lab.merge("shop", json!({"metadata": {"labels": {ID: "applyset-of-another-v1"}}})).await;
    assert_eq!(reason_of(&store).await, reason::INVENTORY_CORRUPT);
}

#[tokio::test]
async fn objects_that_are_no_parents_are_left_alone() {
    let Some(lab) = Lab::start().await else { return };
    let api: Api<Secret> = Api::namespaced(lab.client.clone(), &lab.home);
    let secret = json!({"metadata": {"name": "shop"}, "stringData": {"password": "hunter2"}});
    let secret: Secret = serde_json::from_value(secret).unwrap();
    let before = api.create(&PostParams::default(), &secret).await.unwrap();
    let store = ApplySetStore::new(lab.client.clone(), Parent::secret(&lab.home, "shop"));
    let error = store.load().await.unwrap_err();
    assert_eq!(error.reason(), reason::OWNED_BY_OTHER);
    assert!(!format!("{error:?}").contains("hunter2"));
    let error = store.save(&inventory(0..1), None).await.unwrap_err();
    assert_eq!(error.reason(), reason::INVENTORY_CONFLICT);
    assert_eq!(api.get("shop").await.unwrap(), before);
}

#[tokio::test]
async fn a_namespace_that_is_not_there_is_named() {
    let Some(lab) = Lab::start().await else { return };
    let nowhere = Parent::config_map("nowhere", "shop");
    let store = ApplySetStore::new(lab.client.clone(), nowhere);
    assert_eq!(store.load().await.unwrap().version, None);
    let error = store.save(&inventory(0..1), None).await.unwrap_err();
    assert_eq!(error.reason(), reason::INVALID_CONFIGURATION);
    assert!(error.message().contains("nowhere"), "{error}");
}

#[tokio::test]
async fn a_creation_that_was_cut_short_is_finished_by_the_next_save() {
    let Some(lab) = Lab::start().await else { return };
    // What a crash between the two requests of the first save leaves behind.
    let store = lab.store();
    store.save(&inventory(0..2), None).await.unwrap();
    lab.merge("shop", json!({"metadata": {"annotations": null}})).await;
    let loaded = lab.store().load().await.unwrap();
    assert_eq!(loaded.inventory, inventory(0..2));
    store.save(&inventory(0..2), loaded.version.as_ref()).await.unwrap();
    let parent = lab.config_maps().get("shop").await.unwrap();
    assert_eq!(parent.annotations()[CONTAINS_GROUP_KINDS], "Deployment.apps");
    assert!(lab.server.kubeconfig().exists());
}
