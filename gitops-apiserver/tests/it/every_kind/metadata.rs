//! Metadata, good and bad, of an object of every kind: as it is created and as it is changed.
//!
//! Each kind asks for it by rules of its own, in an order of its own.

use super::{difference, report};
use crate::histories::{
    kinds::set,
    make::bodies::{BAD_METADATA, METADATA},
    memory::Memory,
    real::Real,
    target::{Answer, Target, read},
};
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use http::Request;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

const NAMESPACE: &str = "every";

async fn send(server: &impl Target, method: &str, path: &str, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request =
        request.header("content-type", "application/json").header("user-agent", "every/1");
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    read(server.send(request.body(body).unwrap()).await).await
}

/// An object of every kind, with its collection.
fn objects() -> Vec<(String, Value)> {
    let text = include_str!("../strategy/objects.json").replace("{ns}", NAMESPACE);
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for case in cases {
        let path = case["path"].as_str().unwrap().to_owned();
        if seen.insert(path.clone()) {
            all.push((path, case["object"].clone()));
        }
    }
    all
}

/// The object with one thing changed.
fn edited(object: &Value, (pointer, value): (&str, &str)) -> Value {
    let mut object = object.clone();
    let value = value.replace("{{ns}}", NAMESPACE).replace("{{uid}}", "x");
    set(&mut object, pointer, serde_json::from_str(&value).unwrap());
    object
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_of_every_kind_is_judged_alike() {
    let Some(server) = server_or_skip_with(ControlPlane::builder()).await else { return };
    let real = Real::bare(Arc::new(server)).await;
    let memory = Memory::new();
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    for code in [
        send(&memory, "POST", "/api/v1/namespaces", &namespace).await.code,
        send(&real, "POST", "/api/v1/namespaces", &namespace).await.code,
    ] {
        assert_eq!(code, 201);
    }
    let (mut compared, mut differences) = (0, Vec::new());
    for (collection, object) in objects() {
        let both = async |method: &str, path: &str, ours: &Value, theirs: &Value| {
            futures::join!(send(&memory, method, path, ours), send(&real, method, path, theirs))
        };
        let edits: Vec<_> = METADATA.iter().chain(BAD_METADATA).copied().collect();
        for edit in &edits {
            let body = edited(&object, *edit);
            let path = format!("{collection}?dryRun=All");
            let (ours, theirs) = both("POST", &path, &body, &body).await;
            compared += 1;
            differences.extend(difference(&format!("POST {path} {edit:?}"), &ours, &theirs));
        }
        let made = both("POST", &collection, &object, &object).await;
        let made = [made.0, made.1].map(|one| serde_json::from_slice::<Value>(&one.body).unwrap());
        // Into these the real server's controllers write at once.
        if collection.contains("flowcontrol") {
            continue;
        }
        let Some(name) = made[0]["metadata"]["name"].as_str() else { continue };
        let one = format!("{collection}/{name}");
        for edit in &edits {
            let [ours, theirs] = made.each_ref().map(|object| edited(object, *edit));
            let path = format!("{one}?dryRun=All");
            let (ours, theirs) = both("PUT", &path, &ours, &theirs).await;
            compared += 1;
            differences.extend(difference(&format!("PUT {path} {edit:?}"), &ours, &theirs));
        }
        both("DELETE", &one, &Value::Null, &Value::Null).await;
    }
    report(compared, &differences);
}
