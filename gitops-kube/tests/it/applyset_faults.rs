//! The store when a save is cut short: at every write, before it and after it.

use gitops_core::{
    model::{Inventory, InventoryEntry, ObjectId, Uid},
    stage::InventoryStore,
};
use gitops_kube::applyset::{ApplySetStore, CONTAINS_GROUP_KINDS, Parent};
use gitops_testkit::server::server_or_skip;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client, ResourceExt, client::Body};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Where a save is cut: all writes from this one on fail, and this one does or doesn't arrive.
#[derive(Debug, Clone, Copy)]
struct Cut {
    write: usize,
    arrives: bool,
}

/// A client that counts writes and fails from `cut` on.
fn cutting(client: &Client, cut: Option<Cut>) -> (Client, Arc<AtomicUsize>) {
    let writes = Arc::new(AtomicUsize::new(0));
    let (inner, count) = (client.clone(), writes.clone());
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let (inner, count) = (inner.clone(), count.clone());
        async move {
            if request.method() == http::Method::GET {
                return inner.send(request).await;
            }
            let number = count.fetch_add(1, Ordering::SeqCst);
            match cut {
                Some(cut) if number >= cut.write => {
                    if number == cut.write && cut.arrives {
                        inner.send(request).await?;
                    }
                    Err(kube::Error::Service("connection cut".into()))
                }
                _ => inner.send(request).await,
            }
        }
    });
    (Client::new(service, "default"), writes)
}

fn store(client: &Client, parent: &Parent) -> ApplySetStore {
    ApplySetStore::new(client.clone(), parent.clone()).part_limit(1024)
}

fn inventory(kinds: &[&str], count: u32, uid: &str) -> Inventory {
    let ids = kinds.iter().flat_map(|kind| {
        (0..count).map(move |number| ObjectId::new("", kind, "shop", &format!("x{number}")))
    });
    ids.map(|id| (id, InventoryEntry { uid: Some(Uid::new(uid)), verified: None })).collect()
}

fn kinds(inventory: &Inventory) -> BTreeSet<String> {
    inventory.iter().map(|(id, _)| id.kind().to_owned()).collect()
}

#[tokio::test]
async fn a_save_cut_at_any_write_leaves_the_old_or_the_new_inventory_and_can_be_finished() {
    let Some(server) = server_or_skip().await else { return };
    let client = server.client().await.unwrap();
    let home = server.namespace("inventory").await.unwrap();
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), &home);
    let few = inventory(&["Pod", "Secret"], 2, "a");
    let many = inventory(&["Pod", "Service"], 30, "a");
    let other = inventory(&["Pod", "Job"], 30, "b");
    let mut cuts = 0;
    for (round, (old, new)) in [
        (None, &few),
        (None, &many),
        (Some(&few), &few.clone().into_changed()),
        (Some(&few), &many),
        (Some(&many), &other),
        (Some(&many), &few),
    ]
    .into_iter()
    .enumerate()
    {
        let mut parent = Parent::config_map(&home, format!("clean-{round}"));
        let base = async |parent: &Parent| match old {
            Some(old) => Some(store(&client, parent).save(old, None).await.unwrap()),
            None => None,
        };
        let (counting, writes) = cutting(&client, None);
        let before = base(&parent).await;
        store(&counting, &parent).save(new, before.as_ref()).await.unwrap();
        let writes = writes.load(Ordering::SeqCst);
        println!("round {round}: {writes} writes");

        for (write, arrives) in (0..writes).flat_map(|write| [(write, false), (write, true)]) {
            let cut = Cut { write, arrives };
            cuts += 1;
            parent.name = format!("cut-{round}-{write}-{arrives}");
            let before = base(&parent).await;
            let (cutting, _) = cutting(&client, Some(cut));
            let result = store(&cutting, &parent).save(new, before.as_ref()).await;

            let loaded = store(&client, &parent).load().await.unwrap();
            let empty = Inventory::default();
            let is = |one: &Inventory| loaded.inventory == *one;
            assert!(is(new) || is(old.unwrap_or(&empty)), "{round} {cut:?}: neither old nor new");
            assert!(result.is_err() || is(new), "{round} {cut:?}: saved and not there");

            // Whatever the engine may create from here, kubectl looks for.
            if let Some(live) = api.get_opt(&parent.name).await.unwrap() {
                let named = live.annotations().get(CONTAINS_GROUP_KINDS);
                let named: Option<BTreeSet<String>> =
                    named.map(|text| text.split(',').map(String::from).collect());
                let covered = |one: &Inventory| {
                    named.as_ref().is_some_and(|named| kinds(one).is_subset(named))
                };
                assert!(is(&empty) || covered(&loaded.inventory), "{round} {cut:?}: {named:?}");
            }

            let last = store(&client, &parent);
            last.save(new, loaded.version.as_ref()).await.unwrap();
            assert_eq!(last.load().await.unwrap().inventory, *new, "{round} {cut:?}");
            // The next save finds nothing to do, and nothing is left over.
            let left = |list: kube::core::ObjectList<ConfigMap>| {
                let prefix = format!("{}-", parent.name);
                let names = list.items.iter().map(ResourceExt::name_any);
                names.filter(|name| name.starts_with(&prefix)).count()
            };
            let parts = left(api.list(&Default::default()).await.unwrap());
            let wanted = live_parts(&api, &parent).await;
            assert_eq!(parts, wanted, "{round} {cut:?}: unused parts");
        }
    }
    println!("{cuts} cuts");
}

/// Two processes at once: while one removes the parts that its save made unused, the other goes
/// back to the inventory that they belong to.
#[tokio::test]
async fn parts_that_another_save_takes_up_again_are_not_removed_under_it() {
    let Some(server) = server_or_skip().await else { return };
    let client = server.client().await.unwrap();
    let home = server.namespace("inventory").await.unwrap();
    let parent = Parent::config_map(&home, "shop");
    let many = inventory(&["Pod", "Service"], 30, "a");
    let other = inventory(&["Pod", "Job"], 30, "b");
    let first = store(&client, &parent).save(&many, None).await.unwrap();

    let removals = Arc::new(AtomicUsize::new(0));
    let (inner, back, at, count) = (client.clone(), many.clone(), parent.clone(), removals.clone());
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let (inner, back, at) = (inner.clone(), back.clone(), at.clone());
        let removal = request.method() == http::Method::DELETE;
        let first = removal && count.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                let meanwhile = store(&inner, &at);
                let base = meanwhile.load().await.unwrap().version;
                meanwhile.save(&back, base.as_ref()).await.unwrap();
            }
            inner.send(request).await
        }
    });
    let racing = Client::new(service, "default");
    store(&racing, &parent).save(&other, Some(&first)).await.unwrap();
    assert!(removals.load(Ordering::SeqCst) > 1);
    assert_eq!(store(&client, &parent).load().await.unwrap().inventory, many);
}

/// How many shards the stored header names.
async fn live_parts(api: &Api<ConfigMap>, parent: &Parent) -> usize {
    let data = api.get(&parent.name).await.unwrap().data.unwrap();
    let header: serde_json::Value = serde_json::from_str(&data["inventory"]).unwrap();
    if data.contains_key("entries") { 0 } else { header["parts"].as_array().unwrap().len() }
}

trait Changed {
    fn into_changed(self) -> Inventory;
}

impl Changed for Inventory {
    /// The same objects, one of them in another incarnation.
    fn into_changed(mut self) -> Inventory {
        let id = self.iter().next().unwrap().0.clone();
        self.insert(id, InventoryEntry { uid: Some(Uid::new("new")), verified: None });
        self
    }
}
