//! Histories that chance would not come upon.

use super::{
    Lab, Shape, empty_deployment,
    history::{Kind, Write},
    lab::lab,
    status_ignored, things,
};
use gitops_ssa::{
    fields::{Filter, Match, PathElement, Pattern},
    managed::{Resource, Types, Versions},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

async fn config_maps(lab: &Lab) -> Kind<'_, Versions> {
    let (schema, of) = lab.types("api/v1", "v1", "ConfigMap").await;
    let empty = json!({"metadata": {}}).as_object().unwrap().clone();
    let versions = Versions::one("v1", schema, of).starting_with(empty);
    Kind {
        lab,
        resource: Resource::new(versions, "v1", "ConfigMap"),
        path: format!("/api/v1/namespaces/{}/configmaps", lab.namespace),
        suffix: "",
        shape: Shape::NoEmpty,
    }
}

async fn deployments<'a>(lab: &'a Lab, subresource: &'static str) -> Kind<'a, Versions> {
    let (schema, of) = lab.types("apis/apps/v1", "apps/v1", "Deployment").await;
    let empty = empty_deployment().as_object().unwrap().clone();
    let versions = Versions::one("apps/v1", schema, of).starting_with(empty);
    let resource = Resource::new(versions, "apps/v1", "Deployment");
    let (resource, suffix) = match subresource {
        "" => (resource.ignoring(status_ignored("apps/v1")), ""),
        name => {
            // All but the status, and labels, can't be written there.
            let all = Pattern::prefix(&[Match::One(PathElement::field("status"))]);
            let filter = BTreeMap::from([("apps/v1".to_owned(), Filter::Include(all))]);
            (resource.subresource(name).ignoring(filter), "/status")
        }
    };
    let path = format!("/apis/apps/v1/namespaces/{}/deployments", lab.namespace);
    Kind { lab, resource, path, suffix, shape: Shape::Defaulted }
}

fn data(entries: &[(&str, &str)]) -> Value {
    let data: Value = entries.iter().map(|(n, v)| ((*n).to_owned(), Value::from(*v))).collect();
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": data})
}

fn apply(config: Value, manager: &'static str, force: bool) -> Write {
    Write::Apply { config, manager, force }
}

fn put(object: Value, manager: &'static str) -> Write {
    Write::Put { object, manager }
}

async fn all<T: Types>(kind: &Kind<'_, T>, name: &str, writes: &[Write]) -> Value {
    let mut live = None;
    for (index, write) in writes.iter().enumerate() {
        let compared = kind.step(&mut live, write, name).await;
        assert_eq!(compared, Ok(true), "write {index}: {write:?}");
    }
    live.unwrap()
}

fn managers(object: &Value) -> Vec<&str> {
    let entries = object["metadata"]["managedFields"].as_array().map_or(&[][..], Vec::as_slice);
    entries.iter().map(|entry| entry["manager"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn old_updaters_are_merged() {
    let Some(lab) = lab().await else { return };
    let kind = config_maps(&lab).await;
    const NAMES: [&str; 14] = [
        "m00", "m01", "m02", "m03", "m04", "m05", "m06", "m07", "m08", "m09", "m10", "m11", "m12",
        "m13",
    ];
    let mut live = None;
    let mut entries: Vec<(&str, &str)> = Vec::new();
    for name in NAMES {
        entries.push((name, "x"));
        let write = put(data(&entries), name);
        assert_eq!(kind.step(&mut live, &write, "capped").await, Ok(true), "{name}");
    }
    let live = live.unwrap();
    assert_eq!(managers(&live).len(), 10, "{live}");
    assert!(managers(&live).contains(&"ancient-changes"));
    let mut live = Some(live);
    let write = apply(data(&[("m00", "y"), ("m13", "y")]), "ci", false);
    assert_eq!(kind.step(&mut live, &write, "capped").await, Ok(true));
}

#[tokio::test]
async fn owners_are_forgotten_and_found_again() {
    let Some(lab) = lab().await else { return };
    let kind = config_maps(&lab).await;
    for reset in [json!([]), json!([{}])] {
        let name = format!("reset-{}", reset.as_array().unwrap().len());
        let mut forget = data(&[("a", "1"), ("b", "1")]);
        forget["metadata"]["managedFields"] = reset;
        let live = all(
            &kind,
            &name,
            &[
                put(data(&[("a", "1")]), "user"),
                apply(data(&[("a", "1"), ("b", "1")]), "ci", false),
                put(forget, "user"),
                put(data(&[("a", "1"), ("b", "2")]), "user"),
                apply(data(&[("a", "1"), ("b", "3")]), "ci", false),
                apply(data(&[("a", "1"), ("b", "3")]), "ci", true),
            ],
        )
        .await;
        assert_eq!(managers(&live), ["ci", "before-first-apply"]);
    }
}

#[tokio::test]
async fn entries_of_requests_count() {
    let Some(lab) = lab().await else { return };
    let kind = config_maps(&lab).await;
    let entry = |fields: Value| {
        json!([{
            "manager": "stranger", "operation": "Apply", "apiVersion": "v1",
            "time": "2020-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields,
        }])
    };
    let with = |entries: Value, value: &str| {
        let mut object = data(&[("a", value)]);
        object["metadata"]["managedFields"] = entries;
        object
    };
    all(
        &kind,
        "given",
        &[
            put(data(&[("a", "1")]), "user"),
            put(with(entry(json!({"f:data": {"f:a": {}}})), "1"), "user"),
            apply(data(&[("a", "2")]), "ci", false),
            // An entry without a version can't be read: the live ones stay.
            put(with(json!([{"manager": "x", "operation": "Apply"}]), "2"), "user"),
            apply(data(&[("a", "3")]), "ci", true),
        ],
    )
    .await;
}

#[tokio::test]
async fn kubectl_takes_over_from_its_client_side() {
    let Some(lab) = lab().await else { return };
    let kind = config_maps(&lab).await;
    let annotated = |last: Value, entries: &[(&str, &str)]| {
        let mut object = data(entries);
        let name = "kubectl.kubernetes.io/last-applied-configuration";
        object["metadata"]["annotations"] = json!({ name: last.to_string() });
        object
    };
    let mut last = data(&[("a", "1"), ("b", "1")]);
    last["metadata"] = json!({"annotations": {}, "name": "x"});
    let first = annotated(last.clone(), &[("a", "1"), ("b", "1")]);
    all(
        &kind,
        "takeover",
        &[
            put(first.clone(), "kubectl-client-side-apply"),
            apply(data(&[("a", "2"), ("b", "1")]), "kubectl", false),
            apply(data(&[("a", "2<&>"), ("b", "1")]), "kubectl", false),
        ],
    )
    .await;
    all(
        &kind,
        "takeover-not",
        &[
            put(first, "kubectl-client-side-apply"),
            put(annotated(last, &[("a", "1"), ("b", "2"), ("c", "2")]), "user"),
            apply(data(&[("a", "2"), ("b", "3"), ("c", "3")]), "kubectl", false),
            apply(data(&[("a", "2"), ("b", "3"), ("c", "3")]), "other", false),
            apply(data(&[("a", "2"), ("b", "3"), ("c", "3")]), "kubectl", true),
        ],
    )
    .await;
}

fn deployment(spec: Value) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {},
        "spec": {
            "selector": {"matchLabels": {"app": "x"}},
            "template": {
                "metadata": {"labels": {"app": "x"}},
                "spec": {"containers": [{"name": "a", "image": "i"}]},
            },
        },
    });
    for (name, value) in spec.as_object().unwrap() {
        object["spec"][name] = value.clone();
    }
    object
}

#[tokio::test]
async fn the_status_has_owners_of_its_own() {
    let Some(lab) = lab().await else { return };
    let (main, status) = (deployments(&lab, "").await, deployments(&lab, "status").await);
    let of = |replicas: i64| {
        let mut object = deployment(json!({}));
        object["status"] = json!({"replicas": replicas, "observedGeneration": 1});
        object
    };
    let mut live = None;
    let steps = [
        (&main, apply(deployment(json!({"replicas": 1})), "ci", false)),
        (&status, put(of(1), "controller")),
        (
            &status,
            apply(
                json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {},
            "status": {"replicas": 2}}),
                "other",
                false,
            ),
        ),
        (
            &status,
            apply(
                json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {},
            "status": {"replicas": 2}}),
                "other",
                true,
            ),
        ),
        (&main, apply(deployment(json!({"replicas": 2})), "user", false)),
        (&main, put(of(7), "user")),
    ];
    for (index, (kind, write)) in steps.iter().enumerate() {
        let compared = kind.step(&mut live, write, "status").await;
        assert_eq!(compared, Ok(true), "write {index}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_in_the_same_words() {
    let Some(lab) = lab().await else { return };
    let kind = deployments(&lab, "").await;
    let mut live = None;
    let good = apply(deployment(json!({"replicas": 1})), "ci", false);
    assert_eq!(kind.step(&mut live, &good, "refused").await, Ok(true));
    let containers = |containers: Value| json!({"template": {"metadata": {}, "spec": {"containers": containers}}});
    let bad = [
        json!({"nonsense": 1}),
        json!({"replicas": "one"}),
        json!({"replicas": true}),
        json!({"replicas": {"a": [1, "b", null]}}),
        json!({"paused": "no"}),
        json!({"selector": "x"}),
        json!({"selector": [1, 2.5]}),
        json!({"template": {"metadata": {"labels": {"a": 1, "b": {"c": true}}}}}),
        containers(json!("none")),
        containers(json!([null])),
        containers(json!(["a"])),
        containers(json!([{"name": "a"}, {"name": "a"}])),
        containers(json!([{"name": "a", "ports": [{"protocol": "TCP"}, {"containerPort": []}]}])),
        containers(json!([{"name": "a", "args": [1, {"b": 2}]}])),
        containers(json!([{"name": "a", "env": [{"name": "A"}, {"name": "A"}]}, {"x": 1}])),
    ];
    for spec in bad {
        let write = apply(deployment(spec.clone()), "ci", false);
        assert_eq!(kind.step(&mut live, &write, "refused").await, Ok(true), "{spec}");
    }
    let entry = json!({"manager": "x", "operation": "Apply", "apiVersion": "v1"});
    for entries in [json!([]), json!(null), json!([{}]), json!([entry])] {
        let mut given = deployment(json!({"replicas": 1}));
        given["metadata"]["managedFields"] = entries.clone();
        let write = apply(given, "ci", false);
        assert_eq!(kind.step(&mut live, &write, "refused").await, Ok(true), "{entries}");
    }
}

#[tokio::test]
async fn what_nobody_owns_stays_below_what_goes() {
    let Some(lab) = lab().await else { return };
    let kind = things(&lab).await;
    let thing = |extra: Value| {
        json!({
            "apiVersion": "ssa.test/v1", "kind": "Thing", "metadata": {},
            "spec": {"extra": extra},
        })
    };
    // As older servers wrote it: without the fields and keys on the way.
    let mut orphan = thing(json!({"a": {"x": "1", "y": "2"}}));
    orphan["metadata"]["managedFields"] = json!([{
        "manager": "ci", "operation": "Apply", "apiVersion": "ssa.test/v1",
        "time": "2020-01-01T00:00:00Z", "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:extra": {"f:a": {"f:x": {}}}}},
    }]);
    let live = all(
        &kind,
        "orphan",
        &[
            apply(thing(json!({"a": {"x": "1"}})), "ci", false),
            put(thing(json!({"a": {"x": "1", "y": "2"}})), "user"),
            put(orphan, "user"),
            apply(thing(json!({})), "ci", false),
        ],
    )
    .await;
    assert_eq!(live["spec"]["extra"], json!({"a": {"y": "2"}}));
}

#[tokio::test]
async fn an_empty_list_that_nobody_owns_takes_its_parent_along() {
    let Some(lab) = lab().await else { return };
    let kind = things(&lab).await;
    let thing = |spec: Value| json!({"apiVersion": "ssa.test/v1", "kind": "Thing", "metadata": {}, "spec": spec});
    let live = all(
        &kind,
        "empty-list",
        &[
            apply(
                thing(json!({"ports": [{"port": 1, "protocol": "UDP"}], "zones": []})),
                "ci",
                false,
            ),
            apply(thing(json!({})), "ci", false),
        ],
    )
    .await;
    // Surprising, but so it is: the spec is applied, owned and gone.
    assert_eq!(live.get("spec"), None);
}
