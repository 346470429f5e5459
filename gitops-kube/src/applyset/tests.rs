use super::{codec, contents::Contents, state::State, *};
use gitops_core::{
    model::{Digest, Inventory, InventoryEntry, ObjectId, Uid, Verified},
    reason,
};
use kube::api::DynamicObject;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn name() -> impl Strategy<Value = String> {
    // RBAC names may hold colons and underscores.
    "[a-z0-9:_.-]{1,12}"
}

fn entry() -> impl Strategy<Value = InventoryEntry> {
    let digest = any::<[u8; 4]>().prop_map(Digest::of);
    let memo = proptest::option::of("[\\PC]{0,20}".prop_map(Into::into));
    let verified = (digest.clone(), digest, memo).prop_map(|(desired, state, memo)| Verified {
        desired,
        state,
        memo,
    });
    (proptest::option::of("[a-f0-9-]{36}"), proptest::option::of(verified))
        .prop_map(|(uid, verified)| InventoryEntry { uid: uid.map(Uid::new), verified })
}

fn inventory() -> impl Strategy<Value = Inventory> {
    let id = ("[a-z]{0,3}", "[A-Z][a-z]{0,3}", "[a-z]{0,2}", name())
        .prop_map(|(group, kind, ns, name)| ObjectId::new(&group, &kind, &ns, &name));
    prop::collection::btree_map(id, entry(), 0..60).prop_map(Inventory::from_iter)
}

/// Small enough for several parts, large enough for any one entry.
const LIMIT: usize = 1024;

proptest! {
    #[test]
    fn an_inventory_comes_back_as_it_was(inventory in inventory()) {
        let encoded = codec::encode(&inventory, LIMIT).unwrap();
        prop_assert!(encoded.parts.iter().all(|part| part.len() <= LIMIT));
        let header = codec::header(&encoded.header.text(), "here").unwrap();
        prop_assert_eq!(&header, &encoded.header);
        prop_assert_eq!(codec::decode(&header, &encoded.parts, "here").unwrap(), inventory);
    }

    #[test]
    fn damage_to_any_part_is_seen(inventory in inventory(), at: prop::sample::Index, how in 0..4) {
        let encoded = codec::encode(&inventory, LIMIT).unwrap();
        let mut parts = encoded.parts.clone();
        let at = at.index(parts.len());
        match how {
            0 => parts[at].push(' '),
            1 => parts[at].clear(),
            2 => { parts.remove(at); }
            _ => { parts[at] = parts[at].replace('\n', " "); }
        }
        let error = codec::decode(&encoded.header, &parts, "here").unwrap_err();
        prop_assert_eq!(error.reason(), reason::INVENTORY_CORRUPT);
        prop_assert!(error.message().contains("here") && error.advice().is_some());
    }

    #[test]
    fn changing_one_entry_changes_one_part(inventory in inventory(), at: prop::sample::Index) {
        prop_assume!(!inventory.is_empty());
        let id = inventory.iter().nth(at.index(inventory.len())).unwrap().0.clone();
        let mut changed = inventory.clone();
        let entry = InventoryEntry { uid: Some(Uid::new("another")), verified: None };
        changed.insert(id, entry);
        let parts = |inventory: &Inventory| {
            let encoded = codec::encode(inventory, LIMIT).unwrap();
            encoded.header.parts.into_iter().collect::<BTreeSet<_>>()
        };
        let (before, after) = (parts(&inventory), parts(&changed));
        // Not so when the number of parts changes.
        prop_assume!(before.len() == after.len());
        prop_assert!(after.difference(&before).count() <= 1);
    }

    #[test]
    fn annotations_come_back_as_they_were(inventory in inventory()) {
        let contents = Contents::of(&inventory, "home");
        let text = (contents.kinds_text(), contents.namespaces_text());
        prop_assert_eq!(Contents::parse(&text.0, &text.1), contents.clone());
        prop_assert!(contents.kinds.len() <= inventory.len());
        prop_assert_eq!(contents.union(&Contents::default()), contents);
    }
}

#[test]
fn the_parents_own_namespace_and_no_namespace_are_not_listed() {
    let ids = [
        ObjectId::new("apps", "Deployment", "home", "a"),
        ObjectId::new("", "ConfigMap", "away", "b"),
        ObjectId::new("", "Namespace", "", "away"),
    ];
    let inventory = ids.into_iter().map(|id| (id, InventoryEntry::default())).collect();
    let contents = Contents::of(&inventory, "home");
    assert_eq!(contents.kinds_text(), "ConfigMap,Deployment.apps,Namespace");
    assert_eq!(contents.namespaces_text(), "away");
    assert_eq!(Contents::of(&Inventory::default(), "home").kinds_text(), "");
}

/// Computed with `printf %s 'demo.shop.ConfigMap.' | sha256sum`, and so on.
#[test]
fn ids_follow_the_specification() {
    let id = "applyset-3henVC9M3Mpd9BpiYNH2W8v5qxRAbgu6O0GnvCHjEII-v1";
    assert_eq!(Parent::config_map("shop", "demo").id(), id);
    let id = "applyset-GFUrpQ_ZgZxV3WG1W5fgD09xJ9Y98NRvfYqfQaDBaKw-v1";
    assert_eq!(Parent::secret("shop", "demo").id(), id);
}

#[test]
fn a_newer_format_is_told_from_a_broken_one() {
    let reason = |text: &str| codec::header(text, "here").unwrap_err().reason();
    assert_eq!(reason(r#"{"format":2,"chunks":"what do I know"}"#), reason::INVENTORY_TOO_NEW);
    for broken in ["", "{}", "[]", r#"{"format":"1"}"#, r#"{"format":1}"#] {
        assert_eq!(reason(broken), reason::INVENTORY_CORRUPT, "{broken}");
    }
    let empty = r#"{"format":1,"objects":0,"parts":[]}"#;
    assert_eq!(reason(empty), reason::INVENTORY_CORRUPT);
}

#[test]
fn what_fits_in_no_number_of_parts_is_refused() {
    let id = ObjectId::new("", "ConfigMap", "", &"x".repeat(3000));
    let inventory = Inventory::from_iter([(id, InventoryEntry::default())]);
    let error = codec::encode(&inventory, LIMIT).unwrap_err();
    assert_eq!(error.reason(), reason::TOO_LARGE);
}

fn parent_object(annotations: Value, labels: Value, data: Value) -> DynamicObject {
    serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "demo", "namespace": "shop", "resourceVersion": "7",
            "annotations": annotations, "labels": labels},
        "data": data,
    }))
    .unwrap()
}

fn read(object: &DynamicObject) -> gitops_core::Result<State> {
    State::read(object, &Parent::config_map("shop", "demo"), &Tooling::Kubectl)
}

#[test]
fn foreign_objects_are_never_taken_for_a_set() {
    let id = json!({ID: Parent::config_map("shop", "demo").id()});
    let reason = |annotations, labels, data| {
        read(&parent_object(annotations, labels, data)).unwrap_err().reason()
    };
    let kubectl = json!({TOOLING: "kubectl/v1.37.2"});
    assert_eq!(reason(json!({}), json!({}), json!({"some": "data"})), reason::OWNED_BY_OTHER);
    assert_eq!(reason(json!({TOOLING: "helm/v3"}), id.clone(), json!({})), reason::OWNED_BY_OTHER);
    let nested = json!({TOOLING: "example.com/kubectl/v1"});
    assert_eq!(reason(nested, id, json!({})), reason::OWNED_BY_OTHER);
    let other = json!({ID: Parent::config_map("shop", "other").id()});
    assert_eq!(reason(kubectl, other, json!({})), reason::INVENTORY_CORRUPT);
}

#[test]
fn a_set_of_kubectl_is_read_with_its_contents() {
    let id = json!({ID: Parent::config_map("shop", "demo").id()});
    let annotations = json!({
        TOOLING: "kubectl/v1.37.2",
        CONTAINS_GROUP_KINDS: "ConfigMap,Deployment.apps",
        ADDITIONAL_NAMESPACES: "a,b",
    });
    let state = read(&parent_object(annotations, id.clone(), json!({}))).unwrap();
    assert_eq!(state.contents().kinds_text(), "ConfigMap,Deployment.apps");
    assert_eq!(state.contents().namespaces_text(), "a,b");
    assert!(state.header.is_none() && state.resources.is_empty());

    let old = json!({TOOLING: "kubectl/v1.27", CONTAINS_GROUP_RESOURCES: "configmaps"});
    assert_eq!(read(&parent_object(old, id, json!({}))).unwrap().resources, ["configmaps"]);
}

#[test]
fn tooling_is_kubectls_in_name_and_ours_in_version() {
    let stamp = Tooling::Kubectl.stamp();
    assert_eq!(tooling::base_name(&stamp), "kubectl");
    assert!(stamp.contains("gitops-kube"));
    assert_eq!(Tooling::Kubectl.field_manager(), "kubectl-applyset");
    let own = Tooling::Named { name: "shop".into(), version: "v1".into() };
    assert_eq!((own.stamp().as_str(), own.field_manager().as_str()), ("shop/v1", "shop-applyset"));
}
