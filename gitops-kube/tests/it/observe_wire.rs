//! What an observer asks and answers, against a scripted server.

use crate::wire::{Reply, SECOND, Wire, config_map, desired, list, live, object, query, status};
use gitops_core::{
    Retry,
    model::{
        Coverage, Desired, Inventory, InventoryEntry, Object, ObjectId, Observed, Owner, Predicted,
        Uid, Verified,
    },
    reason,
    stage::{Observer, Query},
};
use gitops_kube::{App, AppOnCluster, ConflictPolicy, Options};
use serde_json::{Value, json};
use std::time::Duration;

async fn observe(app: &AppOnCluster, desired: &Desired, inventory: &Inventory) -> Observed {
    app.observer().observe(query(desired, inventory)).await.unwrap()
}

/// The inventory after everything that is live was verified as it is.
fn verified(observed: &Observed, desired: &Desired) -> Inventory {
    let entry = |object: &Object| {
        let live = observed.live(object.id()).unwrap();
        let pair =
            Verified { desired: object.digest(), state: live.state, memo: live.memo.clone() };
        (object.id().clone(), InventoryEntry { uid: live.uid.clone(), verified: Some(pair) })
    };
    desired.objects().map(entry).collect()
}

/// A server with `a` live and marked, its app, and what is desired and owned.
async fn settled() -> (Wire, AppOnCluster, Desired, Inventory) {
    let wire = Wire::new();
    let app = wire.app();
    let a = config_map("a", json!({"k": "1"}));
    let seen = live(&app, &a, "u1", "5");
    wire.on("GET", "configmaps?labelSelector", Reply::Json(200, list(vec![seen.clone()], "10")));
    wire.on("GET", "watch=true", Reply::Events(vec![]));
    wire.on("PATCH", "dryRun=All", Reply::Json(200, seen));
    let wanted = desired([a]);
    let observed = observe(&app, &wanted, &Inventory::default()).await;
    let inventory = verified(&observed, &wanted);
    // Now everything is known and watched.
    observe(&app, &wanted, &inventory).await;
    wire.forget();
    (wire, app, wanted, inventory)
}

fn event(kind: &str, object: &Value) -> Value {
    json!({"type": kind, "object": object})
}

#[tokio::test(start_paused = true)]
async fn the_steady_state_asks_nothing() {
    let (wire, app, wanted, inventory) = settled().await;
    let observed = observe(&app, &wanted, &inventory).await;
    assert_eq!(observed.coverage, Coverage::Everything);
    let seen = observed.objects.values().next().unwrap();
    assert!(seen.predicted.is_none());
    assert_eq!(seen.live.as_ref().unwrap().owner, Owner::Ours);
    let since = observed.cursor.as_ref();
    let query = Query { desired: &wanted, inventory: &inventory, since };
    let answer = app.observer().observe(query).await.unwrap();
    assert_eq!(answer.coverage, Coverage::Moved);
    assert_eq!(answer.cursor.as_ref(), since);
    assert!(answer.objects.is_empty());
    assert_eq!(wire.sent().len(), 0, "{:?}", wire.sent());
}

#[tokio::test(start_paused = true)]
async fn what_nobody_looked_at_is_listed_anew() {
    let (wire, app, wanted, inventory) = settled().await;
    tokio::time::advance(Options::default().patience + SECOND).await;
    observe(&app, &wanted, &inventory).await;
    let asked: Vec<String> = wire.sent().into_iter().map(|sent| sent.path).collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].contains("limit=500"));
}

#[tokio::test(start_paused = true)]
async fn a_foreign_change_arrives_without_being_asked_for() {
    let wire = Wire::new();
    let app = wire.app();
    let a = config_map("a", json!({"k": "1"}));
    let seen = live(&app, &a, "u1", "5");
    let mut drifted = live(&app, &a, "u1", "11");
    drifted["data"]["k"] = "2".into();
    wire.on("GET", "configmaps?labelSelector", Reply::Json(200, list(vec![seen.clone()], "10")));
    wire.on("GET", "watch=true", Reply::Events(vec![event("MODIFIED", &drifted)]));
    wire.on("PATCH", "dryRun=All", Reply::Json(200, seen));
    let wanted = desired([a]);
    let first = observe(&app, &wanted, &Inventory::default()).await;
    let inventory = verified(&first, &wanted);
    let moved = app.observer();
    tokio::time::timeout(SECOND, moved.moved(first.cursor.as_ref())).await.unwrap().unwrap();
    let second = observe(&app, &wanted, &inventory).await;
    let object = second.objects.values().next().unwrap();
    assert_eq!(object.live.as_ref().unwrap().version.as_str(), "11");
    assert!(matches!(object.predicted, Some(Predicted::Document(_))));
    assert_ne!(first.cursor, second.cursor);
    let later = tokio::time::timeout(Duration::from_secs(60), moved.moved(second.cursor.as_ref()));
    assert!(later.await.is_err(), "nothing moves any more");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_waiter_hands_over() {
    let wire = Wire::new();
    let app = wire.app();
    let a = config_map("a", json!({"k": "1"}));
    let seen = live(&app, &a, "u1", "5");
    let (events, stream) = futures::channel::mpsc::unbounded();
    wire.on("GET", "configmaps?labelSelector", Reply::Json(200, list(vec![seen.clone()], "10")));
    wire.on("GET", "watch=true", Reply::live(stream));
    wire.on("PATCH", "dryRun=All", Reply::Json(200, seen));
    let wanted = desired([a.clone()]);
    let cursor = observe(&app, &wanted, &Inventory::default()).await.cursor;
    let observer = app.observer();
    let mut first = Box::pin(observer.moved(cursor.as_ref()));
    let mut second = Box::pin(observer.moved(cursor.as_ref()));
    let soon = Duration::from_millis(10);
    assert!(tokio::time::timeout(soon, &mut first).await.is_err());
    assert!(tokio::time::timeout(soon, &mut second).await.is_err());
    // The stream knows the waker of whoever polled last; that one goes.
    let (later, since) = (app.observer(), cursor.clone());
    let waiting = tokio::spawn(async move { later.moved(since.as_ref()).await.unwrap() });
    tokio::time::sleep(soon).await;
    assert!(tokio::time::timeout(soon, &mut second).await.is_err());
    drop((first, second));
    events.unbounded_send(event("DELETED", &live_again(&a))).unwrap();
    tokio::time::timeout(SECOND, waiting).await.expect("nobody drives").unwrap();
}

fn live_again(object: &Object) -> Value {
    let wire = Wire::new();
    live(&wire.app(), object, "u1", "12")
}

#[tokio::test(start_paused = true)]
async fn an_expired_watch_lists_again() {
    let wire = Wire::new();
    let app = wire.app();
    let a = config_map("a", json!({"k": "1"}));
    let (old, new) = (live(&app, &a, "u1", "5"), live(&app, &a, "u1", "25"));
    wire.on("GET", "configmaps?labelSelector", Reply::Json(200, list(vec![new], "30")));
    wire.times(
        1,
        "GET",
        "configmaps?labelSelector",
        Reply::Json(200, list(vec![old.clone()], "10")),
    );
    let expired = json!({"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410,
        "message": "too old resource version: 10 (20)"});
    wire.on("GET", "watch=true", Reply::Events(vec![]));
    wire.times(1, "GET", "watch=true", Reply::Events(vec![event("ERROR", &expired)]));
    wire.times(1, "GET", "watch=true", status(410, "Expired", "too old", json!([])));
    wire.on("PATCH", "dryRun=All", Reply::Json(200, old));
    let wanted = desired([a]);
    let first = observe(&app, &wanted, &Inventory::default()).await;
    assert_eq!(first.live(wanted.objects().next().unwrap().id()).unwrap().version.as_str(), "5");
    let moved = app.observer();
    let moved = moved.moved(first.cursor.as_ref());
    tokio::time::timeout(Duration::from_secs(10), moved).await.unwrap().unwrap();
    let second = observe(&app, &wanted, &Inventory::default()).await;
    assert_eq!(second.live(wanted.objects().next().unwrap().id()).unwrap().version.as_str(), "25");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_goes_on_where_it_was() {
    let wire = Wire::new();
    let app = wire.app();
    let a = config_map("a", json!({"k": "1"}));
    let seen = live(&app, &a, "u1", "5");
    let bookmark = json!({"kind": "ConfigMap", "apiVersion": "v1",
        "metadata": {"resourceVersion": "77"}});
    wire.on("GET", "configmaps?labelSelector", Reply::Json(200, list(vec![seen.clone()], "10")));
    wire.on(
        "GET",
        "watch=true",
        Reply::Events(vec![event("MODIFIED", &live(&app, &a, "u1", "80"))]),
    );
    wire.times(1, "GET", "watch=true", Reply::Ended(vec![event("BOOKMARK", &bookmark)]));
    wire.on("PATCH", "dryRun=All", Reply::Json(200, seen));
    let wanted = desired([a]);
    let first = observe(&app, &wanted, &Inventory::default()).await;
    let observer = app.observer();
    let moved = observer.moved(first.cursor.as_ref());
    tokio::time::timeout(Duration::from_secs(10), moved).await.unwrap().unwrap();
    let watches: Vec<String> =
        wire.sent().into_iter().map(|s| s.path).filter(|p| p.contains("watch=true")).collect();
    assert_eq!(watches.len(), 2);
    assert!(watches[0].contains("resourceVersion=10&"), "{watches:?}");
    assert!(watches[1].contains("resourceVersion=77&"), "no list in between: {watches:?}");
    let lists = wire.sent().iter().filter(|sent| sent.path.contains("limit=")).count();
    assert_eq!(lists, 1);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_died_without_a_word_is_noticed() {
    let (wire, app, wanted, inventory) = settled().await;
    let cursor = observe(&app, &wanted, &inventory).await.cursor;
    let observer = app.observer();
    let limit = Options::default().watch_timeout + Duration::from_secs(11);
    assert!(tokio::time::timeout(limit, observer.moved(cursor.as_ref())).await.is_err());
    let watches = wire.sent().iter().filter(|sent| sent.path.contains("watch=true")).count();
    assert_eq!(watches, 1, "it was opened again: {:?}", wire.sent());
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_may_not_be_watched_is_read() {
    let wire = Wire::new();
    let app = wire.app();
    let a = config_map("a", json!({"k": "1"}));
    let seen = live(&app, &a, "u1", "5");
    wire.on("GET", "/api/v1/configmaps?", status(403, "Forbidden", "no list", json!([])));
    wire.on("GET", "namespaces/shop/configmaps?", Reply::Json(200, list(vec![seen.clone()], "9")));
    wire.on("PATCH", "dryRun=All", Reply::Json(200, seen.clone()));
    let wanted = desired([a.clone()]);
    let answer = observe(&app, &wanted, &Inventory::default()).await;
    assert!(answer.live(a.id()).is_some());
    // Nor listed in the namespace: one by one.
    wire.on("GET", "namespaces/shop/configmaps?", status(403, "Forbidden", "no", json!([])));
    wire.on("GET", "configmaps/a", Reply::Json(200, seen));
    let answer = observe(&app, &wanted, &verified(&answer, &wanted)).await;
    assert!(answer.live(a.id()).is_some());
    assert!(!answer.cursor.unwrap().as_str().contains("whole"), "it can't tell what moves");
}

#[tokio::test(start_paused = true)]
async fn without_watches_each_pass_lists() {
    let wire = Wire::new();
    let options = Options { watch: false, ..Options::default() };
    let app = wire.cluster_with(options).app(App::new("shop", "shop")).unwrap();
    let a = config_map("a", json!({"k": "1"}));
    let seen = live(&app, &a, "u1", "5");
    wire.on("GET", "configmaps?labelSelector", Reply::Json(200, list(vec![seen.clone()], "10")));
    wire.on("PATCH", "dryRun=All", Reply::Json(200, seen));
    let wanted = desired([a]);
    let first = observe(&app, &wanted, &Inventory::default()).await;
    assert_eq!(first.cursor, None);
    wire.forget();
    observe(&app, &wanted, &verified(&first, &wanted)).await;
    assert_eq!(wire.sent().len(), 1, "{:?}", wire.sent());
}

#[tokio::test(start_paused = true)]
async fn all_unknown_kinds_are_named_at_once() {
    let wire = Wire::new();
    let app = wire.app();
    let thing = |kind: &str, group: &str| {
        object(json!({"apiVersion": format!("{group}/v1"), "kind": kind,
            "metadata": {"name": kind.to_lowercase(), "namespace": "shop"}}))
    };
    let wanted = desired([
        thing("Widget", "acme.example"),
        thing("Gadget", "acme.example"),
        config_map("a", json!({})),
    ]);
    let empty = Inventory::default();
    let error = app.observer().observe(query(&wanted, &empty)).await.unwrap_err();
    assert_eq!((error.reason(), error.retry()), (reason::UNKNOWN_KIND, Retry::Backoff));
    assert_eq!(error.related().len(), 1);
    assert_eq!(error.origin().unwrap().to_string(), "gadget.yaml:3");
    let looks = || wire.sent().iter().filter(|sent| sent.path == "/apis").count();
    assert_eq!(looks(), 1, "the first look is fresh enough");
    for _ in 0..5 {
        app.observer().observe(query(&wanted, &empty)).await.unwrap_err();
    }
    assert_eq!(looks(), 1, "a typo does not hammer the server");
    tokio::time::advance(Duration::from_secs(11)).await;
    app.observer().observe(query(&wanted, &empty)).await.unwrap_err();
    assert_eq!(looks(), 2);
    assert!(wire.writes().is_empty());
    let unclear = desired([thing("Odd", "broken.example")]);
    let error = app.observer().observe(query(&unclear, &empty)).await.unwrap_err();
    assert_eq!(error.reason(), reason::UNAVAILABLE, "a silent group is not an unknown kind");
}

#[tokio::test(start_paused = true)]
async fn a_kind_defined_in_the_same_set_comes_later() {
    let wire = Wire::new();
    let app = wire.app();
    let definition = object(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.acme.example"},
        "spec": {"group": "acme.example", "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "served": true}, {"name": "v0", "served": false}]},
    }));
    let widget = |version: &str| {
        object(json!({"apiVersion": format!("acme.example/{version}"), "kind": "Widget",
            "metadata": {"name": "w", "namespace": "shop"}}))
    };
    wire.on("PATCH", "widgets.acme.example", Reply::Json(201, definition_answer()));
    let wanted = desired([definition.clone(), widget("v1")]);
    let answer = observe(&app, &wanted, &Inventory::default()).await;
    let seen = &answer.objects[widget("v1").id()];
    assert!(seen.live.is_none());
    assert!(matches!(seen.predicted, Some(Predicted::Later(_))), "{seen:?}");
    let wanted = desired([definition, widget("v0")]);
    let error = app.observer().observe(query(&wanted, &Inventory::default())).await.unwrap_err();
    assert_eq!((error.reason(), error.retry()), (reason::UNKNOWN_KIND, Retry::Never));
}

fn definition_answer() -> Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.acme.example", "uid": "d", "resourceVersion": "2"}})
}

#[tokio::test(start_paused = true)]
async fn owned_objects_of_a_kind_that_is_gone_are_absent() {
    let wire = Wire::new();
    let app = wire.app();
    let id = ObjectId::new("acme.example", "Widget", "shop", "w");
    let silent = ObjectId::new("broken.example", "Odd", "shop", "w");
    let entry = InventoryEntry { uid: Some(Uid::new("u")), verified: None };
    let inventory: Inventory = [(id.clone(), entry.clone())].into_iter().collect();
    let answer = observe(&app, &desired([]), &inventory).await;
    assert!(answer.objects[&id].live.is_none());
    let inventory: Inventory = [(silent, entry)].into_iter().collect();
    let none = desired([]);
    let error = app.observer().observe(query(&none, &inventory)).await.unwrap_err();
    assert_eq!(error.reason(), reason::UNAVAILABLE, "silence is not absence");
}

#[tokio::test(start_paused = true)]
async fn a_namespace_of_the_same_set_comes_first() {
    let wire = Wire::new();
    let app = wire.app();
    let namespace =
        object(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}));
    let answer = json!({"apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "shop", "uid": "n", "resourceVersion": "3"}});
    wire.on("PATCH", "/namespaces/shop?", Reply::Json(201, answer));
    let a = config_map("a", json!({}));
    let seen = observe(&app, &desired([namespace, a.clone()]), &Inventory::default()).await;
    assert!(matches!(seen.objects[a.id()].predicted, Some(Predicted::Later(_))));
    assert!(
        wire.sent()
            .iter()
            .all(|sent| !(sent.method == "PATCH" && sent.path.contains("configmaps")))
    );
}

#[tokio::test(start_paused = true)]
async fn yielding_leaves_the_fields_of_others() {
    let wire = Wire::new();
    let app = wire.app_with(App::new("shop", "shop").conflicts(ConflictPolicy::Yield));
    let a = config_map("a", json!({"k": "1", "l": "2"}));
    let causes = json!([{"reason": "FieldManagerConflict", "field": ".data.k",
        "message": "conflict with \"x\" using v1"}]);
    wire.on("PATCH", "configmaps/a", Reply::Json(200, live(&app, &a, "u", "4")));
    wire.times(1, "PATCH", "configmaps/a", status(409, "Conflict", "Apply failed", causes));
    let answer = observe(&app, &desired([a.clone()]), &Inventory::default()).await;
    assert!(matches!(answer.objects[a.id()].predicted, Some(Predicted::Document(_))));
    let dry: Vec<_> = wire.sent().into_iter().filter(|sent| sent.method == "PATCH").collect();
    assert_eq!(dry.len(), 2);
    assert!(
        dry.iter()
            .all(|sent| sent.path.contains("force=false&") && sent.path.contains("dryRun=All"))
    );
    assert_eq!(dry[1].body["data"], json!({"l": "2"}));
}

#[tokio::test(start_paused = true)]
async fn the_payload_bears_our_mark_and_nothing_of_the_server() {
    let wire = Wire::new();
    let app = wire.app();
    let a = object(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {}, "status": {"x": 1},
        "metadata": {"name": "a", "namespace": "shop", "resourceVersion": "1", "uid": "u",
            "creationTimestamp": null, "managedFields": [], "generation": 3, "selfLink": "/"},
    }));
    wire.on("PATCH", "configmaps/a", Reply::Json(201, live(&app, &a, "u", "4")));
    observe(&app, &desired([a]), &Inventory::default()).await;
    let sent = wire.sent().into_iter().find(|sent| sent.method == "PATCH").unwrap();
    let set = app.app().apply_set();
    assert_eq!(
        sent.body,
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": {},
            "metadata": {"name": "a", "namespace": "shop",
                "labels": {"applyset.kubernetes.io/part-of": set}},
        })
    );
    assert!(sent.path.contains("fieldManager=gitops-shop&force=true&fieldValidation=Strict"));
}

#[tokio::test(start_paused = true)]
async fn names_that_are_no_path_segments_are_refused_before_any_request() {
    let wire = Wire::new();
    let app = wire.app();
    for (name, namespace) in
        [("../x", "shop"), ("..", "shop"), ("a%2f", "shop"), ("a", ""), ("a", "x/y")]
    {
        let bad = object(json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace}}));
        let error = app.observer().observe(query(&desired([bad]), &Inventory::default())).await;
        let error = error.unwrap_err();
        assert_eq!(error.reason(), reason::INVALID_OBJECT, "{name} {namespace}: {error}");
    }
    assert!(wire.sent().iter().all(|sent| sent.path.starts_with("/api")), "discovery only");
    assert_eq!(wire.sent().len(), 2);
}
