//! Flux's own cases of comparing a cluster with a dry-run, on a real API server: what is in sync
//! there is in sync here.

use crate::{
    drift_corpus::{Case, ask, corpus},
    law_lab::{Lab, OURS},
    law_noop::delta,
};
use gitops_core::model::Delta;
use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[tokio::test]
async fn what_flux_calls_drift_is_drift() {
    let Some(cases) = corpus("flux") else { return };
    let Some(server) = server_or_skip_with(ControlPlane::builder()).await else { return };
    let lab = Lab::new(server.client().await.unwrap()).await;
    let mut answers = BTreeMap::new();
    for case in cases.iter().filter(|case| case.kind == "jsondiff-cluster") {
        answers.insert(case.name.clone(), compare(&lab, case).await);
    }
    let ignored = "leaves out changes that the app's configuration says to ignore";
    let known = [
        (
            "jsondiff-cluster_TestUnstructuredList_excludes_resources_with_matching_annotation",
            ignored,
        ),
        (
            "jsondiff-cluster_TestUnstructured_Deployment_with_label_matching_exclusion_selector",
            ignored,
        ),
        (
            "jsondiff-cluster_TestUnstructured_Deployment_with_changed_container_value_and_ignored_path",
            ignored,
        ),
        (
            "jsondiff-cluster_TestUnstructured_Deployment_with_missing_label_and_annotation",
            "labels that we applied and no longer want: overlooked there, a write here",
        ),
    ];
    ask(&cases, &["jsondiff-cluster"], 20, &known, |case| answers[&case.name].clone());
}

async fn compare(lab: &Lab, case: &Case) -> Result<(), String> {
    let list = |name: &str| case.yaml(name).as_array().cloned().unwrap_or_default();
    let (mut cluster, desired) = (list("input/cluster.yaml"), list("input/desired.yaml"));
    cluster.retain(|object| !object.is_null());
    for object in cluster.iter().chain(&desired) {
        if let Some(name) = object.pointer("/metadata/namespace") {
            let namespace =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            lab.apply(&lab.path(&namespace).unwrap(), &namespace, "setup").await.unwrap();
        }
    }
    for object in &cluster {
        lab.apply(&lab.path(object).unwrap(), object, OURS).await.unwrap();
    }
    let expected = case.yaml("expected.yaml");
    let mut result = Ok(());
    for (index, object) in desired.iter().enumerate() {
        // A kind that the server doesn't know has no path: its prediction is an error.
        let Some(path) = lab.path(object) else { continue };
        let live = lab.get(&path).await.ok();
        let delta = delta(object, live.as_ref(), lab.predict(&path, object).await.ok());
        let found = match &delta {
            Delta::InSync => "none",
            Delta::Missing => "create",
            Delta::Drifted(_) => "update",
            _ => "refused",
        };
        let wanted = expected["diffs"].as_array().unwrap();
        let wanted = wanted.iter().find(|one| one["desired_index"] == index);
        let wanted = match (wanted, expected["error"] == true) {
            (Some(one), _) => one["type"].as_str().unwrap_or_default(),
            (None, true) => "refused",
            (None, false) => continue,
        };
        let leaked = object["kind"] == "Secret"
            && secrets(object).any(|text| format!("{delta:?}").contains(&text));
        if leaked {
            result = Err(format!("shows a secret: {delta:?}"));
        }
        // One refusal ends the whole comparison there; here every object has its own answer.
        if found != wanted
            && !(wanted == "refused" && expected["diffs"].as_array().is_some_and(Vec::is_empty))
        {
            result = Err(format!("object {index}: wanted {wanted}, found {delta:?}"));
        }
    }
    for object in cluster {
        lab.delete(&lab.path(&object).unwrap()).await.unwrap();
    }
    result
}

fn secrets(object: &Value) -> impl Iterator<Item = String> {
    let maps =
        ["data", "stringData"].map(|name| object[name].as_object().cloned().unwrap_or_default());
    maps.into_iter().flatten().filter_map(|(_, value)| Some(value.as_str()?.to_owned()))
}
