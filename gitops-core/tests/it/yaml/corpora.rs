//! Other people's YAML: real repositories and the suites of the parsers. In the folder named by
//! `GITOPS_CORPORA`; without it these tests say so and pass.

use super::snapshot;
use gitops_core::{render::Yaml, stage::Renderer};
use gitops_testkit::fake::MemoryTree;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// The folder of corpora, or a word about its absence.
pub(super) fn folder() -> Option<PathBuf> {
    let found = std::env::var_os("GITOPS_CORPORA").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: GITOPS_CORPORA names no folder");
    }
    found
}

fn read(directory: &Path, prefix: &str, tree: &mut MemoryTree) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            read(&entry.path(), &format!("{path}/"), tree);
        } else {
            tree.write(&path, fs::read(entry.path()).unwrap());
        }
    }
}

/// A real repository, unpacked for as long as this lives.
pub(super) struct Workload {
    _folder: TempDir,
    pub(super) tree: PathBuf,
    survey: Value,
}

impl Workload {
    pub(super) fn unpack(corpora: &Path, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = corpora.join(format!("workloads/{name}.tar.gz"));
        let tar =
            Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(folder.path()).status();
        assert!(tar.unwrap().success());
        let root = folder.path().join(name);
        let survey = serde_json::from_slice(&fs::read(root.join("SURVEY.json")).unwrap()).unwrap();
        Workload { _folder: folder, tree: root.join("tree"), survey }
    }

    pub(super) fn files(&self) -> MemoryTree {
        let mut tree = MemoryTree::new();
        read(&self.tree, "", &mut tree);
        tree
    }
}

#[tokio::test]
async fn real_repositories_load_completely() {
    let Some(corpora) = folder() else { return };
    for name in ["kube-prometheus", "cmo"] {
        let workload = Workload::unpack(&corpora, name);
        let tree = workload.files();
        let count = |key: &str| workload.survey[key].as_u64().unwrap() as usize;
        let start = std::time::Instant::now();
        let desired = Yaml::new([""]).unwrap().render(&snapshot(tree.clone())).await.unwrap();
        println!("{name}: {} objects in {:?}", desired.len(), start.elapsed());
        // The survey's parser failed on files with one object each: a plain `=` is a value of a
        // type of its own in YAML 1.1, which kubectl and we read as a string.
        assert_eq!(desired.len(), count("k8s_objects") + count("parse_errors"), "{name}");
        for object in desired.objects() {
            let origin = object.origin().unwrap();
            assert!(tree.paths().any(|path| path == origin.path()) && origin.line() > 0);
        }
    }
}
