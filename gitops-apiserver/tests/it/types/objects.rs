//! Objects of real repositories, and what the server has made of them.

use super::lab::{Lab, lab};
use gitops_apiserver::builtin::{
    resources,
    types::{Kind, json, kind},
};
use gitops_testkit::corpora::corpora;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// Every object of built-in kinds in YAML files below a folder.
fn objects(folder: &Path, out: &mut Vec<Value>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            objects(&path, out);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let documents = text.split("\n---").map(serde_saphyr::from_str::<Value>);
            out.extend(documents.flatten().filter(|object| of(object).is_some()));
        }
    }
}

fn of(object: &Value) -> Option<Kind> {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    kind(text("apiVersion")?, text("kind")?)
}

fn path(lab: &Lab, kind: &Kind) -> Option<String> {
    let mut all = resources::of(kind.api_version()).iter();
    let resource = all.find(|one| one.kind == kind.name())?;
    Some(lab.path(kind.api_version(), &resource.plural, resource.namespaced))
}

/// Where an object lacks what another has, or has it otherwise.
fn lacking(path: &str, wanted: &Value, found: Option<&Value>, out: &mut BTreeSet<String>) {
    match (wanted, found) {
        (Value::Object(wanted), Some(Value::Object(found))) => {
            for (name, value) in wanted {
                lacking(&format!("{path}.{name}"), value, found.get(name), out);
            }
        }
        (Value::Array(wanted), Some(Value::Array(found))) if wanted.len() <= found.len() => {
            for (wanted, found) in wanted.iter().zip(found) {
                lacking(&format!("{path}[]"), wanted, Some(found), out);
            }
        }
        (wanted, Some(found)) if wanted == found => {}
        // Unset, or filled in.
        (Value::Null, _) | (Value::Object(_), None) => {}
        (Value::String(text), Some(_)) if text.is_empty() => {}
        (Value::Number(number), Some(_)) if number.as_i64() == Some(0) => {}
        (wanted, found) => {
            out.insert(format!("{path}: {wanted}, the server has {found:?}"));
        }
    }
}

#[tokio::test]
async fn what_the_server_answers_is_decoded_without_change() {
    let (Some(corpora), Some(lab)) = (corpora("objects of built-in kinds"), lab().await) else {
        return;
    };
    let mut all = Vec::new();
    for name in ["kube-prometheus", "cmo", "flux2-kustomize-helm-example", "cert-manager-crds"] {
        objects(&corpora.workload(name).unwrap().tree(), &mut all);
    }
    let (mut accepted, mut different) = (0, BTreeSet::new());
    for object in &mut all {
        let kind = of(object).unwrap();
        let Some(path) = path(&lab, &kind) else { continue };
        if let Some(meta) =
            object["metadata"].as_object_mut().filter(|_| path.contains("/namespaces/"))
        {
            meta.insert("namespace".to_owned(), lab.namespace.clone().into());
        }
        let name = format!("{} {}", kind.name(), object["metadata"]["name"]);
        let ours = kind.decode(object).unwrap();
        let body = serde_json::to_vec(object).unwrap();
        let theirs = match lab.create(&path, &body).await {
            Ok(theirs) => theirs,
            Err((_, said)) => {
                let strict = format!("strict decoding error: {}", ours.strict.join(", "));
                if said.contains("strict decoding error") && !said.ends_with(&strict) {
                    different.insert(format!("{name}: {said}"));
                }
                continue;
            }
        };
        accepted += 1;
        assert_eq!(ours.strict, Vec::<String>::new(), "{name}");
        lacking(&name, &ours.object, Some(&theirs), &mut different);
        let again = kind.decode(&theirs).unwrap();
        assert_eq!(again.strict, Vec::<String>::new(), "{name}");
        if again.object != theirs {
            lacking(&format!("{name} again"), &again.object, Some(&theirs), &mut different);
            lacking(&format!("{name} lost"), &theirs, Some(&again.object), &mut different);
        }
        if kind.stored(&theirs) != theirs {
            different.insert(format!("{name}: {} is not stored", kind.stored(&theirs)));
        }
    }
    let lines: Vec<_> = different.iter().map(String::as_str).collect();
    assert!(different.is_empty(), "{} of them:\n{}", different.len(), lines.join("\n"));
    println!("{accepted} of {} objects", all.len());
    assert!(accepted > 100, "{accepted}");
}

/// Objects in which nothing is filled in, so that the server answers with what storing makes of
/// them and no more.
const STORED: [(&str, &str, &str); 14] = [
    ("rbac.authorization.k8s.io/v1", "Role", r#""rules":[]"#),
    ("rbac.authorization.k8s.io/v1", "Role", r#""rules":null"#),
    (
        "rbac.authorization.k8s.io/v1",
        "Role",
        r#""rules":[{"verbs":["get"],"nonResourceURLs":[],"resources":["a"],"apiGroups":[""]}]"#,
    ),
    ("v1", "ConfigMap", r#""data":{"a":null,"b":"x"},"binaryData":{"c":null,"d":"YR=="}"#),
    ("v1", "ConfigMap", r#""data":{},"immutable":null"#),
    ("v1", "ConfigMap", r#""data":{"a":"<&>\u2028"},"binaryData":{"b":[97,98,99]}"#),
    ("v1", "Secret", r#""type":"Opaque","data":{"a":null,"b":""}"#),
    ("v1", "ServiceAccount", r#""secrets":[null,{"name":"x"},{}],"imagePullSecrets":[]"#),
    ("v1", "ResourceQuota", r#""spec":{"hard":{"cpu":null,"pods":"1000m","memory":"1024Mi"}}"#),
    ("v1", "LimitRange", r#""spec":{"limits":[]}"#),
    ("discovery.k8s.io/v1", "EndpointSlice", r#""addressType":"IPv4","endpoints":[],"ports":[]"#),
    (
        "coordination.k8s.io/v1",
        "Lease",
        r#""spec":{"acquireTime":"2024-02-29T10:11:12.123456+02:00","leaseTransitions":0}"#,
    ),
    ("apps/v1", "ControllerRevision", r#""revision":1,"data":{"b":[1.0, 2],"a":null}"#),
    (
        "scheduling.k8s.io/v1",
        "PriorityClass",
        r#""value":1,"preemptionPolicy":"Never","description":"""#,
    ),
];

#[tokio::test]
async fn storing_makes_empty_lists_unset() {
    let Some(lab) = lab().await else { return };
    let mut different = Vec::new();
    for (version, name, rest) in STORED {
        let kind = kind(version, name).unwrap();
        let meta = r#"{"name":"stored","labels":{},"finalizers":[]}"#;
        let body =
            format!(r#"{{"apiVersion":"{version}","kind":"{name}","metadata":{meta},{rest}}}"#);
        let node = json::parse(body.as_bytes()).unwrap();
        let mut ours = kind.stored(&kind.decode_json(&node).unwrap().object);
        let path = path(&lab, &kind).unwrap();
        let mut theirs = match lab.create(&path, body.as_bytes()).await {
            Ok(theirs) => theirs,
            Err((_, said)) => panic!("{body}\n  {said}"),
        };
        for object in [&mut ours, &mut theirs] {
            object["metadata"] = Value::Null;
        }
        if ours != theirs {
            different.push(format!("{body}\n  ours:   {ours}\n  theirs: {theirs}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
