//! Every row of the error table, on the wire: what the server says, what comes of it, and that
//! nothing was written when the row says so.

use crate::wire::{Reply, Wire, config_map, desired, list, live, object, query, status};
use gitops_core::{
    Error, Retry,
    model::{Action, Base, Cause, Change, Inventory, Object, Predicted},
    reason,
    stage::{Applier, Observer},
};
use gitops_kube::{App, AppOnCluster, ConflictPolicy};
use serde_json::json;
use std::time::Duration;

/// The update of `a` from version 5, as the planner would ask for it.
async fn update(app: &AppOnCluster, object: &Object) -> Result<(), Error> {
    let (wanted, empty) = (desired([object.clone()]), Inventory::default());
    let observed = app.observer().observe(query(&wanted, &empty)).await.unwrap();
    let live = observed.live(object.id()).unwrap();
    let change = Change {
        id: object.id().clone(),
        action: Action::Update { object: object.clone() },
        cause: Cause::Desired,
        base: Some(Base::from(live)),
        fields: vec![],
        origin: object.origin().cloned(),
    };
    app.applier().apply(&change).await.map(|_| ())
}

/// A server that has `a` at version 5 and takes dry runs, and the app on it.
fn with_one(app: App) -> (Wire, AppOnCluster, Object) {
    let wire = Wire::new();
    let app = wire.app_with(app);
    let a = config_map("a", json!({"k": "1"}));
    let seen = live(&app, &a, "u1", "5");
    wire.on("GET", "configmaps?labelSelector", Reply::Json(200, list(vec![seen.clone()], "10")));
    wire.on("GET", "watch=true", Reply::Events(vec![]));
    wire.on("GET", "configmaps/a", Reply::Json(200, seen.clone()));
    wire.on("PATCH", "dryRun=All", Reply::Json(200, seen));
    (wire, app, a)
}

async fn write_answered(reply: Reply) -> (Error, usize) {
    write_answered_for(App::new("shop", "shop"), reply).await
}

async fn write_answered_for(app: App, reply: Reply) -> (Error, usize) {
    let (wire, app, a) = with_one(app);
    wire.on("PATCH", "fieldValidation=Strict ", reply);
    let error = update(&app, &a).await.unwrap_err();
    (error, wire.writes().len())
}

#[tokio::test(start_paused = true)]
async fn what_the_server_says_to_a_write() {
    let rows: Vec<(&str, Reply, &str, Retry)> = vec![
        (
            "401",
            status(401, "Unauthorized", "Unauthorized", json!([])),
            reason::UNAUTHENTICATED,
            Retry::Backoff,
        ),
        (
            "403",
            status(
                403,
                "Forbidden",
                "configmaps \"a\" is forbidden: User \"u\" cannot patch resource \"configmaps\" in API group \"\" in the namespace \"shop\"",
                json!([]),
            ),
            reason::FORBIDDEN,
            Retry::Never,
        ),
        (
            "403 terminating",
            status(
                403,
                "Forbidden",
                "unable to create new content in namespace shop because it is being terminated",
                json!([{"reason": "NamespaceTerminating", "field": "metadata.namespace"}]),
            ),
            reason::UNAVAILABLE,
            Retry::Backoff,
        ),
        (
            "404 namespace",
            status(404, "NotFound", "namespaces \"shop\" not found", json!([])),
            reason::INVALID,
            Retry::Backoff,
        ),
        (
            "404 kind",
            status(404, "NotFound", "the server could not find the requested resource", json!([])),
            reason::UNKNOWN_KIND,
            Retry::Backoff,
        ),
        (
            "404 path",
            Reply::Text(404, &[], "404 page not found\n"),
            reason::UNKNOWN_KIND,
            Retry::Backoff,
        ),
        (
            "413",
            status(
                413,
                "RequestEntityTooLarge",
                "Request entity too large: limit is 3145728",
                json!([]),
            ),
            reason::TOO_LARGE,
            Retry::Never,
        ),
        (
            "422",
            status(
                422,
                "Invalid",
                "ConfigMap \"a\" is invalid",
                json!([{"reason": "FieldValueInvalid", "field": "data", "message": "Invalid value: 1: must be a string"}]),
            ),
            reason::INVALID,
            Retry::Never,
        ),
        (
            "422 immutable",
            status(
                422,
                "Invalid",
                "is invalid: data: Forbidden: field is immutable when `immutable` is set",
                json!([{"reason": "FieldValueForbidden", "field": "data", "message": "Forbidden: field is immutable when `immutable` is set"}]),
            ),
            reason::IMMUTABLE_FIELD,
            Retry::Never,
        ),
        (
            "422 half immutable",
            status(
                422,
                "Invalid",
                "is invalid",
                json!([{"reason": "FieldValueForbidden", "field": "data", "message": "field is immutable"}, {"reason": "FieldValueInvalid", "field": "metadata.labels", "message": "Invalid value"}]),
            ),
            reason::INVALID,
            Retry::Never,
        ),
        (
            "400 strict",
            status(400, "BadRequest", "strict decoding error: unknown field \"dta\"", json!([])),
            reason::INVALID,
            Retry::Never,
        ),
        (
            "429 in plain text",
            Reply::Text(
                429,
                &[("retry-after", "7")],
                "Too many requests, please try again later.\n",
            ),
            reason::THROTTLED,
            Retry::After(Duration::from_secs(7)),
        ),
        (
            "429 without a time",
            Reply::Text(429, &[], "Too many requests"),
            reason::THROTTLED,
            Retry::Backoff,
        ),
        (
            "500",
            status(500, "InternalError", "boom", json!([])),
            reason::UNAVAILABLE,
            Retry::Backoff,
        ),
        (
            "500 etcd",
            status(500, "", "etcdserver: request timed out", json!([])),
            reason::OUTCOME_UNKNOWN,
            Retry::Replan,
        ),
        (
            "500 too large",
            status(500, "", "etcdserver: request is too large", json!([])),
            reason::TOO_LARGE,
            Retry::Never,
        ),
        (
            "503",
            Reply::Text(503, &[("retry-after", "3")], "<html>bad gateway</html>"),
            reason::UNAVAILABLE,
            Retry::After(Duration::from_secs(3)),
        ),
        (
            "504",
            status(504, "Timeout", "the operation may still complete", json!([])),
            reason::OUTCOME_UNKNOWN,
            Retry::Replan,
        ),
        ("connection lost", Reply::Cut, reason::OUTCOME_UNKNOWN, Retry::Replan),
        ("half an answer", Reply::Half, reason::OUTCOME_UNKNOWN, Retry::Replan),
        ("silence", Reply::Silence, reason::OUTCOME_UNKNOWN, Retry::Replan),
        ("garbage", Reply::Text(200, &[], "no json"), reason::OUTCOME_UNKNOWN, Retry::Replan),
        ("no connection", Reply::Unreachable, reason::UNAVAILABLE, Retry::Backoff),
    ];
    for (name, reply, reason, retry) in rows {
        let (error, writes) = write_answered(reply).await;
        assert_eq!(error.reason(), reason, "{name}: {error}");
        assert_eq!(error.retry(), retry, "{name}: {error}");
        assert_eq!(writes, 1, "{name}: a write is never sent twice");
        assert!(error.message().contains("configmaps a in namespace shop"), "{name}: {error}");
        assert_eq!(error.origin().unwrap().to_string(), "a.yaml:3", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_names_fields_and_managers() {
    let conflict = status(
        409,
        "Conflict",
        "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using v1: .data.k",
        json!([{"reason": "FieldManagerConflict", "field": ".data.k",
            "message": "conflict with \"kubectl-edit\" using v1 at 2026-11-23T05:00:00Z"}]),
    );
    let fail = App::new("shop", "shop").conflicts(ConflictPolicy::Fail);
    let (error, writes) = write_answered_for(fail, conflict).await;
    assert_eq!((error.reason(), error.retry()), (reason::FIELD_CONFLICT, Retry::Never));
    assert!(error.message().contains(".data.k is owned by \"kubectl-edit\" using v1"), "{error}");
    assert!(!error.message().contains("2026"), "a date makes equal errors look new: {error}");
    assert_eq!(writes, 1);
}

#[tokio::test(start_paused = true)]
async fn reads_that_fail_are_errors_and_nothing_is_written() {
    let rows: Vec<(&str, Reply, &str, Retry)> = vec![
        (
            "401",
            status(401, "Unauthorized", "Unauthorized", json!([])),
            reason::UNAUTHENTICATED,
            Retry::Backoff,
        ),
        (
            "429",
            Reply::Text(429, &[("retry-after", "7")], "slow"),
            reason::THROTTLED,
            Retry::After(Duration::from_secs(7)),
        ),
        (
            "500",
            status(500, "InternalError", "boom", json!([])),
            reason::UNAVAILABLE,
            Retry::Backoff,
        ),
        ("cut", Reply::Cut, reason::UNAVAILABLE, Retry::Backoff),
        ("half", Reply::Half, reason::UNAVAILABLE, Retry::Backoff),
        ("silence", Reply::Silence, reason::TIMED_OUT, Retry::Backoff),
        ("no list", Reply::Text(200, &[], "{}"), reason::UNAVAILABLE, Retry::Backoff),
        (
            "410 for ever",
            status(410, "Expired", "too old", json!([])),
            reason::STALE,
            Retry::Replan,
        ),
    ];
    for part in ["/apis ", "configmaps?labelSelector", "configmaps/a", "dryRun=All"] {
        for (name, reply, reason, retry) in &rows {
            if part == "configmaps/a" && *name == "no list"
                || part == "/apis " && name.contains("410")
            {
                continue;
            }
            let wire = Wire::new();
            let method = if part == "dryRun=All" { "PATCH" } else { "GET" };
            wire.on(method, part, reply.clone());
            if part == "configmaps?labelSelector" {
                wire.on("GET", "watch=true", Reply::Events(vec![]));
            }
            let app = wire.app();
            let wanted = desired([config_map("a", json!({}))]);
            let error = app.observer().observe(query(&wanted, &Inventory::default())).await;
            let error = match error {
                Err(error) => error,
                Ok(answer) => panic!("{part} {name}: {answer:?}"),
            };
            let garbled = *name == "no list";
            if !garbled {
                assert_eq!(
                    (error.reason(), error.retry()),
                    (*reason, *retry),
                    "{part} {name}: {error}"
                );
            }
            assert!(wire.writes().is_empty(), "{part} {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_concerns_one_object_is_a_prediction() {
    let rows: Vec<(&str, Reply, &str)> = vec![
        ("422", status(422, "Invalid", "is invalid", json!([])), reason::INVALID),
        ("403", status(403, "Forbidden", "no", json!([])), reason::FORBIDDEN),
        ("400", status(400, "BadRequest", "strict decoding error", json!([])), reason::INVALID),
        (
            "webhook",
            status(500, "InternalError", "failed calling webhook \"w\"", json!([])),
            reason::UNAVAILABLE,
        ),
        (
            "namespace",
            status(404, "NotFound", "namespaces \"shop\" not found", json!([])),
            reason::INVALID,
        ),
    ];
    for (name, reply, reason) in rows {
        let wire = Wire::new();
        wire.on("PATCH", "configmaps/a", reply);
        wire.on("PATCH", "configmaps/b", Reply::Json(201, config_map_answer("b")));
        let app = wire.app();
        let wanted = desired([config_map("a", json!({})), config_map("b", json!({}))]);
        let answer = app.observer().observe(query(&wanted, &Inventory::default())).await.unwrap();
        let predictions: Vec<_> =
            answer.objects.values().map(|seen| seen.predicted.as_ref().unwrap()).collect();
        let Predicted::Refused(error) = predictions[0] else { panic!("{name}: {predictions:?}") };
        assert_eq!(error.reason(), reason, "{name}: {error}");
        assert_eq!(error.origin().unwrap().to_string(), "a.yaml:3");
        assert!(matches!(predictions[1], Predicted::Document(_)), "{name}");
        assert!(wire.writes().is_empty());
    }
}

fn config_map_answer(name: &str) -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop", "uid": "x"}})
}

#[tokio::test(start_paused = true)]
async fn secrets_are_not_repeated() {
    let wire = Wire::new();
    let secret = object(json!({"apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "s", "namespace": "shop"}, "data": {"p": "hunter2"}}));
    for code in [400, 422, 500] {
        let words = "failed calling webhook: Invalid value: \"hunter2\": illegal base64";
        let causes = json!([{"reason": "FieldValueInvalid", "field": "data[p]", "message": words}]);
        wire.on("PATCH", "secrets/s", status(code, "Invalid", words, causes));
        let app = wire.app();
        let wanted = desired([secret.clone()]);
        let answer = app.observer().observe(query(&wanted, &Inventory::default())).await.unwrap();
        let text = format!("{answer:?}");
        assert!(text.contains("data[p]: FieldValueInvalid"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hostile_answer_is_bounded() {
    let wire = Wire::new();
    let long: &'static str = Box::leak("x".repeat(1 << 20).into_boxed_str());
    wire.on("PATCH", "configmaps/a", Reply::Text(422, &[], long));
    let app = wire.app();
    let wanted = desired([config_map("a", json!({}))]);
    let answer = app.observer().observe(query(&wanted, &Inventory::default())).await.unwrap();
    assert!(format!("{answer:?}").len() < 10_000);
    let options = gitops_kube::Options { answer_limit: 1000, ..gitops_kube::Options::default() };
    let app = wire.cluster_with(options).app(App::new("shop", "shop")).unwrap();
    let error = app.observer().observe(query(&wanted, &Inventory::default())).await.unwrap_err();
    assert_eq!(error.reason(), reason::UNAVAILABLE);
    assert!(error.message().contains("larger than 1000 bytes"), "{error}");
}
