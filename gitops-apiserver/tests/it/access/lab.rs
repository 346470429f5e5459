//! A server with random roles, and the same roles for us.

use gitops_apiserver::access::{Roles, User};
use gitops_core::env::Rng;
use gitops_testkit::server::{ControlPlane, server_or_skip};
use http::Request;
use kube::Client;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

pub(super) const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) struct Lab {
    pub(super) server: Arc<ControlPlane>,
    pub(super) admin: Client,
    pub(super) namespace: String,
    pub(super) snapshot: Snapshot,
}

/// All role objects, by plural, then namespace and name.
#[derive(Default)]
pub(super) struct Snapshot(BTreeMap<&'static str, Vec<Value>>);

fn named<'a>(value: &'a Value, name: &str) -> &'a str {
    value["metadata"][name].as_str().unwrap_or_default()
}

impl Roles for Snapshot {
    fn role(&self, namespace: &str, name: &str) -> Option<Value> {
        let is = |one: &&Value| named(one, "namespace") == namespace && named(one, "name") == name;
        self.0["roles"].iter().find(is).cloned()
    }

    fn cluster_role(&self, name: &str) -> Option<Value> {
        self.0["clusterroles"].iter().find(|one| named(one, "name") == name).cloned()
    }

    fn role_bindings(&self, namespace: &str) -> Vec<Value> {
        let all = self.0["rolebindings"].iter();
        all.filter(|one| named(one, "namespace") == namespace).cloned().collect()
    }

    fn cluster_role_bindings(&self) -> Vec<Value> {
        self.0["clusterrolebindings"].clone()
    }
}

pub(super) type Answer = Result<Value, (u16, String)>;

pub(super) async fn send(client: &Client, request: Request<Vec<u8>>) -> Answer {
    match client.request::<Value>(request).await {
        Ok(value) => Ok(value),
        Err(kube::Error::Api(status)) => Err((status.code, status.message.clone())),
        Err(error) => panic!("{error:?}"),
    }
}

pub(super) async fn ask(client: &Client, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json");
    let body = body.map(Value::to_string).unwrap_or_default();
    send(client, request.body(body.into_bytes()).unwrap()).await
}

pub(super) fn pick<'a, T>(rng: &mut Rng, list: &'a [T]) -> &'a T {
    &list[rng.below(list.len() as u64) as usize]
}

fn some(rng: &mut Rng, list: &[&str], most: u64) -> Vec<String> {
    let count = 1 + rng.below(most);
    let mut all: Vec<String> = (0..count).map(|_| (*pick(rng, list)).to_owned()).collect();
    all.dedup();
    all
}

pub(super) const VERBS: [&str; 7] =
    ["get", "list", "watch", "create", "delete", "impersonate", "x"];
pub(super) const GROUPS: [&str; 3] = ["", "apps", "batch"];
pub(super) const RESOURCES: [&str; 6] =
    ["pods", "configmaps", "deployments", "pods/log", "deployments/status", "secrets"];

/// A rule of a Role.
pub(super) fn rule(rng: &mut Rng) -> Value {
    let mut verbs = VERBS.to_vec();
    verbs.push("*");
    let mut rule = json!({
        "verbs": some(rng, &verbs, 3),
        "apiGroups": some(rng, &["", "apps", "batch", "*"], 2),
        "resources": some(rng, &["pods", "configmaps", "deployments", "pods/log", "*/status", "*", "*/log"], 2),
    });
    if rng.below(3) == 0 {
        rule["resourceNames"] = json!(some(rng, &["a", "b"], 2));
    }
    rule
}

fn cluster_rule(rng: &mut Rng) -> Value {
    if rng.below(4) > 0 {
        return rule(rng);
    }
    let urls = ["/version", "/healthz", "/heal*", "/logs/*", "/metrics"];
    json!({"verbs": some(rng, &["get", "post", "*"], 2), "nonResourceURLs": some(rng, &urls, 2)})
}

impl Lab {
    pub(super) fn user(&self, number: u64) -> User {
        User {
            name: format!("{}-u{number}", self.namespace),
            groups: vec![
                format!("{}-g{}", self.namespace, number % 2),
                "system:authenticated".to_owned(),
            ],
            ..User::default()
        }
    }

    pub(super) async fn client(&self, user: &User) -> Client {
        let groups: Vec<&str> = user.groups.iter().map(String::as_str).collect();
        self.server.client_for(&user.name, &groups).await.unwrap()
    }

    /// A server with random roles and bindings for four users, among which are bindings to roles
    /// that aren't there.
    pub(super) async fn new(seed: u64) -> Option<Lab> {
        let server = server_or_skip().await?;
        let admin = server.client().await.unwrap();
        let namespace = server.namespace("access").await.unwrap();
        let lab = Lab { server, admin, namespace, snapshot: Snapshot::default() };
        let mut rng = Rng::from_seed(seed);
        let ns = lab.namespace.clone();
        for number in 0..6 {
            let rules = |rng: &mut Rng, of: fn(&mut Rng) -> Value| {
                (0..1 + rng.below(3)).map(|_| of(rng)).collect::<Vec<_>>()
            };
            let local = json!({"kind": "Role", "metadata": {"name": format!("{ns}-r{number}")}, "rules": rules(&mut rng, rule)});
            lab.put("roles", local).await;
            let wide = json!({"kind": "ClusterRole", "metadata": {"name": format!("{ns}-c{number}")}, "rules": rules(&mut rng, cluster_rule)});
            lab.put("clusterroles", wide).await;
        }
        for number in 0..8 {
            let subject = |rng: &mut Rng| match rng.below(3) {
                0 => {
                    json!({"kind": "Group", "apiGroup": RBAC, "name": format!("{ns}-g{}", rng.below(2))})
                }
                1 => json!({"kind": "ServiceAccount", "namespace": ns, "name": "robot"}),
                _ => {
                    json!({"kind": "User", "apiGroup": RBAC, "name": format!("{ns}-u{}", rng.below(4))})
                }
            };
            // The seventh and eighth are not there.
            let cluster = json!({"apiGroup": RBAC, "kind": "ClusterRole", "name": format!("{ns}-c{}", rng.below(7))});
            let local = json!({"apiGroup": RBAC, "kind": "Role", "name": format!("{ns}-r{}", rng.below(7))});
            let reference = if rng.below(3) == 0 { cluster.clone() } else { local };
            let meta = json!({"name": format!("{ns}-b{number}")});
            let subjects = json!([subject(&mut rng), subject(&mut rng)]);
            lab.put("rolebindings", json!({"kind": "RoleBinding", "metadata": meta, "roleRef": reference, "subjects": subjects})).await;
            if number < 4 {
                let subjects = json!([subject(&mut rng)]);
                lab.put("clusterrolebindings", json!({"kind": "ClusterRoleBinding", "metadata": meta, "roleRef": cluster, "subjects": subjects})).await;
            }
        }
        // All may write roles, so that only escalation stands in the way.
        let writers = json!({"kind": "ClusterRole", "metadata": {"name": format!("{ns}-writers")}, "rules": [
            {"verbs": ["create", "update"], "apiGroups": [RBAC], "resources": ["*"]},
            {"verbs": ["bind"], "apiGroups": [RBAC], "resources": ["clusterroles"], "resourceNames": [format!("{ns}-c1")]},
        ]});
        lab.put("clusterroles", writers).await;
        let all = json!([{"kind": "Group", "apiGroup": RBAC, "name": format!("{ns}-g0")}, {"kind": "Group", "apiGroup": RBAC, "name": format!("{ns}-g1")}]);
        let reference =
            json!({"apiGroup": RBAC, "kind": "ClusterRole", "name": format!("{ns}-writers")});
        lab.put("clusterrolebindings", json!({"kind": "ClusterRoleBinding", "metadata": {"name": format!("{ns}-writers")}, "roleRef": reference, "subjects": all})).await;
        lab.settled().await;
        let mut snapshot = BTreeMap::new();
        for plural in ["roles", "clusterroles", "rolebindings", "clusterrolebindings"] {
            let list = ask(&lab.admin, "GET", &format!("/apis/{RBAC}/v1/{plural}"), None).await;
            snapshot.insert(plural, list.unwrap()["items"].as_array().unwrap().clone());
        }
        Some(Lab { snapshot: Snapshot(snapshot), ..lab })
    }

    async fn put(&self, plural: &str, mut object: Value) {
        object["apiVersion"] = format!("{RBAC}/v1").into();
        let path = match plural.strip_prefix("cluster") {
            Some(_) => format!("/apis/{RBAC}/v1/{plural}"),
            None => format!("/apis/{RBAC}/v1/namespaces/{}/{plural}", self.namespace),
        };
        ask(&self.admin, "POST", &path, Some(&object)).await.unwrap();
    }

    /// Waits until the authorizer, which has a cache, has seen what was written last of each kind.
    async fn settled(&self) {
        let ns = &self.namespace;
        for plural in ["roles", "rolebindings"] {
            let review = json!({
                "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                "spec": {"user": format!("{ns}-u0"), "groups": [format!("{ns}-g0")], "resourceAttributes":
                    {"verb": "create", "group": RBAC, "resource": plural, "namespace": ns}},
            });
            let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
            let mut seen = 0;
            for _ in 0..2000 {
                let answer = ask(&self.admin, "POST", path, Some(&review)).await.unwrap();
                seen = if answer["status"]["allowed"] == true { seen + 1 } else { 0 };
                if seen == 20 {
                    break;
                }
            }
            assert_eq!(seen, 20, "the authorizer never saw the roles");
        }
    }
}
