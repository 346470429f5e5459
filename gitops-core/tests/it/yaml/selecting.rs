//! Which files are read, and what is recorded of it.

use super::{render, snapshot};
use gitops_core::{model::Desired, render::Yaml, stage::Renderer};
use gitops_testkit::fake::MemoryTree;

/// A tree of files that each hold one object, named after their path.
fn tree(paths: &[&str]) -> MemoryTree {
    paths
        .iter()
        .map(|path| {
            let name = path.replace(['/', '_'], ".").to_lowercase();
            (*path, format!("apiVersion: v1\nkind: A\nmetadata: {{name: a{name}}}\n"))
        })
        .collect()
}

fn files(desired: &Desired) -> Vec<&str> {
    let mut files: Vec<&str> =
        desired.objects().map(|object| object.origin().unwrap().path()).collect();
    files.sort_unstable();
    files
}

const ALL: &[&str] = &[
    ".github/w.yaml",
    "README.md",
    "apps/.hidden.yaml",
    "apps/a.yaml",
    "apps/b.yml",
    "apps/c.json",
    "apps/deep/d.yaml",
    "apps/e.yaml.bak",
    "crds/x.yaml",
    "root.yaml",
];

async fn selected(paths: &[&str], excluded: &[&str]) -> Vec<String> {
    let yaml = Yaml::new(paths).unwrap().exclude(excluded).unwrap();
    let desired = yaml.render(&snapshot(tree(ALL))).await.unwrap();
    files(&desired).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn directories_are_walked_and_hidden_names_are_skipped() {
    let all = [
        "apps/a.yaml",
        "apps/b.yml",
        "apps/c.json",
        "apps/deep/d.yaml",
        "crds/x.yaml",
        "root.yaml",
    ];
    for root in ["", "/", ".", "./"] {
        assert_eq!(selected(&[root], &[]).await, all);
    }
    assert_eq!(selected(&["./apps//deep/"], &[]).await, ["apps/deep/d.yaml"]);
    assert_eq!(selected(&["crds", "apps/deep"], &[]).await, ["apps/deep/d.yaml", "crds/x.yaml"]);
    // What is named is read, whatever its name.
    assert_eq!(selected(&[".github", "apps/e.yaml.bak"], &[]).await.len(), 2);
}

#[tokio::test]
async fn globs_stay_within_a_directory_unless_doubled() {
    assert_eq!(selected(&["apps/*.yaml"], &[]).await, ["apps/a.yaml"]);
    assert_eq!(selected(&["apps/**/*.yaml"], &[]).await, ["apps/a.yaml", "apps/deep/d.yaml"]);
    assert_eq!(selected(&["*/[ax].yaml"], &[]).await, ["apps/a.yaml", "crds/x.yaml"]);
    assert_eq!(selected(&["{root,crds/x}.yaml"], &[]).await, ["crds/x.yaml", "root.yaml"]);
    assert_eq!(selected(&["apps", "apps/*.yaml"], &[]).await.len(), 4, "each file once");
}

#[tokio::test]
async fn what_is_excluded_is_not_read_nor_walked() {
    assert_eq!(
        selected(&["apps"], &["**/deep", "apps/*.json"]).await,
        ["apps/a.yaml", "apps/b.yml"]
    );
    let mut tree = tree(ALL);
    tree.write("apps/values.yaml", "replicas: {{ 2");
    let yaml = Yaml::new(["apps"]).unwrap().exclude(["**/values.yaml"]).unwrap();
    assert_eq!(yaml.render(&snapshot(tree)).await.unwrap().len(), 4);
}

#[tokio::test]
async fn the_read_set_holds_as_long_as_nothing_relevant_changes() {
    let yaml = Yaml::new(["apps/a.yaml", "crds"]).unwrap();
    let before = snapshot(tree(ALL));
    yaml.render(&before).await.unwrap();
    let reads = before.read_set();
    let changed = |edit: fn(&mut MemoryTree)| {
        let mut tree = tree(ALL);
        edit(&mut tree);
        snapshot(tree)
    };
    assert!(reads.holds_in(&changed(|_| ())).unwrap());
    assert!(reads.holds_in(&changed(|tree| _ = tree.write("apps/b.yml", "x"))).unwrap());
    assert!(!reads.holds_in(&changed(|tree| _ = tree.write("apps/a.yaml", "x"))).unwrap());
    assert!(!reads.holds_in(&changed(|tree| _ = tree.write("crds/new.yaml", "x"))).unwrap());
    assert!(!reads.holds_in(&changed(|tree| _ = tree.remove("crds/x.yaml"))).unwrap());
    // A path that was not there is remembered too.
    let missing = changed(|tree| _ = tree.remove("crds"));
    assert!(yaml.render(&missing).await.is_err());
    assert!(!missing.read_set().holds_in(&before).unwrap());
}

#[tokio::test]
async fn rendering_yields_between_files() {
    let yaml = Yaml::new([""]).unwrap();
    let mut render = Box::pin(render(&yaml, [("a.yaml", ""), ("b.yaml", ""), ("c.yaml", "")]));
    let mut polls = 1;
    while futures::poll!(render.as_mut()).is_pending() {
        polls += 1;
    }
    assert!(polls > 3, "{polls}");
}
