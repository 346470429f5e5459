//! The same decisions, with the same reasons.

use super::lab::{GROUPS, Lab, RESOURCES, VERBS, ask, pick};
use gitops_apiserver::access::{Attributes, Review, User, authorize, review};
use gitops_core::env::Rng;
use serde_json::{Value, json};

const API: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/// Errors in a message in some order, as maps have it.
fn sorted(reason: &str) -> String {
    let Some(list) = reason.strip_prefix("rbac: RBAC: [").and_then(|rest| rest.strip_suffix(']'))
    else {
        return reason.to_owned();
    };
    let mut all: Vec<&str> = list.split(", ").collect();
    all.sort_unstable();
    all.join(", ")
}

fn spec(rng: &mut Rng, lab: &Lab) -> (Value, Attributes) {
    let verb = *pick(rng, &VERBS);
    if rng.below(5) == 0 {
        let path = *pick(rng, &["/version", "/healthz", "/healthz/ping", "/logs/a", "/x"]);
        let spec = json!({"nonResourceAttributes": {"verb": verb, "path": path}});
        return (spec, Attributes::path(verb, path));
    }
    let (group, resource) = (*pick(rng, &GROUPS), *pick(rng, &RESOURCES));
    let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
    let namespace = if rng.below(4) == 0 { "" } else { &*lab.namespace };
    let name = *pick(rng, &["", "a", "c"]);
    let spec = json!({"resourceAttributes": {
        "verb": verb, "group": group, "resource": resource, "subresource": part,
        "namespace": namespace, "name": name,
    }});
    (spec, Attributes::object(verb, group, resource, namespace, name).below(part))
}

#[tokio::test]
async fn random_requests_of_random_users() {
    let Some(lab) = Lab::new(1).await else { return };
    let mut rng = Rng::from_seed(7);
    let (mut allowed, mut wrong) = (0, 0);
    for _ in 0..400 {
        let robot = User {
            name: format!("system:serviceaccount:{}:robot", lab.namespace),
            ..User::default()
        };
        let user = if rng.below(5) == 0 { robot } else { lab.user(rng.below(4)) };
        let (mut spec, attributes) = spec(&mut rng, &lab);
        spec["user"] = json!(user.name);
        spec["groups"] = json!(user.groups);
        let body = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec});
        let real = ask(&lab.admin, "POST", API, Some(&body)).await.unwrap();
        let ours = authorize(&lab.snapshot, &user, &attributes);
        let status = &real["status"];
        assert_eq!(ours.allowed, status["allowed"] == true, "{body}: {status}");
        let reason = status["reason"].as_str().unwrap_or_default();
        if ours.allowed {
            // Which of several bindings is met first is up to chance.
            allowed += 1;
            assert!(reason.starts_with("RBAC: allowed by "), "{reason}");
            assert!(ours.reason.starts_with("RBAC: allowed by "), "{}", ours.reason);
        } else {
            wrong += usize::from(!reason.is_empty());
            assert_eq!(sorted(&ours.reason), sorted(reason), "{body}");
        }
    }
    assert!(allowed > 40 && wrong > 10, "{allowed} {wrong}");
}

/// Without what the server notes about the writer, and in the order that we have.
fn tidy(mut value: Value) -> Value {
    if let Some(meta) = value["metadata"].as_object_mut() {
        meta.remove("managedFields");
        if let Some(time) = meta.get_mut("creationTimestamp") {
            *time = "T".into();
        }
    }
    // Which of several bindings is met first is up to chance.
    if value["status"].get("reason").is_some_and(|reason| {
        reason.as_str().is_some_and(|reason| reason.starts_with("RBAC: allowed by "))
    }) {
        value["status"]["reason"] = "RBAC: allowed by".into();
    }
    for list in ["resourceRules", "nonResourceRules"] {
        if let Some(list) = value["status"].get_mut(list).and_then(Value::as_array_mut) {
            list.sort_by_key(ToString::to_string);
        }
    }
    if let Some(error) = value["status"].get("evaluationError").and_then(Value::as_str) {
        let mut all: Vec<&str> = error.trim_matches(['[', ']']).split(", ").collect();
        all.sort_unstable();
        value["status"]["evaluationError"] = all.join(", ").into();
    }
    value
}

#[tokio::test]
async fn reviews_of_oneself_and_others() {
    let Some(lab) = Lab::new(2).await else { return };
    let ns = lab.namespace.clone();
    let of = |kind: &str, spec: Value| {
        let group = if matches!(kind, "TokenReview" | "SelfSubjectReview") {
            "authentication"
        } else {
            "authorization"
        };
        let mut object = json!({"apiVersion": format!("{group}.k8s.io/v1"), "kind": kind, "spec": spec, "metadata": {}});
        if kind == "SelfSubjectReview" {
            object.as_object_mut().unwrap().remove("spec");
        }
        let plural = kind.to_lowercase();
        let scope =
            if kind.starts_with("Local") { format!("namespaces/{ns}/") } else { String::new() };
        (kind.to_owned(), object, format!("/apis/{group}.k8s.io/v1/{scope}{plural}s"))
    };
    let pods = json!({"verb": "get", "resource": "pods", "namespace": ns});
    let path = json!({"verb": "get", "path": "/version"});
    let selector = |field: &str, selector: Value| {
        let mut pods = pods.clone();
        pods[field] = selector;
        json!({"user": "u", "resourceAttributes": pods})
    };
    let mut cases = vec![
        of("SelfSubjectReview", json!({})),
        of("SelfSubjectAccessReview", json!({"resourceAttributes": pods})),
        of("SelfSubjectAccessReview", json!({"nonResourceAttributes": path})),
        of("SelfSubjectAccessReview", json!({})),
        of(
            "SelfSubjectAccessReview",
            json!({"resourceAttributes": pods, "nonResourceAttributes": path}),
        ),
        of("SelfSubjectRulesReview", json!({"namespace": ns})),
        of("SelfSubjectRulesReview", json!({})),
    ];
    let by_admin = cases.len();
    cases.extend([
        of("SubjectAccessReview", json!({"resourceAttributes": pods})),
        of("SubjectAccessReview", json!({})),
        of("SubjectAccessReview", json!({"user": "x", "groups": ["system:masters"], "resourceAttributes": pods})),
        of("SubjectAccessReview", selector("labelSelector", json!({"rawSelector": "a in (b"}))),
        of("SubjectAccessReview", selector("fieldSelector", json!({"rawSelector": "a"}))),
        of("SubjectAccessReview", selector("labelSelector", json!({}))),
        of("SubjectAccessReview", selector("labelSelector", json!({"rawSelector": "a", "requirements": [{"key": "a", "operator": "Exists"}]}))),
        of("SubjectAccessReview", selector("labelSelector", json!({"requirements": [{"key": "a", "operator": "Exists"}, {"key": "a", "operator": "X"}]}))),
        of("SubjectAccessReview", selector("fieldSelector", json!({"requirements": [{"key": "a", "operator": "X"}]}))),
        of("LocalSubjectAccessReview", json!({"user": "x", "resourceAttributes": pods})),
        of("LocalSubjectAccessReview", json!({"user": "x", "nonResourceAttributes": path})),
        of("LocalSubjectAccessReview", json!({"user": "x", "resourceAttributes": {"verb": "get", "namespace": "other"}})),
        of("TokenReview", json!({"token": "unknown"})),
        of("TokenReview", json!({})),
    ]);
    let user = lab.user(1);
    let client = lab.client(&user).await;
    for (index, (kind, object, path)) in cases.iter().enumerate() {
        let client = if index < by_admin { &client } else { &lab.admin };
        let mut sent = object.clone();
        let real = ask(client, "POST", path, Some(object)).await.map(tidy);
        if kind.starts_with("Local") {
            // The server fills it in from the path.
            sent["metadata"]["namespace"] = json!(ns);
        }
        let asked = Review {
            kind,
            object: &sent,
            namespace: if kind.starts_with("Local") { &ns } else { "" },
            user: &user,
            now: "T",
            token: &|_, _| Err("invalid bearer token".to_owned()),
        };
        let ours = review(&lab.snapshot, asked).unwrap();
        let ours = ours.map(tidy).map_err(|status| (status.code, status.message));
        assert_eq!(ours, real, "{object}");
    }
}
