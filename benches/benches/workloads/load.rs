//! Files to objects. The peer parses the same documents from JSON and does nothing else: no ids, no
//! lines, no digests, no canonical form.

use crate::runtime;
use gitops_benches::{Bench, Estate};
use gitops_core::{
    model::{Desired, Revision, Snapshot},
    render::Yaml,
    stage::Renderer,
};
use gitops_testkit::{corpora::corpora, fake::MemoryTree};
use serde_json::Value;
use std::{fs, path::Path, sync::Arc};

pub(crate) fn run(bench: &Bench) {
    if bench.wants("load generated") {
        let estate = Estate { objects: 10_000 };
        beside(bench, "load generated", estate.tree(None));
    }
    let name = "load kube-prometheus";
    if bench.wants(name)
        && let Some(corpora) = corpora(name)
    {
        let workload = corpora.workload("kube-prometheus").unwrap();
        let mut tree = MemoryTree::new();
        add(&mut tree, &workload.tree().join("manifests"), "manifests");
        beside(bench, name, tree);
    }
}

fn beside(bench: &Bench, name: &str, tree: MemoryTree) {
    let runtime = runtime();
    let paths: Vec<&str> = tree.paths().collect();
    let files = paths.len();
    let snapshot = Snapshot::new(Revision::new("main", "1"), Arc::new(tree));
    let renderer = Yaml::new([""]).unwrap();
    let render = || -> Desired { runtime.block_on(renderer.render(&snapshot)).unwrap() };

    let desired = render();
    let json: Vec<Vec<u8>> =
        desired.objects().map(|object| object.document().bytes().to_vec()).collect();
    let bytes: usize = json.iter().map(Vec::len).sum();
    let work = format!("{} objects, {files} files, {} KB as JSON", desired.len(), bytes / 1000);
    let parse = || json.iter().map(|text| serde_json::from_slice(text).unwrap()).collect();
    let parse = || -> Vec<Value> { parse() };
    bench.beside(name, &work, render, "serde_json, the same as JSON", parse);
}

fn add(tree: &mut MemoryTree, folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            add(tree, &entry.path(), &name);
        } else {
            tree.write(&name, fs::read(entry.path()).unwrap());
        }
    }
}
