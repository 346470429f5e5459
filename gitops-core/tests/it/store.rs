//! The inventory in a file: compare-and-swap, crashes, damage.

use gitops_core::{
    model::{Inventory, InventoryEntry, ObjectId, Uid},
    reason,
    stage::InventoryStore,
    store::FileStore,
};
use std::fs;

fn owned(names: &[&str]) -> Inventory {
    let entry = |name: &&str| {
        let entry = InventoryEntry { uid: Some(Uid::new("u")), verified: None };
        (ObjectId::new("apps", "Kind", "ns/with~marks", name), entry)
    };
    names.iter().map(entry).collect()
}

#[tokio::test]
async fn what_is_saved_is_loaded_and_only_the_latest_may_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("inventory.json"), folder.path().join("other.json"));
    let (store, same) = (FileStore::new(&one), FileStore::new(&one));
    assert_eq!(store.load().await.unwrap().version, None);

    let first = store.save(&owned(&["a"]), None).await.unwrap();
    let second = same.save(&owned(&["a", "b"]), Some(&first)).await.unwrap();
    for stale in [None, Some(&first)] {
        let error = store.save(&owned(&["x"]), stale).await.unwrap_err();
        assert_eq!(error.reason(), reason::INVENTORY_CONFLICT);
    }
    assert_eq!(store.remove(&first).await.unwrap_err().reason(), reason::INVENTORY_CONFLICT);
    let stored = store.load().await.unwrap();
    assert_eq!((stored.inventory, stored.version), (owned(&["a", "b"]), Some(second.clone())));

    assert_eq!(FileStore::new(other).load().await.unwrap().inventory, Inventory::default());
    store.remove(&second).await.unwrap();
    assert_eq!(store.load().await.unwrap().version, None);
}

#[tokio::test]
async fn damage_is_an_error_and_never_an_empty_inventory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.json");
    let store = FileStore::new(&path);
    store.save(&owned(&["a"]), None).await.unwrap();
    let whole = fs::read(&path).unwrap();
    // A crash left the next one half-written: the current one still counts.
    fs::write(folder.path().join("inventory.json.next"), &whole[..5]).unwrap();
    assert_eq!(store.load().await.unwrap().inventory, owned(&["a"]));
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = store.load().await.unwrap_err();
        assert_eq!(error.reason(), reason::INVENTORY_CORRUPT, "cut at {cut}");
    }
    fs::remove_dir_all(folder.path()).unwrap();
    let error = store.save(&owned(&["a"]), None).await.unwrap_err();
    assert_eq!(error.reason(), reason::UNAVAILABLE);
}
