//! Objects on a server.

use super::case::{Case, Said};
use crate::histories::target::{Answer, Target, read};
use http::Request;
use serde_json::{Value, json};

const NAMESPACE: &str = "warnings";

/// Makes the namespace that the objects are in.
pub(super) async fn prepare(on: &impl Target) {
    let namespace = json!({"metadata": {"name": NAMESPACE}});
    let made = ask(on, "POST", "/api/v1/namespaces", &namespace).await;
    assert_eq!(made.code, 201, "{}", String::from_utf8_lossy(&made.body));
}

/// What a server says of an object, and of its change.
pub(super) async fn play(on: &impl Target, case: &Case) -> Vec<Said> {
    let namespace = format!("namespaces/{NAMESPACE}/");
    let path = format!("/{}", case.at.replace('$', &namespace));
    let mut said = vec![told(&ask(on, "POST", &format!("{path}?dryRun=All"), &case.object).await)];
    let Some(change) = case.change.as_ref().filter(|_| said[0].code == 201) else { return said };
    let made = value(&ask(on, "POST", &path, &case.object).await);
    let mut path = format!("{path}/{}", made["metadata"]["name"].as_str().unwrap());
    let mut object = made;
    if !case.by.is_empty() {
        path = format!("{path}/{}", case.by);
        object = value(&ask(on, "GET", &path, &Value::Null).await);
    }
    merge(&mut object, change);
    said.push(told(&ask(on, "PUT", &format!("{path}?dryRun=All"), &object).await));
    said
}

async fn ask(on: &impl Target, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json").body(body).unwrap();
    read(on.send(request).await).await
}

fn told(answer: &Answer) -> Said {
    let warnings = answer.headers.iter().filter(|(name, _)| name == "warning");
    Said { code: answer.code, warnings: warnings.map(|(_, value)| value.clone()).collect() }
}

fn value(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn merge(object: &mut Value, change: &Value) {
    let Value::Object(fields) = change else { return *object = change.clone() };
    if !object.is_object() {
        *object = json!({});
    }
    for (name, value) in fields {
        match value {
            Value::Null => drop(object.as_object_mut().unwrap().remove(name)),
            value => merge(&mut object[name], value),
        }
    }
}
