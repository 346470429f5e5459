//! Objects of real repositories, sent to both servers as a whole.

use super::bases::BASES;
use super::broken::{Count, report};
use super::lab::{Lab, Resource, Said, difference};
use super::rare::RARE;
use gitops_apiserver::ApiServer;
use gitops_testkit::corpora::corpora;
use http::Request;
use http_body_util::BodyExt;
use kube::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The objects in a folder's YAML files.
fn documents(folder: &Path, out: &mut Vec<Value>) {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            documents(&path, out);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            out.extend(text.split("\n---").filter_map(|one| serde_saphyr::from_str(one).ok()));
        }
    }
}

async fn memory(client: &Client, path: &str, body: &Value) -> Said {
    let body = serde_json::to_vec(body).unwrap();
    let request = Request::post(path).header("content-type", "application/json");
    match client.send(request.body(body.into()).unwrap()).await {
        Ok(response) => {
            let code = response.status().as_u16();
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            let answer: Value = serde_json::from_slice(&bytes).unwrap();
            said(code, answer)
        }
        Err(error) => panic!("{path}: {error}"),
    }
}

fn said(code: u16, answer: Value) -> Said {
    let message = answer["message"].as_str().unwrap_or_default().to_owned();
    match code {
        200..=299 => Said::Accepted(answer),
        422 => {
            let causes = Vec::<BTreeMap<String, String>>::deserialize(&answer["details"]["causes"]);
            let text = |cause: &BTreeMap<String, String>, name: &str| {
                cause.get(name).cloned().unwrap_or_default()
            };
            let cause = |one| (text(&one, "reason"), text(&one, "message"), text(&one, "field"));
            Said::Invalid(message, causes.unwrap_or_default().into_iter().map(cause).collect())
        }
        _ => Said::Else(code, message),
    }
}

/// What two servers can't have alike: names, times and addresses that each gives.
fn masked(said: Said) -> Said {
    let Said::Accepted(mut object) = said else { return said };
    let meta = object["metadata"].as_object_mut().unwrap();
    for name in ["uid", "creationTimestamp", "managedFields", "resourceVersion"] {
        meta.remove(name);
    }
    if let Some(spec) = object["spec"].as_object_mut() {
        for name in ["clusterIP", "clusterIPs"] {
            spec.retain(|key, value| key != name || value == "None" || *value == json!(["None"]));
        }
        for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            port.as_object_mut().unwrap().remove("nodePort");
        }
    }
    Said::Accepted(without_uids(object))
}

/// A Job selects its pods by its UID.
fn without_uids(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            fields.retain(|key, _| !key.ends_with("controller-uid"));
            fields.into_iter().map(|(key, value)| (key, without_uids(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_uids).collect(),
        value => value,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_objects_are_taken_alike() {
    let Some(lab) = Lab::new("workloads").await else { return };
    let Some(corpora) = corpora("objects of real repositories") else { return };
    let server = ApiServer::new();
    let client = Client::new(server.service(), "default");
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": lab.namespace}});
    memory(&client, "/api/v1/namespaces", &namespace).await;
    let mut counts = BTreeMap::new();
    for name in ["kube-prometheus", "cmo", "flux2-kustomize-helm-example"] {
        let mut all = Vec::new();
        documents(&corpora.workload(name).unwrap().tree(), &mut all);
        let mut count = Count::default();
        for mut object in all {
            let is =
                |of: &Resource| object["apiVersion"] == of.api_version && object["kind"] == of.kind;
            let Some(base) = BASES.iter().chain(RARE).find(|base| is(&base.of)) else {
                count.skipped += 1;
                continue;
            };
            if base.of.namespaced {
                object["metadata"]["namespace"] = lab.namespace.clone().into();
            }
            let path = format!("{}?dryRun=All", lab.path(&base.of));
            let theirs = masked(lab.send("POST", &path, &object).await);
            let ours = masked(memory(&client, &path, &object).await);
            if theirs == ours {
                count.same += 1;
                if !matches!(theirs, Said::Accepted(_)) {
                    println!("{name}: both refuse {path}: {theirs:?}");
                }
                continue;
            }
            let what = format!("{} {}", base.of.kind, object["metadata"]["name"]);
            let text = difference(&theirs, &ours).unwrap_or_default();
            count.different.push(format!("{what}\n    {text}\n    {theirs:?}\n    {ours:?}"));
        }
        assert!(count.same > 0, "{name}: nothing was compared");
        counts.insert(name.to_owned(), count);
    }
    assert_eq!(report("workload", &counts), 0);
}
