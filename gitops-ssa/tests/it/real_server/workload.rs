//! Every object of a real repository, written by several managers.

use super::{
    Lab, Shape,
    history::{Kind, Write},
    lab::lab,
};
use gitops_ssa::{
    managed::{Resource, Versions},
    schema::{Schema, TypeRef},
};
use http::Request;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

type Id = (String, String, String);

/// The objects of kube-prometheus; `None`, said aloud, without the corpora.
fn objects() -> Option<BTreeMap<Id, Value>> {
    let Some(corpora) = std::env::var_os("GITOPS_CORPORA") else {
        println!("skipped: GITOPS_CORPORA is not set");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let archive = Path::new(&corpora).join("workloads/kube-prometheus.tar.gz");
    let mut tar = Command::new("tar");
    let status = tar.arg("-xzf").arg(archive).arg("-C").arg(folder.path()).status().unwrap();
    assert!(status.success(), "unpacking");
    let mut out = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                let text = std::fs::read_to_string(&path).unwrap();
                for document in text.split("\n---") {
                    let Ok(object) = serde_saphyr::from_str::<Value>(document) else { continue };
                    let text = |path: &str| object.pointer(path).and_then(Value::as_str);
                    let id = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
                    if let (Some(version), Some(kind), Some(name)) = id {
                        let id = (version.to_owned(), kind.to_owned(), name.to_owned());
                        out.entry(id).or_insert(object);
                    }
                }
            }
        }
    }
    Some(out)
}

/// Plural name and whether it has namespaces, of every kind of a version.
async fn resources(lab: &Lab, api: &str) -> BTreeMap<String, (String, bool)> {
    let list = Request::get(format!("/{api}")).body(Vec::new()).unwrap();
    let Ok(list) = lab.client.request::<Value>(list).await else { return BTreeMap::new() };
    let resources = list["resources"].as_array().unwrap().iter();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    resources
        .filter(|one| !text(one, "name").contains('/'))
        .map(|one| (text(one, "kind"), (text(one, "name"), one["namespaced"] == true)))
        .collect()
}

async fn schema(
    lab: &Lab,
    objects: &BTreeMap<Id, Value>,
    version: &str,
    kind: &str,
) -> (Arc<Schema>, TypeRef) {
    let crd = objects.values().find(|one| {
        one["kind"] == "CustomResourceDefinition" && one["spec"]["names"]["kind"] == kind
    });
    let Some(crd) = crd else {
        let api = if version.contains('/') { "apis" } else { "api" };
        return lab.types(&format!("{api}/{version}"), version, kind).await;
    };
    let versions = crd["spec"]["versions"].as_array().unwrap();
    let one = versions.iter().find(|one| version.ends_with(one["name"].as_str().unwrap())).unwrap();
    let (schema, of) = Schema::from_structural(&one["schema"]["openAPIV3Schema"], false).unwrap();
    (Arc::new(schema), of)
}

#[tokio::test]
async fn every_object_of_a_repository_gets_the_same_owners() {
    let Some(lab) = lab().await else { return };
    let Some(objects) = objects() else { return };
    for (index, ((.., kind, name), object)) in objects.iter().enumerate() {
        if kind == "CustomResourceDefinition" {
            let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
            let path = format!("{path}?fieldManager=setup{index}");
            lab.send("PATCH", &path, "application/apply-patch+yaml", object).await.unwrap();
        }
    }
    let (mut compared, mut unknown) = (0, 0);
    for ((version, kind, name), object) in &objects {
        let api = if version.contains('/') { "apis" } else { "api" };
        let api = format!("{api}/{version}");
        // Definitions are served a moment after they are written.
        let defined = objects.values().any(|one| one["spec"]["names"]["kind"] == *kind.as_str());
        let mut found = None;
        for _ in 0..if defined { 2000 } else { 1 } {
            found = resources(&lab, &api).await.remove(kind);
            if found.is_some() {
                break;
            }
        }
        let Some((plural, namespaced)) = found else {
            unknown += 1;
            continue;
        };
        let (schema, of) = schema(&lab, &objects, version, kind).await;
        let resource = Resource::new(Versions::one(version, schema, of), version, kind);
        let status = matches!(&**kind, "Prometheus" | "Alertmanager" | "CustomResourceDefinition");
        let resource = match status || !defined && version != "v1" {
            true => resource.ignoring(super::status_ignored(version)),
            false => resource,
        };
        let namespace = &lab.namespace;
        let path = match namespaced {
            true => format!("/{api}/namespaces/{namespace}/{plural}"),
            false => format!("/{api}/{plural}"),
        };
        let kind = Kind { lab: &lab, resource, path, suffix: "", shape: Shape::Defaulted };
        let mut labelled = object.clone();
        labelled["metadata"]["labels"]["more"] = json!("x");
        let mut less = object.clone();
        less["metadata"].as_object_mut().unwrap().remove("labels");
        let apply = |config: &Value, manager, force| Write::Apply {
            config: config.clone(),
            manager,
            force,
        };
        let writes = [
            apply(object, "one", false),
            apply(object, "one", false),
            apply(&labelled, "two", false),
            apply(&less, "one", false),
            apply(object, "three", true),
        ];
        let mut live = None;
        for (index, write) in writes.iter().enumerate() {
            let done = kind.step(&mut live, write, &format!("{name}-ssa")).await;
            let done = done.unwrap_or_else(|e| panic!("{version} {name}, write {index}: {e}"));
            compared += usize::from(done);
        }
    }
    println!("{} objects, {compared} answers compared, {unknown} kinds unknown", objects.len());
    assert!(compared > objects.len());
}
