//! Symlinks, submodules and hostile trees.

use super::{assert_says, follow::raw_tree, main_of, names, of, small, snapshot, text};
use gitops_core::{
    model::{Entry, EntryKind, Snapshot},
    reason,
    source::git::{Limits, Reference},
};
use gitops_testkit::repo::FakeRepo;
use tempfile::TempDir;

fn entry(files: &Snapshot, path: &str) -> Entry {
    files.entry(path).unwrap().unwrap()
}

async fn read(repo: &FakeRepo) -> (Snapshot, TempDir) {
    let cache = TempDir::new().unwrap();
    repo.commit("links").unwrap();
    (snapshot(&main_of(&repo.url(), cache.path()).build().unwrap()).await, cache)
}

#[tokio::test]
async fn symlinks_inside_the_tree_are_followed() {
    let (repo, ..) = small();
    repo.write("base/deep/x.yaml", "x\n")
        .symlink("app/same", "a.yaml")
        .symlink("app/up", "../base/deep/x.yaml")
        .symlink("app/dir", "../base")
        .symlink("app/chain", "dir/deep/./../deep//x.yaml")
        .symlink("top", "app/chain");
    let (files, _cache) = read(&repo).await;
    assert_eq!(text(&files, "app/same"), "a: 1\n");
    for path in ["app/up", "app/dir/deep/x.yaml", "app/chain", "top"] {
        assert_eq!(text(&files, path), "x\n", "{path}");
        assert_eq!(entry(&files, path).id, entry(&files, "base/deep/x.yaml").id, "{path}");
    }
    assert_eq!(names(&files, "app/dir/deep"), ["x.yaml"]);
    assert_eq!(entry(&files, "app/dir").kind, EntryKind::Directory);
    // Listed as what they lead to.
    let kinds: Vec<EntryKind> = files.list("app").unwrap().iter().map(|it| it.kind).collect();
    use EntryKind::{Directory, File};
    assert_eq!(kinds, [File, File, Directory, File, File]);
}

#[tokio::test]
async fn symlinks_that_leave_dangle_or_circle_are_listed_but_never_read() {
    let (repo, ..) = small();
    let outside = TempDir::new().unwrap();
    std::fs::write(outside.path().join("canary"), "secret").unwrap();
    let canary = outside.path().join("canary").display().to_string();
    let long = "a/".repeat(3000);
    let cases = [
        ("absolute", canary.as_str(), "absolute"),
        ("etc", "/etc/passwd", "absolute"),
        ("up", "../../../../../../etc/passwd", "leaves the repository"),
        ("out-and-in", "../../app/a.yaml", "leaves the repository"),
        ("dangling", "nowhere", "leads to nothing"),
        ("through-file", "a.yaml/x", "leads to nothing"),
        ("self", "self", "circle"),
        ("ping", "pong", "circle"),
        ("pong", "ping", "circle"),
        ("here", ".", "circle"),
        ("parent", "..", "circle"),
        ("long", long.as_str(), "longer"),
        ("control", "a\u{1b}[2J", "leads to nothing"),
        ("git", "../.git/config", "leads to nothing"),
    ];
    for (name, target, _) in cases {
        repo.symlink(&format!("app/{name}"), target);
    }
    let (files, _cache) = read(&repo).await;
    for (name, _, word) in cases {
        let path = format!("app/{name}");
        assert_eq!(entry(&files, &path).kind, EntryKind::BrokenLink, "{name}");
        for error in [files.read(&path).unwrap_err(), files.list(&path).unwrap_err()] {
            assert_says(&error, reason::SYMLINK_REFUSED, &[&path, word]);
        }
        assert_eq!(files.entry(&format!("{path}/below")).unwrap(), None);
        assert_eq!(
            files.read(&format!("{path}/below")).unwrap_err().reason(),
            reason::SYMLINK_REFUSED
        );
    }
    assert_eq!(files.list("app").unwrap().len(), cases.len() + 1);
}

#[tokio::test]
async fn a_walk_through_linked_directories_ends() {
    let (repo, ..) = small();
    repo.write("a/f", "").write("b/f", "").write("c/d/f", "");
    repo.symlink("a/x", "../b").symlink("b/y", "../a").symlink("c/d/z", "../../a");
    repo.symlink("a/w", "../c");
    let (files, _cache) = read(&repo).await;
    let (mut todo, mut seen) = (vec![String::new()], 0);
    while let Some(dir) = todo.pop() {
        seen += 1;
        assert!(seen < 1000, "the walk goes on for ever: {dir}");
        for entry in files.list(&dir).unwrap() {
            let path = format!("{dir}/{}", entry.name).trim_start_matches('/').to_owned();
            // What a list says, a look says.
            assert_eq!(files.entry(&path).unwrap().unwrap(), entry, "{path}");
            if entry.kind == EntryKind::Directory {
                todo.push(path);
            }
        }
    }
    println!("{seen} directories");
}

#[tokio::test]
async fn the_id_of_a_directory_changes_when_the_end_of_a_link_in_it_does() {
    let (repo, cache, _) = small();
    let source = main_of(&repo.url(), cache.path()).build().unwrap();
    repo.symlink("app/link", "../base/x").commit("link").unwrap();
    let broken = snapshot(&source).await;
    repo.write("base/x", "1").commit("x").unwrap();
    let whole = snapshot(&source).await;
    repo.write("base/x", "2").commit("x").unwrap();
    let changed = snapshot(&source).await;
    let ids = [&broken, &whole, &changed].map(|files| entry(files, "app").id);
    assert!(ids[0] != ids[1] && ids[1] != ids[2], "{ids:?}");
    // A directory without links keeps its tree's id.
    assert!(entry(&changed, "base").id.as_str().starts_with("tree:"));
    assert_eq!(entry(&changed, "base").id.as_str().len(), 45);
}

#[tokio::test]
async fn a_submodule_is_listed_and_refused() {
    let (repo, ..) = small();
    repo.submodule("vendor/lib", &"5".repeat(40));
    let (files, _cache) = read(&repo).await;
    assert_eq!(entry(&files, "vendor/lib").kind, EntryKind::Submodule);
    assert_eq!(names(&files, "vendor"), ["lib"]);
    for error in [
        files.read("vendor/lib").unwrap_err(),
        files.read("vendor/lib/x.yaml").unwrap_err(),
        files.list("vendor/lib").unwrap_err(),
    ] {
        assert_says(&error, reason::SUBMODULE_REFUSED, &["vendor/lib"]);
    }
}

#[tokio::test]
async fn names_that_git_refuses_are_refused_and_odd_ones_are_read() {
    let (repo, cache, _) = small();
    let blob = repo.raw_object("blob", b"x").unwrap();
    let hostile: [&[(&str, &[u8], &str)]; 6] = [
        &[("100644", b"..", &blob)],
        &[("100644", b".", &blob)],
        &[("100644", b".git", &blob)],
        &[("100644", b".GiT", &blob)],
        &[("100644", b"a/b", &blob)],
        &[("120000", b"twice", &blob), ("100644", b"twice", &blob)],
    ];
    for entries in hostile {
        let bad = raw_tree(&repo, entries);
        let root = raw_tree(&repo, &[("40000", b"bad", &bad), ("100644", b"good", &blob)]);
        let id = repo.commit_of_tree(&root, &[], "hostile").unwrap();
        let source = of(&repo.url(), Reference::commit(id), cache.path()).build().unwrap();
        let files = snapshot(&source).await;
        // The neighbour is not harmed.
        assert_eq!((names(&files, "").len(), text(&files, "good").as_str()), (2, "x"));
        let error = files.list("bad").unwrap_err();
        assert_says(&error, reason::CORRUPT, &["git itself refuses", "git fsck"]);
    }
    let odd = raw_tree(&repo, &[("100644", b"a\nb\x1b", &blob), ("100644", b"\xff.yaml", &blob)]);
    let id = repo.commit_of_tree(&odd, &[], "odd").unwrap();
    let source = of(&repo.url(), Reference::commit(id), cache.path()).build().unwrap();
    let files = snapshot(&source).await;
    for name in names(&files, "") {
        assert_eq!(text(&files, &name), "x", "{name:?}");
    }
}

#[tokio::test]
async fn paths_are_relative_plain_and_bounded() {
    let (repo, cache, _) = small();
    let limits = Limits { path_bytes: 100, path_depth: 5, ..Limits::default() };
    let source = main_of(&repo.url(), cache.path()).limits(limits).build().unwrap();
    let files = snapshot(&source).await;
    for path in ["/app", "app/", "app//a.yaml", "./app", "app/../app", "..", ".", "app\0"] {
        let error = files.entry(path).unwrap_err();
        assert_says(&error, reason::INVALID_CONFIGURATION, &["not a path inside"]);
    }
    let error = files.read(&"x".repeat(101)).unwrap_err();
    assert_says(&error, reason::TOO_LARGE, &["xxx", "100 bytes"]);
    assert_says(
        &files.list("a/b/c/d/e/f").unwrap_err(),
        reason::TOO_LARGE,
        &["a/b/c", "5 segments"],
    );
    // Missing is missing, and neither an empty directory nor an error to look for.
    assert_eq!(files.entry("none/at/all").unwrap(), None);
    assert_eq!(files.entry("app/a.yaml/x").unwrap(), None);
    for error in [files.list("none").unwrap_err(), files.read("none").unwrap_err()] {
        assert_says(&error, reason::PATH_NOT_FOUND, &["none does not exist"]);
    }
    assert_says(&files.read("app").unwrap_err(), reason::PATH_NOT_FOUND, &["is a directory"]);
    assert_says(&files.list("app/a.yaml").unwrap_err(), reason::PATH_NOT_FOUND, &["is a file"]);
    assert_says(&files.list("app/a.yaml/x").unwrap_err(), reason::PATH_NOT_FOUND, &["not exist"]);
}
