//! The same refusals, word by word.

use super::lab::{GROUPS, Lab, RBAC, RESOURCES, ask, pick, rule, send};
use gitops_apiserver::access::{
    Attributes, RoleWrite, User, check_escalation, demand, impersonate,
};
use gitops_core::env::Rng;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use serde_json::json;
use std::collections::BTreeMap;

fn words(list: &str) -> Vec<String> {
    let mut words: Vec<String> = list.split([' ', ',', '[', ']']).map(str::to_owned).collect();
    words.retain(|word| !word.is_empty());
    words.sort();
    words
}

#[tokio::test]
async fn requests() {
    let Some(lab) = Lab::new(3).await else { return };
    let mut rng = Rng::from_seed(9);
    let mut refused = 0;
    for number in 0..80 {
        let user = lab.user(number % 4);
        let client = lab.client(&user).await;
        let (path, attributes) = if number % 8 == 0 {
            let path = *pick(&mut rng, &["/logs/a", "/metrics", "/a<b>"]);
            (path.replace('<', "%3C").replace('>', "%3E"), Attributes::path("get", path))
        } else {
            let (group, resource) = (*pick(&mut rng, &GROUPS), *pick(&mut rng, &RESOURCES));
            let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
            let root = if group.is_empty() { "/api".to_owned() } else { format!("/apis/{group}") };
            let ns = &lab.namespace;
            match rng.below(3) {
                0 if part.is_empty() => (
                    format!("{root}/v1/{resource}"),
                    Attributes::object("list", group, resource, "", ""),
                ),
                1 if part.is_empty() => (
                    format!("{root}/v1/namespaces/{ns}/{resource}?fieldSelector=metadata.name%3Da"),
                    Attributes::object("list", group, resource, ns, "a"),
                ),
                _ => (
                    format!(
                        "{root}/v1/namespaces/{ns}/{resource}/a{}{part}",
                        if part.is_empty() { "" } else { "/" }
                    ),
                    Attributes::object("get", group, resource, ns, "a").below(part),
                ),
            }
        };
        let real = ask(&client, "GET", &path, None).await;
        match (demand(&lab.snapshot, &user, &attributes), real) {
            (Err(ours), Err((403, real))) => {
                refused += 1;
                assert_eq!(words(&ours.message), words(&real), "{path}");
            }
            (Ok(()), Err((403, real))) => panic!("{path}: {real}"),
            (Ok(()), _) => {}
            (Err(ours), real) => panic!("{path}: {ours} {real:?}"),
        }
    }
    assert!(refused > 20, "{refused}");
}

#[tokio::test]
async fn escalation() {
    let Some(lab) = Lab::new(4).await else { return };
    let mut rng = Rng::from_seed(5);
    let ns = &lab.namespace;
    let (mut refused, mut granted) = (0, 0);
    for number in 0..80 {
        let user = lab.user(number % 4);
        let client = lab.client(&user).await;
        let meta = json!({"name": "new"});
        let reference = match rng.below(2) {
            0 => {
                json!({"apiGroup": RBAC, "kind": "ClusterRole", "name": format!("{ns}-c{}", rng.below(7))})
            }
            _ => {
                json!({"apiGroup": RBAC, "kind": "Role", "name": format!("{ns}-r{}", rng.below(7))})
            }
        };
        let (resource, mut object) = match rng.below(4) {
            0 => (
                "roles",
                json!({"kind": "Role", "metadata": meta, "rules": [rule(&mut rng), rule(&mut rng)]}),
            ),
            1 => {
                let mut role =
                    json!({"kind": "ClusterRole", "metadata": meta, "rules": [rule(&mut rng)]});
                if rng.below(3) == 0 {
                    role["rules"] = json!([]);
                    role["aggregationRule"] =
                        json!({"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]});
                } else if rng.below(3) == 0 {
                    role["rules"] =
                        json!([{"verbs": ["get", "post"], "nonResourceURLs": ["/x", "/healthz"]}]);
                }
                ("clusterroles", role)
            }
            2 => (
                "rolebindings",
                json!({"kind": "RoleBinding", "metadata": meta, "roleRef": reference}),
            ),
            _ => {
                let name = format!("{ns}-c{}", rng.below(7));
                let reference = json!({"apiGroup": RBAC, "kind": "ClusterRole", "name": name});
                (
                    "clusterrolebindings",
                    json!({"kind": "ClusterRoleBinding", "metadata": meta, "roleRef": reference}),
                )
            }
        };
        object["apiVersion"] = format!("{RBAC}/v1").into();
        let namespace = if resource.starts_with("cluster") { "" } else { &**ns };
        let scope = if namespace.is_empty() { String::new() } else { format!("namespaces/{ns}/") };
        let path = format!("/apis/{RBAC}/v1/{scope}{resource}?dryRun=All");
        let real = ask(&client, "POST", &path, Some(&object)).await;
        let write = RoleWrite { resource, namespace, name: "", object: &object, old: None };
        match (check_escalation(&lab.snapshot, &user, write), real) {
            (Ok(()), Ok(_)) => granted += 1,
            (Err(ours), Err((code, real))) => {
                refused += 1;
                let (have, want) = (words(&ours.message), words(&real));
                assert_eq!((ours.code, have), (code, want), "{object}\n{ours}\n{real}");
            }
            (ours, real) => panic!("{object}: {ours:?} {real:?}"),
        }
    }
    assert!(refused > 20 && granted > 5, "{refused} {granted}");
}

#[tokio::test]
async fn impersonation() {
    let Some(lab) = Lab::new(6).await else { return };
    let ns = &lab.namespace;
    let account =
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}});
    ask(&lab.admin, "POST", &format!("/api/v1/namespaces/{ns}/serviceaccounts"), Some(&account))
        .await
        .unwrap();
    let request =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    let path = format!("/api/v1/namespaces/{ns}/serviceaccounts/robot/token");
    let token = ask(&lab.admin, "POST", &path, Some(&request)).await.unwrap();
    let token = token["status"]["token"].as_str().unwrap();
    let mut config = lab.server.config().await.unwrap();
    config.auth_info = kube::config::AuthInfo::default();
    config.auth_info.token = Some(token.to_owned().into());
    let robot = kube::Client::try_from(config).unwrap();
    let myself = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let me = ask(&robot, "POST", path, Some(&myself)).await.unwrap();
    let info = &me["status"]["userInfo"];
    let requestor = User {
        name: info["username"].as_str().unwrap().to_owned(),
        uid: info["uid"].as_str().unwrap().to_owned(),
        groups: serde_json::from_value(info["groups"].clone()).unwrap(),
        extra: serde_json::from_value(info["extra"].clone()).unwrap(),
    };
    let cases: &[&[(&str, &str)]] = &[
        &[("impersonate-user", "bob")],
        &[
            ("impersonate-user", "bob"),
            ("impersonate-group", "g"),
            ("impersonate-extra-a%2fb", "x"),
        ],
        &[("impersonate-user", "system:serviceaccount:a:b")],
        &[("impersonate-user", "system:node:n")],
        &[("impersonate-user", "system:serviceaccount:a:b"), ("impersonate-group", "g")],
        &[("impersonate-user", "system:anonymous")],
        &[("impersonate-group", "g")],
        &[("impersonate-uid", "u"), ("impersonate-extra-k", "v"), ("impersonate-group", "g\"")],
        &[],
    ];
    for headers in cases {
        let asked = Attributes::object("list", "", "pods", ns, "");
        let path = format!("/api/v1/namespaces/{ns}/pods");
        let mut request = Request::get(path).body(Vec::new()).unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in *headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        request.headers_mut().extend(map.clone());
        let real = send(&robot, request).await;
        let ours = impersonate(&lab.snapshot, &requestor, &asked, &map)
            .and_then(|user| demand(&lab.snapshot, &user, &asked));
        match (ours, real) {
            (Ok(()), Ok(_)) => {}
            (Err(ours), Err((code, real))) => {
                assert_eq!((ours.code, words(&ours.message)), (code, words(&real)), "{headers:?}");
            }
            (ours, real) => panic!("{headers:?}: {ours:?} {real:?}"),
        }
    }
    // Who may do everything becomes whoever is asked for.
    let admin = User::admin();
    let asked = Attributes::path("post", "/apis/authentication.k8s.io/v1/selfsubjectreviews");
    for headers in
        cases.iter().filter(|headers| headers.iter().any(|(name, _)| *name == "impersonate-user"))
    {
        let mut request = Request::post("/apis/authentication.k8s.io/v1/selfsubjectreviews");
        let mut map = HeaderMap::new();
        for (name, value) in *headers {
            request = request.header(*name, *value);
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        let request = request.header("content-type", "application/json");
        let body = myself.to_string().into_bytes();
        // Nobody in particular may not even ask who it is.
        let Ok(real) = send(&lab.admin, request.body(body).unwrap()).await else {
            assert!(headers.contains(&("impersonate-user", "system:anonymous")));
            continue;
        };
        let info = &real["status"]["userInfo"];
        let ours = impersonate(&lab.snapshot, &admin, &asked, &map).unwrap();
        let extra: BTreeMap<String, Vec<String>> =
            serde_json::from_value(info["extra"].clone()).unwrap_or_default();
        let groups: Vec<String> = serde_json::from_value(info["groups"].clone()).unwrap();
        assert_eq!((ours.groups, ours.extra), (groups, extra), "{headers:?}");
        assert_eq!(ours.name, info["username"].as_str().unwrap());
    }
}
