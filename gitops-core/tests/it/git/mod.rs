//! The Git source against real Git: repositories made by the testkit, served by git itself.

mod auth;
mod cache;
mod clock;
mod failures;
mod follow;
mod https;
mod links;
mod shapes;
mod ssh;
mod stop;

use gitops_core::{
    Error,
    model::Snapshot,
    source::git::{GitSource, GitSourceBuilder, Reference, Repository},
    stage::Source,
};
use gitops_testkit::repo::FakeRepo;
use std::path::Path;
use tempfile::TempDir;

/// A source of `main`, not built yet.
fn main_of(url: &str, cache: &Path) -> GitSourceBuilder {
    of(url, Reference::branch("main"), cache)
}

fn of(url: &str, reference: Reference, cache: &Path) -> GitSourceBuilder {
    GitSource::builder(Repository { url: url.into(), reference, cache: cache.into() })
}

async fn snapshot(source: &GitSource) -> Snapshot {
    let revision = source.resolve().await.unwrap();
    source.fetch(&revision).await.unwrap()
}

async fn failure(source: &GitSource) -> Error {
    match source.resolve().await {
        Err(error) => error,
        Ok(revision) => source.fetch(&revision).await.unwrap_err(),
    }
}

fn text(files: &Snapshot, path: &str) -> String {
    String::from_utf8(files.read(path).unwrap().to_vec()).unwrap()
}

fn names(files: &Snapshot, path: &str) -> Vec<String> {
    files.list(path).unwrap().into_iter().map(|entry| entry.name).collect()
}

/// A repository with one file, and a directory for the cache.
fn small() -> (FakeRepo, TempDir, String) {
    let repo = FakeRepo::new().unwrap();
    let id = repo.write("app/a.yaml", "a: 1\n").commit("first").unwrap();
    (repo, TempDir::new().unwrap(), id)
}

/// Every error says where, and nothing that must not be said.
fn assert_says(error: &Error, reason: &str, words: &[&str]) {
    let text = format!("{error}");
    assert_eq!(error.reason(), reason, "{error:?}");
    for word in words {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
    assert!(error.advice().is_some(), "no advice: {text}");
}
