//! The definitions and custom resources of real repositories.

use super::{
    compiled, defined,
    lab::{DEFINITIONS, Lab, masked},
    objects,
};
use gitops_testkit::corpora::corpora;
use serde_json::{Value, json};
use std::path::Path;

/// The objects in a folder's YAML files.
fn documents(folder: &Path, out: &mut Vec<Value>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            documents(&path, out);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for part in text.split("\n---") {
                if let Ok(value) = serde_saphyr::from_str::<Value>(part) {
                    out.push(value);
                }
            }
        }
    }
}

#[tokio::test]
async fn real_definitions_and_objects_are_accepted_alike() {
    let Some(lab) = Lab::get().await else { return };
    let Some(corpora) = corpora("custom resources of real repositories") else { return };
    let mut all = Vec::new();
    for name in ["kube-prometheus", "cmo", "cert-manager-crds", "istio-crds"] {
        let workload = corpora.workload(name).unwrap();
        documents(&workload.tree(), &mut all);
    }
    let (mut definitions, mut seen, mut different) = (Vec::new(), Vec::new(), Vec::new());
    for one in all.iter().filter(|one| one["kind"] == "CustomResourceDefinition") {
        let name = one["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if one["apiVersion"] != "apiextensions.k8s.io/v1" || seen.contains(&name) {
            continue;
        }
        seen.push(name.clone());
        let theirs = lab.send("POST", &format!("{DEFINITIONS}?dryRun=All"), one).await;
        let ours = defined(one);
        match (&ours, &theirs) {
            (Ok(_), Ok(_)) => definitions.push(one.clone()),
            (ours, theirs) if ours == theirs => {}
            _ => different.push(format!(
                "{name}\nours: {:#?}\ntheirs: {:#?}",
                ours.err(),
                theirs.err()
            )),
        }
    }
    let mut objects_seen = 0;
    for definition in &definitions {
        let spec = &definition["spec"];
        let is_of = |one: &&Value| {
            one["kind"] == spec["names"]["kind"]
                && one["apiVersion"]
                    .as_str()
                    .unwrap_or_default()
                    .starts_with(spec["group"].as_str().unwrap())
        };
        let objects: Vec<&Value> = all.iter().filter(is_of).collect();
        if objects.is_empty() {
            continue;
        }
        lab.define(definition).await;
        let ours = compiled(definition);
        for object in objects {
            objects_seen += 1;
            let mut object = object.clone();
            let version = object["apiVersion"].as_str().unwrap().to_owned();
            let plural = spec["names"]["plural"].as_str().unwrap();
            let path = if spec["scope"] == "Namespaced" {
                object["metadata"]["namespace"] = json!("default");
                format!("/apis/{version}/namespaces/default/{plural}?dryRun=All")
            } else {
                format!("/apis/{version}/{plural}?dryRun=All")
            };
            let theirs = lab.send("POST", &path, &object).await;
            let mine = objects::create(&ours, &object, false);
            if !objects::same(&mine, &theirs) {
                let (ours, theirs) = (mine.map(|one| masked(&one)), theirs.map(|one| masked(&one)));
                different.push(format!("{object:#}\nours: {ours:#?}\ntheirs: {theirs:#?}"));
            }
        }
        lab.remove(&format!("{DEFINITIONS}/{}", definition["metadata"]["name"].as_str().unwrap()))
            .await;
    }
    println!("{} definitions, {objects_seen} objects", definitions.len());
    assert!(different.is_empty(), "{} different:\n{}", different.len(), different.join("\n\n"));
    assert!(definitions.len() >= 20 && objects_seen >= 40);
}
