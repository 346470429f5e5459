//! The fake repository.

use gitops_core::{
    Retry, Stage,
    error::Error,
    model::{EntryKind, Tree},
    reason,
    stage::Source,
};
use gitops_testkit::fake::{FakeSource, Fault, MemoryTree, Op};

fn down() -> Error {
    Error::new(Stage::Source, Retry::Backoff, reason::UNREACHABLE, "the server is down")
}

#[test]
fn a_tree_has_directories_where_something_is_in_them() {
    let mut tree = MemoryTree::from([("a/b/one", "1"), ("a/two", "2"), ("a-b", "3")]);
    let names = |tree: &MemoryTree, path: &str| -> Vec<String> {
        tree.list(path).unwrap().into_iter().map(|entry| entry.name).collect()
    };
    assert_eq!(names(&tree, ""), ["a", "a-b"]);
    assert_eq!(names(&tree, "a"), ["b", "two"]);
    assert_eq!(tree.list("a/two").unwrap_err().reason(), reason::PATH_NOT_FOUND);
    assert_eq!(tree.read("a").unwrap_err().reason(), reason::PATH_NOT_FOUND);
    tree.remove("a");
    assert_eq!(tree.entry("a").unwrap(), None);
    assert_eq!(names(&tree, ""), ["a-b"]);
    // A file gives way to a directory, and a directory to a file.
    tree.write("a-b/c", "4");
    assert_eq!(tree.entry("a-b").unwrap().unwrap().kind, EntryKind::Directory);
    tree.write("a-b", "5");
    assert_eq!(tree.paths().collect::<Vec<_>>(), ["a-b"]);
    assert!(MemoryTree::new().list("").unwrap().is_empty(), "the root is always there");
}

#[test]
fn ids_follow_content_up_to_the_root() {
    let mut tree = MemoryTree::from([("a/x", "1"), ("b/x", "1"), ("c/x", "2")]);
    let id = |tree: &MemoryTree, path: &str| tree.entry(path).unwrap().unwrap().id;
    assert_eq!(id(&tree, "a"), id(&tree, "b"));
    assert_ne!(id(&tree, "a"), id(&tree, "c"));
    let root = id(&tree, "");
    tree.write("c/x", "3");
    assert_ne!(id(&tree, ""), root);
    tree.write("c/x", "2");
    assert_eq!(id(&tree, ""), root);
}

#[test]
fn what_cannot_be_read_is_listed_and_refused() {
    let mut tree = MemoryTree::new();
    tree.broken_link("link").submodule("sub").fail("bad", down());
    let kinds: Vec<EntryKind> =
        tree.list("").unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::File, EntryKind::BrokenLink, EntryKind::Submodule]);
    assert_eq!(tree.read("link").unwrap_err().reason(), reason::SYMLINK_REFUSED);
    assert_eq!(tree.read("sub").unwrap_err().reason(), reason::SUBMODULE_REFUSED);
    assert_eq!(tree.read("bad").unwrap_err().reason(), reason::UNREACHABLE);
}

#[tokio::test]
async fn history_moves_forward_back_and_is_rewritten() {
    let source = FakeSource::new();
    let first = source.write("x", "1");
    let second = source.write("x", "2");
    assert_ne!(first, second);
    assert_eq!(source.resolve().await.unwrap(), second);
    assert_eq!(source.revert(), first, "the same content is the same revision");
    assert_eq!(source.force_push_parent(), second);
    let snapshot = source.fetch(&first).await.unwrap();
    assert_eq!(snapshot.read("x").unwrap(), "1");
    source.collect(&first);
    assert_eq!(source.fetch(&first).await.unwrap_err().reason(), reason::REVISION_NOT_FOUND);
}

#[tokio::test]
async fn a_script_fails_once_always_and_stalls() {
    let source = FakeSource::new();
    source.script().nth(Op::Resolve, 2, Fault::Fail(down()));
    assert!(source.resolve().await.is_ok());
    assert!(source.resolve().await.is_err());
    assert!(source.resolve().await.is_ok());
    source.script().always(Op::Resolve, Fault::Fail(down()));
    assert!(source.resolve().await.is_err());
    assert!(source.resolve().await.is_err());
    source.script().clear().nth(Op::Resolve, 1, Fault::Stall);
    let (resolved, ()) = futures::join!(source.resolve(), async {
        source.script().hung(1).await;
        source.write("x", "late");
        source.script().release();
    });
    assert_eq!(resolved.unwrap(), source.head(), "what it answers is decided after the stall");
    assert_eq!(source.script().count(Op::Resolve), 6);
    assert_eq!((source.script().reads(), source.script().writes()), (6, 0));
}
