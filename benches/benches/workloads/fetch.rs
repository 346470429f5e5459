//! Git over http from git's own backend. The peer is the program `git` against the same server, into
//! a bare repository as well.

use gitops_benches::{Bench, Estate};
use gitops_core::{
    model::Snapshot,
    source::git::{GitSource, Reference, Repository},
    stage::Source,
};
use gitops_testkit::repo::{FakeRepo, RepoServer};
use std::{cell::Cell, path::Path, process::Command};
use tempfile::TempDir;

pub(crate) fn run(bench: &Bench) {
    if !bench.wants("fetch") {
        return;
    }
    // The server must run while git, a blocking child, asks it.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let estate = Estate { objects: 10_000 };
    let repo = FakeRepo::new().unwrap();
    for (path, text) in estate.files(None) {
        repo.write(&path, text);
    }
    repo.commit("all").unwrap();
    let server = runtime.block_on(RepoServer::start()).unwrap();
    let url = server.serve("estate", &repo);
    let source = |cache: &Path| {
        let build = async {
            GitSource::builder(Repository {
                url: url.clone(),
                reference: Reference::branch("main"),
                cache: cache.join("ours.git"),
            })
            .build()
            .unwrap()
        };
        runtime.block_on(build)
    };
    let latest = |source: &GitSource| -> Snapshot {
        runtime.block_on(async {
            let revision = source.resolve().await.unwrap();
            source.fetch(&revision).await.unwrap()
        })
    };

    let cold = || {
        let dir = TempDir::new().unwrap();
        latest(&source(dir.path())).list("apps").unwrap()
    };
    let clone = || {
        let dir = TempDir::new().unwrap();
        git(dir.path(), &["clone", "-q", "--bare", "--depth=1", &url, "theirs.git"]);
    };
    bench.beside("fetch all, 1000 files", "10000 objects", cold, "git clone --depth=1", clone);

    let dir = TempDir::new().unwrap();
    let ours = source(dir.path());
    latest(&ours);
    git(dir.path(), &["clone", "-q", "--bare", "--depth=1", &url, "theirs.git"]);
    let theirs = dir.path().join("theirs.git");
    let fetch_theirs = || {
        git(&theirs, &["fetch", "-q", "--depth=1", &url, "+refs/heads/main:refs/heads/main"]);
    };
    let resolve = || runtime.block_on(ours.resolve()).unwrap();
    let ask = || git(&theirs, &["ls-remote", "-q", &url, "refs/heads/main"]);
    bench.beside("fetch nothing new (resolve)", "1 request", resolve, "git ls-remote", ask);

    let number = Cell::new(0);
    let commit = || {
        number.set(number.get() + 1);
        let (path, text) = estate.file_of(5_000, None);
        repo.write(&path, format!("# {}\n{text}", number.get()));
        repo.commit("one").unwrap();
    };
    let fetch = || latest(&ours);
    bench.beside_after(
        "fetch one commit",
        "1 file changed",
        commit,
        fetch,
        "git fetch",
        fetch_theirs,
    );
}

fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git").args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
