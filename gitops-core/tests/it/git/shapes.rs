//! Files and directories of all sizes, and content ids.

use super::{assert_says, main_of, small, snapshot, text};
use gitops_core::{model::EntryKind, reason, source::git::Limits};
use gitops_testkit::repo::FakeRepo;
use tempfile::TempDir;

#[tokio::test]
async fn ids_are_gits_own() {
    let (repo, cache, _) = small();
    repo.write("app/run.sh", "#!\n").commit("x").unwrap();
    let files = snapshot(&main_of(&repo.url(), cache.path()).build().unwrap()).await;
    for (path, mark) in [("app", "tree"), ("app/a.yaml", "blob"), ("app/run.sh", "blob")] {
        let real = repo.git(["rev-parse", &format!("main:{path}")]).unwrap();
        let entry = files.entry(path).unwrap().unwrap();
        assert_eq!(entry.id.as_str(), format!("{mark}:{real}"));
        assert_eq!(entry.name, path.rsplit('/').next().unwrap());
    }
    let root = files.entry("").unwrap().unwrap();
    let real = repo.git(["rev-parse", "main^{tree}"]).unwrap();
    assert_eq!(
        (root.id.as_str(), root.kind),
        (format!("tree:{real}").as_str(), EntryKind::Directory)
    );
}

#[tokio::test]
async fn an_lfs_pointer_is_not_content_but_a_text_about_one_is() {
    let (repo, cache, _) = small();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    repo.write("big.bin", pointer).write("notes", format!("# LFS\n{pointer}"));
    repo.commit("lfs").unwrap();
    let files = snapshot(&main_of(&repo.url(), cache.path()).build().unwrap()).await;
    assert_says(&files.read("big.bin").unwrap_err(), reason::LFS_POINTER, &["big.bin", "git lfs"]);
    assert!(text(&files, "notes").contains("size 12345"));
}

#[tokio::test]
async fn a_huge_file_is_refused_by_its_size_and_its_neighbours_are_read() {
    let (repo, cache, _) = small();
    repo.write("fits", vec![b'x'; 1000]).write("huge", vec![b'x'; 1001]).commit("big").unwrap();
    let limits = Limits { file_bytes: 1000, ..Limits::default() };
    let source = main_of(&repo.url(), cache.path()).limits(limits).build().unwrap();
    let files = snapshot(&source).await;
    assert_eq!(files.read("fits").unwrap().len(), 1000);
    assert_says(&files.read("huge").unwrap_err(), reason::TOO_LARGE, &["huge", "1001", "1000"]);
    assert_eq!(files.list("").unwrap().len(), 3);
}

#[tokio::test]
async fn a_directory_with_too_many_entries_is_refused_and_its_parent_is_not() {
    let (repo, cache, _) = small();
    for n in 0..21 {
        repo.write(&format!("many/{n:02}"), "");
    }
    repo.commit("many").unwrap();
    let limits = Limits { tree_entries: 20, ..Limits::default() };
    let source = main_of(&repo.url(), cache.path()).limits(limits).build().unwrap();
    let files = snapshot(&source).await;
    assert_eq!(files.list("").unwrap().len(), 2);
    assert_says(&files.list("many").unwrap_err(), reason::TOO_LARGE, &["20 entries"]);
    assert_says(&files.read("many/00").unwrap_err(), reason::TOO_LARGE, &["20 entries"]);
}

#[tokio::test]
async fn lists_are_sorted_by_name_as_the_contract_says_not_as_git_does() {
    let (repo, cache) = (FakeRepo::new().unwrap(), TempDir::new().unwrap());
    // git sorts the directory `a` as `a/`, behind `a.yaml`.
    repo.write("a/x", "").write("a.yaml", "").write("a-b", "").write("ä", "").commit("x").unwrap();
    let files = snapshot(&main_of(&repo.url(), cache.path()).build().unwrap()).await;
    assert_eq!(super::names(&files, ""), ["a", "a-b", "a.yaml", "ä"]);
    for name in ["a-b", "a.yaml", "ä"] {
        assert_eq!(text(&files, name), "");
    }
}
