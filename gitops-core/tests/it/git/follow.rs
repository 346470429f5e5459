//! Branches, tags, versions and commits, wherever they move.

use super::{assert_says, failure, main_of, names, of, small, snapshot, text};
use gitops_core::{model::Revision, reason, source::git::Reference, stage::Source};
use gitops_testkit::repo::{FakeRepo, RepoServer};
use tempfile::TempDir;

#[tokio::test]
async fn a_branch_is_named_as_flux_names_it_and_read_without_a_checkout() {
    let (repo, cache, id) = small();
    let source = main_of(&repo.url(), cache.path()).build().unwrap();
    let revision = source.resolve().await.unwrap();
    assert_eq!(revision.to_string(), format!("main@sha1:{id}"));
    let files = source.fetch(&revision).await.unwrap();
    assert_eq!(text(&files, "app/a.yaml"), "a: 1\n");
    assert_eq!(names(&files, ""), ["app"]);
    // Nothing that looks like a work tree.
    assert!(!cache.path().join("app").exists());
}

#[tokio::test]
async fn a_branch_is_followed_through_commits_merges_reverts_and_force_pushes() {
    let (repo, cache, first) = small();
    let server = RepoServer::start().await.unwrap();
    let source = main_of(&server.serve("r", &repo), cache.path()).build().unwrap();
    let mut old = vec![(snapshot(&source).await, "a: 1\n")];

    let second = repo.write("app/a.yaml", "a: 2\n").commit("second").unwrap();
    old.push((snapshot(&source).await, "a: 2\n"));

    repo.on("feature").write("app/b.yaml", "b: 1\n").commit("b").unwrap();
    repo.on("main").write("app/c.yaml", "c: 1\n").commit("c").unwrap();
    repo.merge("feature").unwrap();
    let merged = snapshot(&source).await;
    assert_eq!(names(&merged, "app"), ["a.yaml", "b.yaml", "c.yaml"]);

    repo.revert(&second).unwrap();
    assert_eq!(text(&snapshot(&source).await, "app/a.yaml"), "a: 1\n");

    // Force-pushed back, then to something that shares nothing with it.
    repo.reset(&first).unwrap();
    let back = snapshot(&source).await;
    assert_eq!(back.revision().id(), format!("sha1:{first}"));
    assert_eq!(names(&back, "app"), ["a.yaml"]);
    let blob = repo.raw_object("blob", b"new: 1\n").unwrap();
    let tree = raw_tree(&repo, &[("100644", b"new.yaml", &blob)]);
    repo.commit_of_tree(&tree, &[], "unrelated").unwrap();
    repo.git(["reflog", "expire", "--expire=now", "--all"]).unwrap();
    repo.git(["gc", "--prune=now", "--quiet"]).unwrap();
    assert_eq!(names(&snapshot(&source).await, ""), ["new.yaml"]);

    // What was handed out before is whole, although the server has forgotten it.
    for (files, content) in old {
        assert_eq!(text(&files, "app/a.yaml"), content);
    }
}

/// A tree object, entry by entry.
pub(super) fn raw_tree(repo: &FakeRepo, entries: &[(&str, &[u8], &str)]) -> String {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(format!("{mode} ").as_bytes());
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend((0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap()));
    }
    repo.raw_object("tree", &bytes).unwrap()
}

#[tokio::test]
async fn a_deleted_branch_is_missing_and_works_again_when_it_is_back() {
    let (repo, cache, _) = small();
    repo.on("release").commit("r").unwrap();
    let source = of(&repo.url(), Reference::branch("release"), cache.path()).build().unwrap();
    snapshot(&source).await;
    repo.delete_branch("release").unwrap();
    let error = failure(&source).await;
    assert_says(&error, reason::REVISION_NOT_FOUND, &["refs/heads/release", &repo.url()]);
    repo.on("main").on("release").commit("r2").unwrap();
    snapshot(&source).await;
}

#[tokio::test]
async fn tags_light_annotated_and_moved_lead_to_commits() {
    let (repo, cache, first) = small();
    repo.tag("light").unwrap();
    repo.annotated_tag("heavy", "words").unwrap();
    for tag in ["light", "heavy"] {
        let source = of(&repo.url(), Reference::tag(tag), cache.path()).build().unwrap();
        let files = snapshot(&source).await;
        assert_eq!(files.revision().to_string(), format!("{tag}@sha1:{first}"));
        assert_eq!(text(&files, "app/a.yaml"), "a: 1\n");
    }
    let second = repo.write("app/a.yaml", "a: 2\n").commit("second").unwrap();
    repo.annotated_tag("heavy", "again").unwrap();
    let source = of(&repo.url(), Reference::tag("heavy"), cache.path()).build().unwrap();
    assert_eq!(snapshot(&source).await.revision().id(), format!("sha1:{second}"));
}

#[tokio::test]
async fn the_highest_version_in_the_range_is_chosen() {
    let repo = FakeRepo::new().unwrap();
    let cache = TempDir::new().unwrap();
    for tag in ["v1.0.0", "1.9.0", "v1.10.0", "v2.0.0-rc.1", "v2.0.0", "latest", "v3", "3.0.0-beta"]
    {
        repo.write("version", tag).commit(tag).unwrap();
        if tag.contains('1') {
            repo.tag(tag).unwrap()
        } else {
            drop(repo.annotated_tag(tag, "t").unwrap())
        }
    }
    for (range, tag) in [
        ("*", "v2.0.0"),
        ("1.x", "v1.10.0"),
        ("<1.10.0", "1.9.0"),
        ("~1.0", "v1.0.0"),
        (">=2.0.0-0 <2.0.0", "v2.0.0-rc.1"),
        (">=1.0.0-0", "3.0.0-beta"),
    ] {
        let source = of(&repo.url(), Reference::semver(range), cache.path()).build().unwrap();
        let files = snapshot(&source).await;
        assert_eq!(
            (files.revision().name(), text(&files, "version").as_str()),
            (tag, tag),
            "{range}"
        );
    }
    let source = of(&repo.url(), Reference::semver(">=9"), cache.path()).build().unwrap();
    assert_says(&failure(&source).await, reason::REVISION_NOT_FOUND, &["none of 8 tags", ">=9"]);
}

#[tokio::test]
async fn a_commit_is_resolved_without_a_request_and_fetched_by_id() {
    let (repo, cache, first) = small();
    repo.write("app/a.yaml", "a: 2\n").commit("second").unwrap();
    let server = RepoServer::start().await.unwrap();
    let url = server.serve("r", &repo);
    let source = of(&url, Reference::commit(&first), cache.path()).build().unwrap();
    let revision = source.resolve().await.unwrap();
    assert_eq!((revision.to_string(), server.requests().len()), (format!("sha1:{first}"), 0));
    assert_eq!(text(&source.fetch(&revision).await.unwrap(), "app/a.yaml"), "a: 1\n");

    let missing = "1".repeat(40);
    let source = of(&url, Reference::commit(&missing), cache.path()).build().unwrap();
    assert_says(&failure(&source).await, reason::REVISION_NOT_FOUND, &[&missing]);
}

#[tokio::test]
async fn what_no_git_could_mean_is_refused_before_anything_happens() {
    let (repo, cache, _) = small();
    for reference in [
        Reference::branch(""),
        Reference::branch("a..b"),
        Reference::branch("a b"),
        Reference::tag("a\u{7}"),
        Reference::semver("banana"),
        Reference::commit("abc"),
        Reference::commit("-".repeat(40)),
    ] {
        let error = of(&repo.url(), reference, cache.path()).build().unwrap_err();
        assert_eq!(error.reason(), reason::INVALID_CONFIGURATION, "{error}");
    }
    assert!(main_of(&repo.url(), "relative".as_ref()).build().is_err());
    let source = main_of(&repo.url(), cache.path()).build().unwrap();
    let error = source.fetch(&Revision::new("main", "sha256:00")).await.unwrap_err();
    assert_says(&error, reason::REVISION_NOT_FOUND, &["sha256:00"]);
}
