//! kubectl and the store accept each other's sets.

use gitops_core::{
    model::{Inventory, InventoryEntry, ObjectId, Uid},
    stage::InventoryStore,
};
use gitops_kube::applyset::{
    ADDITIONAL_NAMESPACES, ApplySetStore, CONTAINS_GROUP_KINDS, ID, PART_OF, Parent, TOOLING,
    Tooling,
};
use gitops_testkit::server::{Assets, ControlPlane, server_or_skip};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client, ResourceExt, api::PostParams};
use serde_json::json;
use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
};

/// Runs `kubectl apply --prune --applyset` with these objects on its input.
pub(crate) fn apply(
    server: &ControlPlane,
    set: &str,
    namespace: &str,
    objects: &[serde_json::Value],
) -> Said {
    let kubectl = Assets::from_environment().find("kubectl").unwrap();
    let mut child = Command::new(kubectl)
        .env("KUBECTL_APPLYSET", "true")
        .env("KUBECONFIG", server.kubeconfig())
        .env("HOME", server.dir())
        .args(["apply", "--prune", "--applyset", set, "--namespace", namespace, "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    child.stdin.take().unwrap().write_all(list.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Said {
        ok: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[derive(Debug)]
pub(crate) struct Said {
    ok: bool,
    out: String,
    err: String,
}

impl Said {
    /// It went through without a warning about fields that kubectl should own.
    pub(crate) fn smoothly(self) -> String {
        assert!(self.ok, "{self:?}");
        assert!(!self.err.contains("WARNING"), "{self:?}");
        self.out
    }
}

pub(crate) fn config_map(namespace: &str, name: &str) -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}})
}

fn names(inventory: &Inventory) -> BTreeSet<&str> {
    inventory.iter().map(|(id, _)| id.name()).collect()
}

async fn live(client: &Client, namespace: &str) -> Vec<String> {
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    let list = api.list(&Default::default()).await.unwrap();
    let mut names: Vec<String> = list.iter().map(ResourceExt::name_any).collect();
    names.retain(|name| name != "kube-root-ca.crt");
    names
}

/// Puts an object there as a pass would: with the set's label.
async fn create(client: &Client, parent: &Parent, namespace: &str, name: &str) -> Uid {
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    let mut object: ConfigMap = serde_json::from_value(config_map(namespace, name)).unwrap();
    object.labels_mut().insert(PART_OF.into(), parent.id());
    let made = api.create(&PostParams::default(), &object).await.unwrap();
    Uid::new(made.uid().unwrap())
}

fn entry(namespace: &str, name: &str) -> ObjectId {
    ObjectId::new("", "ConfigMap", namespace, name)
}

#[tokio::test]
async fn kubectl_goes_on_with_a_set_of_ours_and_back() {
    let Some(server) = server_or_skip().await else { return };
    let client = server.client().await.unwrap();
    let home = server.namespace("applyset").await.unwrap();
    let away = server.namespace("applyset-away").await.unwrap();
    let parent = Parent::config_map(&home, "shop");
    let store = ApplySetStore::new(client.clone(), parent.clone());

    // We make a set of two, in two namespaces.
    let mut inventory = Inventory::default();
    inventory.intend(&entry(&home, "a"));
    inventory.intend(&entry(&away, "b"));
    let version = store.save(&inventory, None).await.unwrap();
    for (namespace, name) in [(&home, "a"), (&away, "b")] {
        let uid = Some(create(&client, &parent, namespace, name).await);
        inventory.insert(entry(namespace, name), InventoryEntry { uid, verified: None });
    }
    store.save(&inventory, Some(&version)).await.unwrap();

    // kubectl, with other files, prunes ours and adds one of its own.
    let said = apply(&server, "configmaps/shop", &home, &[config_map(&home, "c")]).smoothly();
    assert!(said.contains("configmap/a pruned") && said.contains("configmap/b pruned"), "{said}");
    assert_eq!(live(&client, &home).await, ["c", "shop"]);
    assert_eq!(live(&client, &away).await, [""; 0]);

    // We see kubectl's object, and that ours are still to be looked at.
    let loaded = ApplySetStore::new(client.clone(), parent.clone()).load().await.unwrap();
    assert_eq!(names(&loaded.inventory), BTreeSet::from(["a", "b", "c"]));
    let taken = loaded.inventory.get(&entry(&home, "c")).unwrap();
    assert!(taken.uid.is_some() && taken.verified.is_none());

    // We keep only kubectl's, and kubectl goes on smoothly once more.
    let mut inventory = loaded.inventory.clone();
    inventory.remove(&entry(&home, "a"));
    inventory.remove(&entry(&away, "b"));
    let version = store.save(&inventory, loaded.version.as_ref()).await.unwrap();
    let again = store.load().await.unwrap();
    assert_eq!((again.inventory, again.version), (inventory, Some(version)));
    let said = apply(&server, "configmaps/shop", &home, &[config_map(&home, "d")]).smoothly();
    assert!(said.contains("configmap/c pruned"), "{said}");
}

#[tokio::test]
async fn a_set_of_kubectl_is_taken_over_with_its_members() {
    let Some(server) = server_or_skip().await else { return };
    let client = server.client().await.unwrap();
    let home = server.namespace("applyset").await.unwrap();
    let objects = [
        config_map(&home, "a"),
        config_map(&home, "b"),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": format!("{home}:reader")}}),
    ];
    // A Secret: kubectl's default parent.
    apply(&server, "shop", &home, &objects).smoothly();

    let parent = Parent::secret(&home, "shop");
    let store = ApplySetStore::new(client.clone(), parent.clone());
    let loaded = store.load().await.unwrap();
    let role =
        ObjectId::new("rbac.authorization.k8s.io", "ClusterRole", "", &format!("{home}:reader"));
    for id in [&entry(&home, "a"), &entry(&home, "b"), &role] {
        assert!(loaded.inventory.get(id).unwrap().uid.is_some(), "{id}");
    }
    assert_eq!(loaded.inventory.len(), 3);

    let mut inventory = loaded.inventory.clone();
    inventory.remove(&role);
    store.save(&inventory, loaded.version.as_ref()).await.unwrap();
    let api: Api<k8s_openapi::api::core::v1::Secret> = Api::namespaced(client.clone(), &home);
    let live = api.get("shop").await.unwrap();
    assert_eq!(live.annotations()[CONTAINS_GROUP_KINDS], "ConfigMap");
    assert_eq!(live.annotations()[ADDITIONAL_NAMESPACES], "");
    assert_eq!(live.labels()[ID], parent.id());
    assert!(live.annotations()[TOOLING].starts_with("kubectl/"));
    assert_eq!(store.load().await.unwrap().inventory, inventory);

    let said = apply(&server, "shop", &home, &objects[..1]).smoothly();
    assert!(said.contains("configmap/b pruned"), "{said}");
}

#[tokio::test]
async fn objects_that_a_controller_made_of_a_member_are_no_members() {
    let Some(server) = server_or_skip().await else { return };
    let client = server.client().await.unwrap();
    let home = server.namespace("applyset").await.unwrap();
    apply(&server, "configmaps/shop", &home, &[config_map(&home, "a")]).smoothly();
    let parent = Parent::config_map(&home, "shop");
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), &home);
    let owner = api.get("a").await.unwrap().uid().unwrap();
    let mut copy: ConfigMap = serde_json::from_value(config_map(&home, "copy")).unwrap();
    copy.labels_mut().insert(PART_OF.into(), parent.id());
    copy.metadata.owner_references = serde_json::from_value(json!([{
        "apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": owner, "controller": true,
    }]))
    .unwrap();
    api.create(&PostParams::default(), &copy).await.unwrap();
    let loaded = ApplySetStore::new(client, parent).load().await.unwrap();
    assert_eq!(names(&loaded.inventory), BTreeSet::from(["a"]));
}

#[tokio::test]
async fn under_another_name_kubectl_keeps_its_hands_off() {
    let Some(server) = server_or_skip().await else { return };
    let client = server.client().await.unwrap();
    let home = server.namespace("applyset").await.unwrap();
    let own = Tooling::Named { name: "shop-controller".into(), version: "v1".into() };
    let parent = Parent::config_map(&home, "shop");
    let store = ApplySetStore::new(client.clone(), parent.clone()).tooling(own);
    store.save(&Inventory::default(), None).await.unwrap();
    let said = apply(&server, "configmaps/shop", &home, &[config_map(&home, "a")]);
    assert!(!said.ok && said.err.contains("managed by tooling"), "{said:?}");
    // And the other way round.
    let error = ApplySetStore::new(client, parent).load().await.unwrap_err();
    assert_eq!(error.reason(), gitops_core::reason::OWNED_BY_OTHER);
}
