//! Events as the cluster's users see them.

use gitops_core::{
    engine::{Event, Recorder, events},
    env::Env,
    error::{Error, Retry, Stage},
    model::{AppId, Cause, Effect, Inventory, ObjectId, Outcome},
    reason,
    stage::InventoryStore,
};
use gitops_kube::{
    applyset::{ApplySetStore, Parent},
    events::Publisher,
};
use gitops_testkit::server::server_or_skip;
use k8s_openapi::api::events::v1 as k8s;
use kube::Api;

fn changed(name: &str, outcome: Outcome) -> Event {
    let id = ObjectId::new("", "ConfigMap", "elsewhere", name);
    Event::Changed { app: AppId::new("shop"), id, cause: Cause::Desired, origin: None, outcome }
}

fn unreachable() -> Event {
    let error = Error::new(
        Stage::Source,
        Retry::Backoff,
        reason::UNREACHABLE,
        "no route to git.example.com",
    );
    Event::Failed { app: AppId::new("shop"), error }
}

#[tokio::test]
async fn kubectl_shows_what_was_done() {
    let Some(server) = server_or_skip().await else { return };
    let client = server.client().await.unwrap();
    let home = server.namespace("events").await.unwrap();
    let parent = Parent::config_map(&home, "shop-inventory");
    let store = ApplySetStore::new(client.clone(), parent.clone());
    store.save(&Inventory::default(), None).await.unwrap();

    let env = Env::seeded(7);
    let publisher = Publisher::new(client.clone(), "shop-controller", &env, move |app| {
        (app.as_str() == "shop").then(|| parent.clone())
    });
    let (recorder, stream) = events(64);
    let api: Api<k8s::Event> = Api::namespaced(client.clone(), &home);
    let seen = async |enough: &dyn Fn(&[k8s::Event]) -> bool| loop {
        let list = api.list(&Default::default()).await.unwrap().items;
        if enough(&list) {
            break;
        }
    };
    let play = async {
        recorder.record(&changed("a", Outcome::Done(Effect::Created)));
        recorder.record(&changed("b", Outcome::Done(Effect::Created)));
        recorder.record(&unreachable());
        seen(&|list| list.len() == 2).await;
        recorder.record(&unreachable());
        let count = |event: &k8s::Event| event.series.as_ref().map_or(1, |series| series.count);
        seen(&|list| list.len() == 2 && list.iter().any(|event| count(event) == 2)).await;
        drop(recorder);
    };
    tokio::join!(publisher.publish(stream), play);

    let table = server.kubectl(["get", "events", "-n", &home]).await.unwrap().ok();
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), 2, "{table}");
    for words in [
        [
            "Normal",
            "Created",
            "configmap/shop-inventory",
            "ConfigMap elsewhere/a; ConfigMap elsewhere/b",
        ],
        ["Warning", "Unreachable", "configmap/shop-inventory", "no route to git.example.com"],
    ] {
        assert!(rows.iter().any(|row| words.iter().all(|word| row.contains(word))), "{table}");
    }
    let described = ["describe", "configmap", "shop-inventory", "-n", &home];
    let described = server.kubectl(described).await.unwrap().ok();
    assert!(described.contains("no route to git.example.com"), "{described}");
}
