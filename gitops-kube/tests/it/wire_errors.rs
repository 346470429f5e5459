//! Every row of the error table, on the wire: what the server says, what comes of it, and that
//! nothing was written when the row says so.

use crate::wire::{Reply, Wire, config_map, desired, list, live, object, query, status};
use gitops_core::{
    Error, Retry,
    model::{Action, Base, Cause, Change, Inventory, Object, Predicted, Version},
    reason,
    stage::{Applier, InventoryStore, Observer},
};
use gitops_kube::{
    App, AppOnCluster, ConflictPolicy,
    applyset::{ApplySetStore, Parent, ParentKind},
};
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
            "500 misfit",
            status(
                500,
                "",
                "failed to create typed patch object (shop/a; /v1, Kind=ConfigMap): .dta: field not declared in schema",
                json!([]),
            ),
            reason::INVALID,
            Retry::Never,
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

/// What a reader, a log and a debugger see of an error.
fn all_faces(error: &Error) -> String {
    format!("{error} {error:?} {}", gitops_core::error::chain(error))
}

#[tokio::test(start_paused = true)]
async fn a_refused_write_of_a_secret_repeats_no_value_in_any_form() {
    let words = "admission webhook \"w\" denied the request: \"hunter2\" is weak";
    let causes = json!([{"reason": "FieldValueInvalid", "field": "data[p]", "message": words}]);
    let late = "failed calling webhook \"w\" with \"hunter2\": request timed out";
    let policy = "secrets \"s\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: hunter2";
    let rows = [
        ("400", status(400, "BadRequest", words, json!([])), "BadRequest"),
        ("403 webhook", status(403, "Forbidden", words, json!([])), "Forbidden"),
        ("403 policy", status(403, "Forbidden", policy, json!([])), "Forbidden"),
        ("409 webhook", status(409, "Conflict", words, json!([])), "Conflict"),
        ("422", status(422, "Invalid", words, causes.clone()), "data[p]: FieldValueInvalid"),
        ("500", status(500, "InternalError", words, causes), "data[p]: FieldValueInvalid"),
        ("500 late", status(500, "InternalError", late, json!([])), "InternalError"),
        ("504", status(504, "Timeout", words, json!([])), "Timeout"),
        ("no status", Reply::Text(422, &[], "hunter2"), "are left out"),
        ("garbage", Reply::Text(200, &[], "{\"data\": hunter2"), "can't be read"),
    ];
    for (name, reply, said) in rows {
        let wire = Wire::new();
        let app = wire.app();
        let secret = object(json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "s", "namespace": "shop"}, "data": {"p": "hunter2"}}));
        wire.on("PATCH", "secrets/s", reply);
        let change = Change {
            id: secret.id().clone(),
            action: Action::Create { object: secret.clone() },
            cause: Cause::Desired,
            base: None,
            fields: vec![],
            origin: secret.origin().cloned(),
        };
        let error = app.applier().apply(&change).await.unwrap_err();
        let text = all_faces(&error);
        assert!(!text.contains("hunter2"), "{name}: {text}");
        assert!(
            text.contains(said) && text.contains("secrets s in namespace shop"),
            "{name}: {text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_verb_resource_and_namespace_of_a_secret_that_may_not_be_written_are_said() {
    let wire = Wire::new();
    let words = "secrets \"s\" is forbidden: User \"u\" cannot patch resource \"secrets\" in API group \"\" in the namespace \"shop\"";
    wire.on("PATCH", "secrets/s", status(403, "Forbidden", words, json!([])));
    let secret = object(json!({"apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "s", "namespace": "shop"}}));
    let wanted = desired([secret.clone()]);
    let empty = Inventory::default();
    let answer = wire.app().observer().observe(query(&wanted, &empty)).await.unwrap();
    let seen = answer.objects.values().next().unwrap();
    let Some(Predicted::Refused(error)) = &seen.predicted else { panic!("{seen:?}") };
    assert!(error.message().contains(words), "{error}");
}

/// kube's errors print the server's whole answer as a dump, and they are easily kept as a source.
#[tokio::test(start_paused = true)]
async fn errors_of_the_inventory_dump_nothing() {
    for code in [400, 401, 403, 409, 422, 429, 500, 503, 504] {
        for parent in [Parent::config_map("shop", "shop"), Parent::secret("shop", "shop")] {
            let wire = Wire::new();
            let answer = status(code, "Oops", "the value is hunter2", json!([]));
            for (method, part) in [
                ("GET", "s/shop"),
                ("POST", "configmaps"),
                ("POST", "secrets"),
                ("DELETE", "s/shop"),
            ] {
                wire.on(method, part, answer.clone());
            }
            let secret = parent.kind == ParentKind::Secret;
            let store = ApplySetStore::new(wire.client(), parent);
            let load = store.load().await.unwrap_err();
            let save = store.save(&Inventory::default(), None).await.unwrap_err();
            let remove = store.remove(&Version::new("1")).await.unwrap_err();
            for error in [load, save, remove] {
                let text = all_faces(&error);
                assert!(!text.contains("Status {") && !text.contains("ApiError"), "{code}: {text}");
                let may_speak = !secret || ![400, 403, 422, 500, 503, 504].contains(&code);
                assert!(may_speak || !text.contains("hunter2"), "{code}: {text}");
            }
        }
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
