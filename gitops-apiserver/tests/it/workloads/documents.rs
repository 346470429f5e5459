//! The objects in the files of real repositories.

use gitops_testkit::corpora::{Corpora, Workload};
use serde_json::{Value, json};
use serde_saphyr::{DuplicateKeyPolicy, read_with_options};
use std::{collections::BTreeSet, fs, path::Path};

/// The archives.
const WORKLOADS: [&str; 5] =
    ["kube-prometheus", "cmo", "flux2-kustomize-helm-example", "cert-manager-crds", "istio-crds"];

/// A document of a file, as it is written there.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) workload: &'static str,
    pub(super) text: String,
    /// Several where it is a list.
    pub(super) objects: Vec<Value>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// No two that say the same of the same objects.
    pub(super) documents: Vec<Document>,
    /// How many are no YAML: templates.
    pub(super) unreadable: usize,
    /// How many are YAML without a kind.
    pub(super) others: usize,
    /// How many say what one before them says.
    pub(super) copies: usize,
}

/// Every document of every archive.
pub(super) fn all(corpora: &Corpora) -> Found {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    for workload in WORKLOADS {
        let unpacked: Workload = corpora.workload(workload).unwrap();
        for folder in [unpacked.tree(), unpacked.renders()] {
            if folder.is_dir() {
                read(workload, &folder, &mut seen, &mut found);
            }
        }
    }
    found
}

fn read(workload: &'static str, at: &Path, seen: &mut BTreeSet<String>, found: &mut Found) {
    let mut entries: Vec<_> =
        fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(workload, &path, seen, found);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            for text in split(&fs::read_to_string(&path).unwrap()) {
                let Some(value) = parse(&text) else {
                    found.unreadable += 1;
                    continue;
                };
                let objects = objects(value);
                let is_copy = !objects.is_empty() && !seen.insert(json!(objects).to_string());
                match (objects.is_empty(), is_copy) {
                    (true, _) => found.others += 1,
                    (_, true) => found.copies += 1,
                    _ => found.documents.push(Document { workload, text, objects }),
                }
            }
        }
    }
}

/// At the lines that part documents, as kubectl does.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push_str(line);
        }
    }
    let said = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
    parts.retain(|part| part.lines().any(said));
    parts
}

fn parse(text: &str) -> Option<Value> {
    let options = serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::LastWins };
    read_with_options::<_, Value>(&mut text.as_bytes(), options).next()?.ok()
}

fn objects(value: Value) -> Vec<Value> {
    let (Some(version), Some(kind)) = (value["apiVersion"].as_str(), value["kind"].as_str()) else {
        return Vec::new();
    };
    let Some(items) = value["items"].as_array().filter(|_| kind.ends_with("List")) else {
        return vec![value];
    };
    let items = items.iter().cloned().map(|mut item| {
        if item["kind"].is_null() {
            item["apiVersion"] = json!(version);
            item["kind"] = json!(kind.trim_end_matches("List"));
        }
        item
    });
    items.collect()
}
