//! What an applier sends, against a scripted server.

use crate::wire::{Reply, Wire, config_map, desired, list, live, not_found, object, query, status};
use gitops_core::{
    Error, Retry,
    engine::{AdoptionPolicy, PrunePolicy, Situation, plan},
    model::{
        Action, AppId, Applied, Base, Cause, Change, Delta, Diff, Effect, Inventory,
        InventoryEntry, Live, Object, Observed, Uid,
    },
    reason,
    stage::{Applier, Flat, Observer},
};
use gitops_kube::AppOnCluster;
use serde_json::{Value, json};

fn change(object: &Object, action: Action, base: Option<&Live>) -> Change {
    Change {
        id: object.id().clone(),
        action,
        cause: Cause::Desired,
        base: base.map(Base::from),
        fields: vec![],
        origin: object.origin().cloned(),
    }
}

async fn create(app: &AppOnCluster, object: &Object) -> Result<Applied, Error> {
    let action = Action::Create { object: object.clone() };
    app.applier().apply(&change(object, action, None)).await
}

/// What is observed of `object` when the server has it as `seen`.
async fn observed(wire: &Wire, app: &AppOnCluster, object: &Object, seen: &Value) -> Observed {
    wire.on("GET", "?labelSelector", Reply::Json(200, list(vec![seen.clone()], "10")));
    wire.on("GET", "watch=true", Reply::Events(vec![]));
    wire.on("PATCH", "dryRun=All", Reply::Json(200, seen.clone()));
    let (wanted, empty) = (desired([object.clone()]), Inventory::default());
    let observed = app.observer().observe(query(&wanted, &empty)).await.unwrap();
    wire.forget();
    observed
}

/// The change that prunes `object`, as the engine plans it: only its guards issue permits.
fn pruning(object: &Object, observed: &Observed) -> Change {
    let live = observed.live(object.id()).unwrap();
    let entry = InventoryEntry { uid: live.uid.clone(), verified: None };
    let kept = config_map("kept", json!({}));
    let inventory: Inventory = [(object.id().clone(), entry)].into_iter().collect();
    let wanted = desired([kept.clone()]);
    let mut observed = observed.clone();
    observed.objects.insert(kept.id().clone(), Default::default());
    let decision = plan(Situation {
        app: &AppId::new("shop"),
        desired: &wanted,
        observed: &observed,
        diff: &Diff::new([(kept.id().clone(), Delta::Missing)]),
        inventory: &inventory,
        order: &Flat,
        prune: &PrunePolicy::default().budget(10, 100),
        adoption: AdoptionPolicy::default(),
    });
    let plan = decision.unwrap().plan;
    let mut prunes = plan.changes().filter(|change| matches!(change.action, Action::Prune { .. }));
    prunes.next().cloned().unwrap()
}

/// The change that replaces `object`.
fn replacing(object: &Object, observed: &Observed) -> Change {
    let prune = pruning(object, observed);
    let Action::Prune { permit } = prune.action else { unreachable!() };
    let action = Action::Replace { object: object.clone(), permit };
    change(object, action, observed.live(object.id()))
}

fn setup() -> (Wire, AppOnCluster, Object) {
    let wire = Wire::new();
    let app = wire.app();
    (wire, app, config_map("a", json!({"k": "1"})))
}

#[tokio::test(start_paused = true)]
async fn a_create_is_one_gentle_apply() {
    let (wire, app, a) = setup();
    wire.on("PATCH", "configmaps/a", Reply::Json(201, live(&app, &a, "u1", "5")));
    let applied = create(&app, &a).await.unwrap();
    assert_eq!(applied.effect, Effect::Created);
    assert_eq!(applied.live.unwrap().uid, Some(Uid::new("u1")));
    let writes = wire.writes();
    assert_eq!(writes.len(), 1);
    assert!(writes[0].path.contains("force=false"), "what appeared meanwhile is not overwritten");
    assert!(
        !wire.sent().iter().any(|sent| sent.path.contains("configmaps") && sent.method == "GET")
    );
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_created_meanwhile_is_not_taken() {
    let (wire, app, a) = setup();
    let causes = json!([{"reason": "FieldManagerConflict", "field": ".data.k", "message": "x"}]);
    wire.on("PATCH", "configmaps/a", status(409, "Conflict", "Apply failed", causes));
    let error = create(&app, &a).await.unwrap_err();
    assert_eq!((error.reason(), error.retry()), (reason::STALE, Retry::Replan));
    assert_eq!(wire.writes().len(), 1);

    // The same content, but another tool's: our claim on it is withdrawn.
    let mut theirs = live(&app, &a, "u9", "6");
    theirs["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": "other:/x:y/z"});
    wire.forget();
    wire.on("PATCH", "configmaps/a", Reply::Json(200, theirs));
    let error = create(&app, &a).await.unwrap_err();
    assert_eq!(error.reason(), reason::STALE);
    let writes = wire.writes();
    assert_eq!(writes.len(), 2);
    assert_eq!(
        writes[1].body,
        json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "resourceVersion": "6"}})
    );

    // An earlier create of ours, whose answer was lost.
    wire.forget();
    wire.on("PATCH", "configmaps/a", Reply::Json(200, live(&app, &a, "u1", "7")));
    assert_eq!(create(&app, &a).await.unwrap().effect, Effect::Configured);
    assert_eq!(wire.writes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_update_holds_for_the_planned_version() {
    let (wire, app, a) = setup();
    let seen = live(&app, &a, "u1", "5");
    let before = observed(&wire, &app, &a, &seen).await;
    let update = || change(&a, Action::Update { object: a.clone() }, before.live(a.id()));
    wire.on("PATCH", "Strict ", Reply::Json(200, live(&app, &a, "u1", "6")));
    let applied = app.applier().apply(&update()).await.unwrap();
    assert_eq!(applied.effect, Effect::Configured);
    let writes = wire.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(writes[0].body["metadata"]["resourceVersion"], "5");
    assert!(writes[0].path.contains("force=true"));

    // A version that did not move: nothing changed.
    wire.forget();
    let (wire, app, a) = setup();
    observed(&wire, &app, &a, &seen).await;
    wire.on("PATCH", "Strict ", Reply::Json(200, seen.clone()));
    assert_eq!(app.applier().apply(&update()).await.unwrap().effect, Effect::Unchanged);
}

#[tokio::test(start_paused = true)]
async fn a_moved_object_is_followed_only_while_our_part_stands() {
    let moved = status(409, "Conflict", "the object has been modified", json!([]));
    // (what is there now, what comes of it, writes)
    let (_, app, a) = setup();
    let mut foreign = live(&app, &a, "u1", "8");
    foreign["metadata"]["annotations"] = json!({"somebody": "else"});
    let mut ours = live(&app, &a, "u1", "8");
    ours["data"]["k"] = "2".into();
    let reborn = live(&app, &a, "u2", "8");
    let gone = not_found("configmaps", "a");
    for (now, code, stale) in
        [(foreign, 200, false), (ours, 200, true), (reborn, 200, true), (gone, 404, true)]
    {
        let (wire, app, a) = setup();
        let before = observed(&wire, &app, &a, &live(&app, &a, "u1", "5")).await;
        wire.on("PATCH", "Strict ", Reply::Json(200, live(&app, &a, "u1", "9")));
        wire.times(1, "PATCH", "Strict ", moved.clone());
        wire.on("GET", "configmaps/a", Reply::Json(code, now.clone()));
        let update = change(&a, Action::Update { object: a.clone() }, before.live(a.id()));
        let applied = app.applier().apply(&update).await;
        let writes = wire.writes();
        if stale {
            let error = applied.unwrap_err();
            assert_eq!((error.reason(), error.retry()), (reason::STALE, Retry::Replan), "{now}");
            assert_eq!(writes.len(), 1, "{now}");
        } else {
            assert_eq!(applied.unwrap().effect, Effect::Configured);
            assert_eq!(writes[1].body["metadata"]["resourceVersion"], "8");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_never_rests_is_left_for_the_next_pass() {
    let (wire, app, a) = setup();
    let seen = live(&app, &a, "u1", "5");
    let before = observed(&wire, &app, &a, &seen).await;
    wire.on("PATCH", "Strict ", status(409, "Conflict", "modified", json!([])));
    wire.on("GET", "configmaps/a", Reply::Json(200, seen));
    let update = change(&a, Action::Update { object: a.clone() }, before.live(a.id()));
    let error = app.applier().apply(&update).await.unwrap_err();
    assert_eq!(error.reason(), reason::STALE);
    assert_eq!(wire.writes().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn plain_writes_are_taken_over_first() {
    let (wire, app, a) = setup();
    let mut seen = live(&app, &a, "u1", "5");
    seen["metadata"]["managedFields"] = json!([{
        "manager": "kubectl-client-side-apply", "operation": "Update", "apiVersion": "v1",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:k": {}, "f:old": {}}},
    }]);
    let before = observed(&wire, &app, &a, &seen).await;
    wire.on("PATCH", "fieldManager=gitops-shop ", Reply::Json(200, live(&app, &a, "u1", "6")));
    wire.on("PATCH", "Strict ", Reply::Json(200, live(&app, &a, "u1", "7")));
    let update = change(&a, Action::Update { object: a.clone() }, before.live(a.id()));
    app.applier().apply(&update).await.unwrap();
    let writes = wire.writes();
    assert_eq!(writes.len(), 2);
    assert_eq!(writes[0].body[0]["op"], "test");
    assert_eq!(writes[0].body[0]["value"], "5");
    assert_eq!(writes[1].body["metadata"]["resourceVersion"], "6");

    // Somebody was faster: the test of the patch fails, and nothing is forced.
    let (wire, app, a) = setup();
    let before = observed(&wire, &app, &a, &seen).await;
    let failed = status(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
        json!([]),
    );
    wire.on("PATCH", "fieldManager=gitops-shop ", failed);
    wire.on("GET", "configmaps/a", Reply::Json(404, not_found("configmaps", "a")));
    let update = change(&a, Action::Update { object: a.clone() }, before.live(a.id()));
    let error = app.applier().apply(&update).await.unwrap_err();
    assert_eq!(error.reason(), reason::STALE);
    assert_eq!(wire.writes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delete_names_incarnation_and_version() {
    let (wire, app, a) = setup();
    let before = observed(&wire, &app, &a, &live(&app, &a, "u1", "5")).await;
    let prune = pruning(&a, &before);
    wire.on(
        "DELETE",
        "configmaps/a",
        Reply::Json(200, json!({"kind": "Status", "apiVersion": "v1", "status": "Success"})),
    );
    let applied = app.applier().apply(&prune).await.unwrap();
    assert_eq!(applied.effect, Effect::Pruned);
    let writes = wire.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!(writes[0].body["preconditions"], json!({"uid": "u1", "resourceVersion": "5"}));
    assert_eq!(writes[0].body["propagationPolicy"], "Background");
    // What was deleted is gone from the store at once.
    let (wanted, empty) = (desired([a.clone()]), Inventory::default());
    wire.on("GET", "configmaps/a", Reply::Json(404, not_found("configmaps", "a")));
    let after = app.observer().observe(query(&wanted, &empty)).await.unwrap();
    assert!(after.live(a.id()).is_none());
}

#[tokio::test(start_paused = true)]
async fn what_became_of_a_delete() {
    let (_, app, a) = setup();
    let seen = live(&app, &a, "u1", "5");
    let mut leaving = seen.clone();
    leaving["metadata"]["deletionTimestamp"] = "2026-11-23T05:00:00Z".into();
    let mut kept = live(&app, &a, "u1", "8");
    kept["metadata"]["annotations"] = json!({"kustomize.toolkit.fluxcd.io/prune": "disabled"});
    let mut handed = live(&app, &a, "u1", "8");
    let theirs = format!("applyset-{}-v1", "o".repeat(43));
    handed["metadata"]["labels"] = json!({"applyset.kubernetes.io/part-of": theirs});
    let conflict = status(409, "Conflict", "the UID in the precondition does not match", json!([]));
    let done = Reply::Json(200, json!({"kind": "Status", "apiVersion": "v1", "status": "Success"}));
    type Row = (&'static str, Vec<Reply>, Option<Value>, Result<Effect, &'static str>);
    let rows: Vec<Row> = vec![
        ("finalizer", vec![Reply::Json(200, leaving.clone())], None, Ok(Effect::Pruning)),
        ("gone", vec![Reply::Json(404, not_found("configmaps", "a"))], None, Ok(Effect::Pruned)),
        (
            "touched",
            vec![conflict.clone(), done.clone()],
            Some(live(&app, &a, "u1", "8")),
            Ok(Effect::Pruned),
        ),
        ("reborn", vec![conflict.clone()], Some(live(&app, &a, "u2", "8")), Err(reason::STALE)),
        ("kept now", vec![conflict.clone()], Some(kept), Err(reason::STALE)),
        ("handed over", vec![conflict.clone()], Some(handed), Err(reason::STALE)),
        ("leaving already", vec![conflict.clone()], Some(leaving), Ok(Effect::Pruning)),
        (
            "kind gone",
            vec![Reply::Text(404, &[], "404 page not found\n")],
            None,
            Err(reason::UNKNOWN_KIND),
        ),
        ("lost", vec![Reply::Cut], None, Err(reason::OUTCOME_UNKNOWN)),
    ];
    for (name, replies, now, expected) in rows {
        let (wire, app, a) = setup();
        let before = observed(&wire, &app, &a, &live(&app, &a, "u1", "5")).await;
        let prune = pruning(&a, &before);
        let count = replies.len();
        for reply in replies.into_iter().rev() {
            wire.times(1, "DELETE", "configmaps/a", reply);
        }
        if let Some(now) = now {
            wire.on("GET", "configmaps/a", Reply::Json(200, now));
        }
        let applied = app.applier().apply(&prune).await;
        let got = applied.as_ref().map(|applied| applied.effect).map_err(Error::reason);
        assert_eq!(got, expected, "{name}");
        assert_eq!(wire.writes().len(), count, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_tried_before_anything_is_deleted() {
    let (wire, app, a) = setup();
    let seen = live(&app, &a, "u1", "5");
    let before = observed(&wire, &app, &a, &seen).await;
    let replace = replacing(&a, &before);
    wire.on("POST", "dryRun=All", status(422, "Invalid", "is invalid", json!([])));
    let error = app.applier().apply(&replace).await.unwrap_err();
    assert_eq!(error.reason(), reason::INVALID);
    assert!(wire.writes().is_empty());

    wire.on(
        "POST",
        "dryRun=All",
        status(409, "AlreadyExists", "configmaps \"a\" already exists", json!([])),
    );
    wire.on(
        "DELETE",
        "configmaps/a",
        Reply::Json(200, json!({"kind": "Status", "apiVersion": "v1"})),
    );
    wire.on("PATCH", "Strict ", Reply::Json(201, live(&app, &a, "u2", "9")));
    let applied = app.applier().apply(&replace).await.unwrap();
    assert_eq!(applied.effect, Effect::Created);
    assert_eq!(applied.live.unwrap().uid, Some(Uid::new("u2")));
    let methods: Vec<String> = wire.writes().into_iter().map(|sent| sent.method).collect();
    assert_eq!(methods, ["DELETE", "PATCH"]);

    // Held by a finalizer: creating is for a later pass.
    wire.forget();
    let mut leaving = seen;
    leaving["metadata"]["deletionTimestamp"] = "2026-11-23T05:00:00Z".into();
    wire.on("DELETE", "configmaps/a", Reply::Json(200, leaving));
    assert_eq!(app.applier().apply(&replace).await.unwrap().effect, Effect::Pruning);
    assert_eq!(wire.writes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_definition_makes_its_kind_known_at_once() {
    let (wire, app, _) = setup();
    let definition = object(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.acme.example"},
        "spec": {"group": "acme.example", "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "served": true}]},
    }));
    let mut stored = definition.value();
    stored["metadata"]["uid"] = "d".into();
    stored["metadata"]["resourceVersion"] = "2".into();
    wire.on("PATCH", "widgets.acme.example", Reply::Json(201, stored));
    let widget = object(json!({"apiVersion": "acme.example/v1", "kind": "Widget",
        "metadata": {"name": "w", "namespace": "shop"}}));
    let error = create(&app, &widget).await.unwrap_err();
    assert_eq!(error.reason(), reason::UNKNOWN_KIND);
    create(&app, &definition).await.unwrap();
    wire.on(
        "PATCH",
        "/apis/acme.example/v1/namespaces/shop/widgets/w?",
        Reply::Json(
            201,
            json!({
        "apiVersion": "acme.example/v1", "kind": "Widget",
        "metadata": {"name": "w", "namespace": "shop", "uid": "w", "resourceVersion": "3"}}),
        ),
    );
    assert_eq!(create(&app, &widget).await.unwrap().effect, Effect::Created);
}
