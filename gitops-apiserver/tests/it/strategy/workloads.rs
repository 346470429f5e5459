//! The objects of real repositories, created beside the real server.

use super::creates::compare;
use super::lab::lab;
use gitops_apiserver::builtin::types;
use gitops_testkit::corpora::corpora;
use serde::Deserialize;
use serde_json::Value;
use std::{fs, path::Path};

#[tokio::test]
async fn objects_of_real_repositories_are_created_as_on_the_server() {
    let Some(corpora) = corpora("objects of real repositories") else { return };
    let Some(lab) = lab("workloads").await else { return };
    let (mut wrong, mut tried, mut refused) = (0, 0, Vec::new());
    for name in ["kube-prometheus", "cmo"] {
        let mut objects = Vec::new();
        let workload = corpora.workload(name).unwrap();
        read(&workload.tree(), &mut objects);
        for mut object in objects {
            let Some(path) = collection(&object, &lab.namespace) else { continue };
            if path.contains("/namespaces/") {
                object["metadata"]["namespace"] = lab.namespace.clone().into();
            }
            match compare(&lab, &path, &object).await {
                Some(same) => {
                    tried += 1;
                    wrong += usize::from(!same);
                }
                None => refused.push(format!("{path} {}", object["metadata"]["name"])),
            }
        }
    }
    println!("{tried} objects; refused: {refused:#?}");
    assert_eq!(wrong, 0);
    assert!(tried > 150, "{tried}");
}

fn read(at: &Path, out: &mut Vec<Value>) {
    let mut entries: Vec<_> =
        fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(&path, out);
        } else if path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml") {
            let text = fs::read_to_string(&path).unwrap();
            for document in text.split("\n---") {
                let Ok(object) = serde_saphyr::from_str::<Document>(document) else { continue };
                match object.0["items"].as_array() {
                    Some(items) => out.extend(items.iter().cloned()),
                    None => out.push(object.0),
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct Document(Value);

/// Where objects of a built-in kind are created.
fn collection(object: &Value, namespace: &str) -> Option<String> {
    let (api, kind) = (object["apiVersion"].as_str()?, object["kind"].as_str()?);
    types::kind(api, kind)?;
    let lower = kind.to_lowercase();
    let plural = match &*lower {
        "networkpolicy" => "networkpolicies".to_owned(),
        "ingress" | "storageclass" | "priorityclass" => format!("{lower}es"),
        "endpoints" => lower,
        _ => format!("{lower}s"),
    };
    let cluster = ["Namespace", "ClusterRole", "ClusterRoleBinding", "APIService"];
    let is_wide = cluster.contains(&kind) || kind.ends_with("Configuration");
    let wide = is_wide || matches!(kind, "CustomResourceDefinition" | "PriorityClass");
    let root = if api.contains('/') { "/apis/" } else { "/api/" };
    let scope = if wide { String::new() } else { format!("namespaces/{namespace}/") };
    (kind != "CustomResourceDefinition").then(|| format!("{root}{api}/{scope}{plural}"))
}
