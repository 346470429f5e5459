//! The known traps of server-side apply, each shown to be real on a real API server, and then
//! undone.

use crate::{
    law_lab::{Lab, OURS, digest},
    law_noop::delta,
};
use gitops_core::model::{Delta, Verified};
use gitops_kube::{
    fingerprint::{Fingerprint, fingerprint},
    migrate::migrate,
    repair::{Memory, displaced},
};
use gitops_testkit::server::{ControlPlane, server_or_skip};
use serde_json::{Value, json};
use std::sync::Arc;

struct Trap {
    lab: Lab,
    _server: Arc<ControlPlane>,
    path: String,
    object: Value,
    first: Fingerprint,
}

impl Trap {
    async fn new(mut object: Value) -> Option<Self> {
        let server = server_or_skip().await?;
        let lab = Lab::new(server.client().await.unwrap()).await;
        let namespace = server.namespace("law-traps").await.unwrap();
        object["metadata"]["namespace"] = namespace.into();
        let path = lab.path(&object).unwrap();
        let live = lab.apply(&path, &object, OURS).await.unwrap();
        let first = fingerprint(&live, OURS);
        Some(Trap { lab, _server: server, path, object, first })
    }

    /// Somebody else's plain write.
    async fn meddle(&self, edit: impl FnOnce(&mut Value)) -> Value {
        let mut live = self.lab.get(&self.path).await.unwrap();
        edit(&mut live);
        self.lab.put(&self.path, &live, "somebody").await.unwrap()
    }

    async fn repair(&self, live: &Value) -> Value {
        let Fingerprint { state, memo } = self.first.clone();
        let verified = Verified { desired: digest(&self.object), state, memo };
        let memory = Memory::of(digest(&self.object), Some(&verified)).unwrap();
        let patch = displaced(&self.object, live, OURS, &memory).unwrap();
        let patch = serde_json::to_value(patch).unwrap();
        let live = self.lab.json_patch(&self.path, &patch, OURS).await.unwrap();
        let patch = migrate(&live, OURS, &[]).unwrap().patch(&live).unwrap();
        let patch = serde_json::to_value(patch).unwrap();
        self.lab.json_patch(&self.path, &patch, OURS).await.unwrap();
        self.lab.apply(&self.path, &self.object, OURS).await.unwrap()
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "trap"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [
                {"name": "app", "image": "i", "ports": [{"containerPort": 80}], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)"}]},
                {"name": "aux", "image": "j"},
            ]},
        }},
    })
}

#[tokio::test]
async fn a_renamed_container() {
    let Some(trap) = Trap::new(deployment()).await else { return };
    let containers = |live: &Value| live["spec"]["template"]["spec"]["containers"].clone();
    let rename = |live: &mut Value| {
        live["spec"]["template"]["spec"]["containers"][0]["name"] = "evil".into();
    };
    // A plain apply leaves both, and calls it in sync.
    trap.meddle(rename).await;
    let live = trap.lab.apply(&trap.path, &trap.object, OURS).await.unwrap();
    assert_eq!(containers(&live).as_array().unwrap().len(), 3);
    let predicted = trap.lab.predict(&trap.path, &trap.object).await.ok();
    assert!(matches!(delta(&trap.object, Some(&live), predicted), Delta::InSync));

    // The repair leaves ours, and a sidecar that somebody applies.
    trap.meddle(|live| {
        live["spec"]["template"]["spec"]["containers"] =
            trap.object["spec"]["template"]["spec"]["containers"].clone()
    })
    .await;
    trap.lab.apply(&trap.path, &trap.object, OURS).await.unwrap();
    let mut sidecar = trap.object.clone();
    sidecar["spec"] = json!({"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"containers": [{"name": "sidecar", "image": "s"}]}}});
    trap.lab.apply(&trap.path, &sidecar, "mesh").await.unwrap();
    let live = trap.meddle(rename).await;
    let live = trap.repair(&live).await;
    let containers = containers(&live);
    let mut found = names(&containers);
    found.sort_unstable();
    assert_eq!(found, ["app", "aux", "sidecar"]);
    assert_eq!(fingerprint(&live, OURS).state, trap.first.state);
}

#[tokio::test]
async fn a_key_that_is_a_default() {
    let Some(trap) = Trap::new(deployment()).await else { return };
    let ports = "/spec/template/spec/containers/0/ports";
    let live =
        trap.meddle(|live| live.pointer_mut(ports).unwrap()[0]["protocol"] = "UDP".into()).await;
    assert_ne!(fingerprint(&live, OURS).state, trap.first.state);
    let live = trap.repair(&live).await;
    assert_eq!(live.pointer(ports).unwrap(), &json!([{"containerPort": 80, "protocol": "TCP"}]));
    assert_eq!(fingerprint(&live, OURS), trap.first);
}

#[tokio::test]
async fn the_order_of_variables() {
    let Some(trap) = Trap::new(deployment()).await else { return };
    let env = "/spec/template/spec/containers/0/env";
    let live =
        trap.meddle(|live| live.pointer_mut(env).unwrap().as_array_mut().unwrap().reverse()).await;
    // It leaves no trace in the ownership, and is a drift all the same.
    assert_ne!(fingerprint(&live, OURS).state, trap.first.state);
    let predicted = trap.lab.predict(&trap.path, &trap.object).await.ok();
    let Delta::Drifted(fields) = delta(&trap.object, Some(&live), predicted) else { panic!() };
    assert_eq!(fields[0].path, ".spec.template.spec.containers[name=\"app\"].env");
    let live = trap.lab.apply(&trap.path, &trap.object, OURS).await.unwrap();
    assert_eq!(names(live.pointer(env).unwrap()), ["A", "B"]);
    assert_eq!(fingerprint(&live, OURS), trap.first);
}

#[tokio::test]
async fn a_renumbered_service_port() {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "trap"},
        "spec": {"type": "NodePort", "selector": {"a": "b"}, "ports": [{"name": "http", "port": 80}, {"name": "metrics", "port": 90}]},
    });
    let Some(trap) = Trap::new(service).await else { return };
    let before = trap.lab.get(&trap.path).await.unwrap();
    let live = trap.meddle(|live| live["spec"]["ports"][0]["port"] = 81.into()).await;
    // A plain apply is refused for good.
    let (code, message) = trap.lab.apply(&trap.path, &trap.object, OURS).await.unwrap_err();
    assert!(code == 422 && message.contains("Duplicate value: \"http\""), "{code} {message}");
    let live = trap.repair(&live).await;
    // Also the node port that the server had given to it.
    assert_eq!(live["spec"]["ports"], before["spec"]["ports"]);
    assert_eq!(fingerprint(&live, OURS), trap.first);
}

#[tokio::test]
async fn string_data_of_a_secret() {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "trap"},
        "stringData": {"password": "x"}, "data": {"other": "eA=="},
    });
    let Some(trap) = Trap::new(secret).await else { return };
    let live = trap.meddle(|live| live["data"]["password"] = "ZXZpbA==".into()).await;
    assert_ne!(fingerprint(&live, OURS).state, trap.first.state);
    let predicted = trap.lab.predict(&trap.path, &trap.object).await.ok();
    let delta = delta(&trap.object, Some(&live), predicted);
    assert!(!format!("{delta:?}").contains("ZXZpbA=="));
    assert!(matches!(delta, Delta::Drifted(_)));
    let live = trap.lab.apply(&trap.path, &trap.object, OURS).await.unwrap();
    assert_eq!(live["data"]["password"], "eA==");
    assert_eq!(fingerprint(&live, OURS), trap.first);
    let live = trap.meddle(|live| live["data"]["theirs"] = "eA==".into()).await;
    assert_eq!(fingerprint(&live, OURS), trap.first);
}
