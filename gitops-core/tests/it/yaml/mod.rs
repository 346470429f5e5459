//! The renderer of plain manifests.

mod bad_input;
mod corpora;
mod kubectl;
mod reading;
mod selecting;

use gitops_core::{
    Error, Result,
    model::{Desired, Revision, Snapshot},
    render::Yaml,
    stage::Renderer,
};
use gitops_testkit::fake::MemoryTree;
use serde_json::Value;
use std::sync::Arc;

fn snapshot(tree: MemoryTree) -> Snapshot {
    Snapshot::new(Revision::new("main", "r1"), Arc::new(tree))
}

/// The first object's document, from the text of one file.
async fn value(text: &str) -> Result<Value> {
    let desired = render(&Yaml::new(["f.yaml"])?, [("f.yaml", text)]).await?;
    Ok(desired.objects().next().expect("an object").value())
}

async fn render<const N: usize>(yaml: &Yaml, files: [(&str, &str); N]) -> Result<Desired> {
    let files = files.map(|(path, text)| (path, text.as_bytes().to_vec()));
    yaml.render(&snapshot(MemoryTree::from(files))).await
}

/// An object with this in its `spec`.
fn with_spec(spec: &str) -> String {
    format!("apiVersion: example.com/v1\nkind: Foo\nmetadata: {{name: x}}\nspec:\n{spec}\n")
}

fn all(error: &Error) -> Vec<&Error> {
    std::iter::once(error).chain(error.related()).collect()
}
