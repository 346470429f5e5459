//! What a whole pass makes of a server's refusals and failures: nothing is written that the answer
//! does not allow, nothing is pruned, nothing owned is forgotten, and the message says what, where
//! and what to do.

use crate::wire::{Reply, Wire, config_map, list, live, status};
use gitops_core::{
    Retry,
    engine::{Pipeline, Stages},
    env::Env,
    model::{Inventory, InventoryEntry, ObjectId, Uid},
    reason,
    render::Yaml,
    stage::InventoryStore,
};
use gitops_kube::{
    App, ConflictPolicy,
    applyset::{ApplySetStore, Parent},
};
use gitops_testkit::fake::{FakeSource, FakeStore, FakeSystem};
use serde_json::json;
use std::time::Duration;

const A: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {k: new}\n";

fn id(name: &str) -> ObjectId {
    ObjectId::new("", "ConfigMap", "shop", name)
}

/// An app that owns `a`, which Git changed, and `c`, which Git removed.
struct World {
    wire: Wire,
    app: Pipeline,
    store: FakeStore,
}

impl World {
    async fn new() -> Self {
        let wire = Wire::new();
        let app = App::new("shop", "shop").conflicts(ConflictPolicy::Fail);
        let on = wire.app_with(app);
        let a = live(&on, &config_map("a", json!({"k": "old"})), "u1", "5");
        let c = live(&on, &config_map("c", json!({})), "u3", "6");
        let after = live(&on, &config_map("a", json!({"k": "new"})), "u1", "7");
        wire.on(
            "GET",
            "configmaps?labelSelector",
            Reply::Json(200, list(vec![a.clone(), c.clone()], "10")),
        );
        wire.on("GET", "watch=true", Reply::Events(vec![]));
        wire.on("GET", "configmaps/a", Reply::Json(200, a));
        wire.on("GET", "configmaps/c", Reply::Json(200, c));
        wire.on("PATCH", "configmaps/a", Reply::Json(200, after));
        let gone = json!({"kind": "Status", "apiVersion": "v1", "status": "Success"});
        wire.on("DELETE", "configmaps/c", Reply::Json(200, gone));

        let store = FakeSystem::new().inventory();
        let mut owned = Inventory::default();
        for (name, uid) in [("a", "u1"), ("c", "u3")] {
            owned.insert(id(name), InventoryEntry { uid: Some(Uid::new(uid)), verified: None });
        }
        store.save(&owned, None).await.unwrap();
        let source = FakeSource::new();
        source.write("deploy/a.yaml", A);
        let stages = Stages {
            source,
            renderer: on.namespaced(Yaml::new(["deploy"]).unwrap()),
            observer: on.observer(),
            differ: gitops_kube::diff::ManagedFields::default(),
            applier: on.applier(),
            inventory: store.clone(),
        };
        let app = Pipeline::new("shop", stages, on.options(), Env::seeded(7));
        World { wire, app, store }
    }

    fn owned(&self) -> Vec<String> {
        let stored = self.store.stored().unwrap().inventory;
        stored.iter().map(|(id, _)| id.name().to_owned()).collect()
    }
}

fn rows() -> Vec<(&'static str, Reply, &'static str, Retry, &'static [&'static str])> {
    let denied = "configmaps \"a\" is forbidden: User \"u\" cannot patch resource \"configmaps\" in API group \"\" in the namespace \"shop\"";
    let taken = json!([{"reason": "FieldManagerConflict", "field": ".data.k",
        "message": "conflict with \"kubectl-edit\" using v1 at 2026-11-23T05:00:00Z"}]);
    let immutable = json!([{"reason": "FieldValueForbidden", "field": "data",
        "message": "Forbidden: field is immutable when `immutable` is set"}]);
    let causes = "ConfigMap \"a\" is invalid: [data[k]: Too long, metadata.labels: Invalid value]";
    let seven = Duration::from_secs(7);
    vec![
        (
            "401",
            status(401, "Unauthorized", "Unauthorized", json!([])),
            reason::UNAUTHENTICATED,
            Retry::Backoff,
            &["credentials", "renew"],
        ),
        (
            "403",
            status(403, "Forbidden", denied, json!([])),
            reason::FORBIDDEN,
            Retry::Never,
            &["cannot patch resource \"configmaps\"", "namespace \"shop\"", "grant"],
        ),
        (
            "409 of fields",
            status(409, "Conflict", "Apply failed with 1 conflict", taken),
            reason::FIELD_CONFLICT,
            Retry::Never,
            &[".data.k is owned by \"kubectl-edit\"", "conflict policy"],
        ),
        (
            "422",
            status(422, "Invalid", causes, json!([])),
            reason::INVALID,
            Retry::Never,
            &["data[k]: Too long", "metadata.labels: Invalid value", "correct it"],
        ),
        (
            "immutable",
            status(422, "Invalid", "is invalid: data: Forbidden: field is immutable", immutable),
            reason::IMMUTABLE_FIELD,
            Retry::Never,
            &["data: Forbidden", "change it back"],
        ),
        (
            "429",
            Reply::Text(429, &[("retry-after", "7")], "Too many requests"),
            reason::THROTTLED,
            Retry::After(seven),
            &["Too many requests"],
        ),
        (
            "500",
            status(500, "InternalError", "boom", json!([])),
            reason::UNAVAILABLE,
            Retry::Backoff,
            &["500 boom"],
        ),
        (
            "503",
            Reply::Text(503, &[("retry-after", "7")], "down"),
            reason::UNAVAILABLE,
            Retry::After(seven),
            &["503 down"],
        ),
        ("no connection", Reply::Unreachable, reason::UNAVAILABLE, Retry::Backoff, &["be reached"]),
    ]
}

/// Answers that leave open what a write did, and what they mean to a read.
fn lost() -> [(&'static str, Reply, &'static str); 3] {
    [
        ("time-out", Reply::Silence, reason::TIMED_OUT),
        ("connection lost", Reply::Cut, reason::UNAVAILABLE),
        ("half an answer", Reply::Half, reason::UNAVAILABLE),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_or_dry_run_writes_nothing() {
    let lost = lost().map(|(name, reply, reason)| (name, reply, reason, Retry::Backoff, &[][..]));
    for (name, reply, reason, retry, words) in rows().into_iter().chain(lost) {
        for (method, part) in
            [("GET", "/apis "), ("GET", "configmaps?labelSelector"), ("PATCH", "dryRun=All")]
        {
            // What only an apply can be told.
            let of_an_apply =
                [409, 422].iter().any(|code| matches!(&reply, Reply::Json(got, _) if got == code));
            // Without the right to list, objects are read one by one.
            let listing = part == "configmaps?labelSelector" && name == "403";
            if (of_an_apply && method == "GET") || listing {
                continue;
            }
            let world = World::new().await;
            world.wire.on(method, part, reply.clone());
            let pass = world.app.pass().await;
            let error = pass.error.as_ref().unwrap_or_else(|| panic!("{name} {part}: {pass:?}"));
            assert_eq!((error.reason(), error.retry()), (reason, retry), "{name} {part}: {error}");
            let text = error.to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{name} {part}: {text}");
            if part == "dryRun=All" {
                assert!(text.contains("configmaps a in namespace shop"), "{name}: {text}");
            }
            assert!(world.wire.writes().is_empty(), "{name} {part}: {:?}", world.wire.writes());
            assert_eq!(world.owned(), ["a", "c"], "{name} {part}");
            assert!(!pass.status.is_ready(), "{name} {part}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_write_holds_every_prune_and_is_tried_again_by_its_class() {
    for (name, reply, reason, retry, words) in rows() {
        let world = World::new().await;
        world.wire.times(1, "PATCH", "fieldValidation=Strict ", reply);
        let pass = world.app.pass().await;
        let error = pass.error.as_ref().unwrap_or_else(|| panic!("{name}: {pass:?}"));
        assert_eq!((error.reason(), error.retry()), (reason, retry), "{name}: {error}");
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{name}: {text}");
        for what in ["configmaps a in namespace shop", "deploy/a.yaml:1"] {
            assert!(text.contains(what), "{name}: {text}");
        }
        let writes = world.wire.writes();
        assert_eq!(writes.len(), 1, "{name}: {writes:?}");
        assert_eq!(pass.outcomes.len(), 2, "{name}: one outcome for each change");
        assert_eq!(world.owned(), ["a", "c"], "{name}");

        // The next try goes through, no sooner than the server said; and then comes the prune.
        let before = tokio::time::Instant::now();
        let pass = world.app.settle(Duration::from_secs(3600)).await;
        assert!(pass.error.is_none(), "{name}: {pass:?}");
        assert!(world.wire.writes().iter().any(|sent| sent.method == "DELETE"), "{name}");
        println!("{name}: {:?}", before.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_named_time_is_waited_for() {
    for code in [429, 503] {
        let world = World::new().await;
        let later = Reply::Text(code, &[("retry-after", "77")], "later");
        world.wire.times(1, "PATCH", "fieldValidation=Strict ", later);
        let before = tokio::time::Instant::now();
        let pass = world.app.settle(Duration::from_secs(3600)).await;
        assert!(pass.error.is_none(), "{pass:?}");
        assert!(before.elapsed() >= Duration::from_secs(77), "{:?}", before.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_is_looked_for_and_not_repeated_blindly() {
    for (name, reply, _) in lost() {
        let world = World::new().await;
        world.wire.times(1, "PATCH", "fieldValidation=Strict ", reply);
        let pass = world.app.pass().await;
        let error = pass.error.as_ref().unwrap_or_else(|| panic!("{name}: {pass:?}"));
        let class = (error.reason(), error.retry());
        assert_eq!(class, (reason::OUTCOME_UNKNOWN, Retry::Replan), "{name}: {error}");
        let text = error.to_string();
        for word in ["configmaps a in namespace shop", "deploy/a.yaml:1", "the next pass looks"] {
            assert!(text.contains(word), "{name}: {text}");
        }
        assert_eq!(world.wire.writes().len(), 1, "{name}: no second try, no prune");
        assert_eq!(world.owned(), ["a", "c"], "{name}");
        world.wire.forget();
        world.app.pass().await;
        let sent = world.wire.sent();
        let looked = sent.iter().position(|sent| !sent.is_write());
        let wrote = sent.iter().position(|sent| sent.is_write());
        assert!(looked.is_some() && wrote.is_none_or(|wrote| looked < Some(wrote)), "{sent:?}");
    }
}

/// No pass can begin without an inventory, so there is nothing to wait for.
#[tokio::test(start_paused = true)]
async fn an_inventory_without_a_namespace_is_final_and_says_what_to_do() {
    let wire = Wire::new();
    let on = wire.app();
    wire.on(
        "GET",
        "configmaps/shop",
        Reply::Json(404, crate::wire::not_found("configmaps", "shop")),
    );
    wire.on(
        "PATCH",
        "dryRun=All",
        Reply::Json(200, live(&on, &config_map("a", json!({})), "u1", "5")),
    );
    wire.on(
        "POST",
        "configmaps",
        Reply::Json(404, crate::wire::not_found("namespaces", "nowhere")),
    );
    let source = FakeSource::new();
    source.write("deploy/a.yaml", A);
    let stages = on.stages(source, Yaml::new(["deploy"]).unwrap());
    let parent = Parent::config_map("nowhere", "shop");
    let stages = Stages { inventory: ApplySetStore::new(wire.client(), parent), ..stages };
    let app = Pipeline::new("shop", stages, on.options(), Env::seeded(7));
    let before = tokio::time::Instant::now();
    let pass = app.settle(Duration::from_secs(3600)).await;
    assert_eq!(before.elapsed(), Duration::ZERO, "it returns at once");
    let error = pass.error.unwrap();
    let class = (error.reason(), error.retry());
    assert_eq!(class, (reason::INVALID_CONFIGURATION, Retry::Never), "{error}");
    let text = gitops_core::error::chain(&error);
    for word in ["ConfigMap nowhere/shop", "\"nowhere\"", "create it", "in another namespace"] {
        assert!(text.contains(word), "{text}");
    }
    let sent: Vec<String> = wire.writes().into_iter().map(|sent| sent.method).collect();
    assert_eq!(sent, ["POST"], "the inventory comes before every other write");
}
