//! What is malformed, hostile, oversized or missing has a stated answer, and nothing is rendered.

use super::{all, render, snapshot, with_spec};
use gitops_core::{
    Error, Retry, Stage,
    model::{Origin, Tree},
    reason,
    render::{
        Yaml,
        yaml::{DuplicateKeys, Limits},
    },
    stage::Renderer,
};
use gitops_testkit::fake::MemoryTree;
use std::fmt::Write as _;

const GOOD: &str = "apiVersion: v1\nkind: Thing\nmetadata: {name: good}\n";

/// The error of one file beside a good one.
async fn error(text: &str) -> Error {
    let yaml = Yaml::new([""]).unwrap();
    let error = render(&yaml, [("good.yaml", GOOD), ("bad.yaml", text)]).await.unwrap_err();
    assert_eq!((error.stage(), error.retry()), (Stage::Render, Retry::Never));
    assert_eq!(error.origin().expect("a place").path(), "bad.yaml");
    error
}

#[tokio::test]
async fn a_missing_path_is_not_an_empty_directory() {
    for (path, word) in [("gone", "there is no \"gone\""), ("gone/*.yaml", "nothing matches")] {
        let error = render(&Yaml::new([path]).unwrap(), [("f.yaml", GOOD)]).await.unwrap_err();
        assert_eq!((error.reason(), error.retry()), (reason::PATH_NOT_FOUND, Retry::Never));
        assert!(error.message().contains(word), "{error}");
    }
    let empty = render(&Yaml::new(["docs"]).unwrap(), [("docs/README.md", "")]).await.unwrap();
    assert!(empty.is_empty(), "a directory without manifests is an empty state");
    assert!(render(&Yaml::new([""]).unwrap(), []).await.unwrap().is_empty());
}

#[tokio::test]
async fn nonsense_is_refused_when_it_is_configured() {
    for paths in [vec![], vec!["../elsewhere"], vec!["a/../../b"], vec!["a[", "b"]] {
        let error = Yaml::new(&paths).unwrap_err();
        assert_eq!(error.reason(), reason::INVALID_CONFIGURATION, "{paths:?}");
    }
    assert!(Yaml::new(["a"]).unwrap().exclude(["{a"]).is_err());
}

#[tokio::test]
async fn syntax_errors_name_file_line_and_column() {
    for (text, place) in [
        ("apiVersion: v1\nkind: [a\n", "bad.yaml:2:7"),
        ("a: 1\n b: 2\n", "bad.yaml:2:3"),
        ("a: 1\n---\nb: 1\nb: 2\n", "bad.yaml:4:1"),
        ("a: *nowhere\n", "bad.yaml:1:4"),
        ("a: .inf\n", "bad.yaml:1:4"),
        ("~: a\n", "bad.yaml:1:1"),
        ("a: 'b\n", "bad.yaml:1:4"),
        ("{\"a\": 1,\n\"a\": 2}\n", "bad.yaml:2:1"),
    ] {
        let error = error(text).await;
        assert_eq!(error.reason(), reason::INVALID_SYNTAX, "{error}");
        assert_eq!(error.origin().unwrap().to_string(), place, "{error}");
    }
    assert_eq!(error("a: {{ .Values.x }}\n").await.reason(), reason::INVALID_SYNTAX);
    let advice = error("a: {{- if .Values.x }}\n").await;
    assert!(advice.advice().unwrap().contains("template"), "{advice}");
}

#[tokio::test]
async fn a_file_that_is_no_text_is_refused() {
    let mut tree = MemoryTree::new();
    tree.write("f.yaml", &b"a: 1\nb: \xff\n"[..]);
    let error = Yaml::new([""]).unwrap().render(&snapshot(tree)).await.unwrap_err();
    assert_eq!(error.reason(), reason::INVALID_SYNTAX);
    assert_eq!(error.origin(), Some(&Origin::new("f.yaml", 2)));
}

#[tokio::test]
async fn an_object_without_identity_is_refused_with_its_line() {
    for (text, message) in [
        ("kind: A\nmetadata: {name: x}", "apiVersion is missing"),
        ("apiVersion: v1\nmetadata: {name: x}", "kind is missing"),
        ("apiVersion: v1\nkind: ''\nmetadata: {name: x}", "kind is missing"),
        ("apiVersion: v1\nkind: A", "this A has no metadata"),
        ("apiVersion: v1\nkind: A\nmetadata: []", "the metadata of this A is not a mapping"),
        ("apiVersion: v1\nkind: A\nmetadata: {}", "metadata.name is missing"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: 5}", "metadata.name is not a string"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: yes}", "metadata.name is not a string"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: a/b}", "metadata.name \"a/b\" holds"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: a b}", "metadata.name \"a b\" holds"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: ..}", "metadata.name \"..\" can't"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: a__b}", "metadata.name \"a__b\" can't"),
        ("apiVersion: v1\nkind: A_B\nmetadata: {name: x}", "kind \"A_B\" holds"),
        ("apiVersion: a/b/c\nkind: A\nmetadata: {name: x}", "apiVersion is neither"),
        ("apiVersion: a/\nkind: A\nmetadata: {name: x}", "apiVersion is neither"),
        ("apiVersion: 1\nkind: A\nmetadata: {name: x}", "apiVersion is not a string"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: x, namespace: 1}", "metadata.namespace is not"),
        (
            "apiVersion: v1\nkind: A\nmetadata: {name: x, namespace: a_b}",
            "metadata.namespace \"a_b\"",
        ),
        ("apiVersion: v1\nkind: A\nmetadata: {generateName: x}", "this A has generateName"),
        ("apiVersion: v1\nkind: List\nitems: [{}]", "apiVersion is missing"),
        ("apiVersion: v1\nkind: List\nitems: [x]", "a string stands where an object"),
        ("- a\n- b", "a list stands where an object is expected"),
        ("just text", "a string stands where an object is expected"),
        ("replicas: 2\nimage: web", "apiVersion is missing"),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization", "a kustomization"),
    ] {
        let error = error(&format!("# a comment\n---\n\n{text}\n")).await;
        assert_eq!(error.reason(), reason::INVALID_OBJECT, "{text}: {error}");
        assert!(error.message().starts_with(message), "{text}: {error}");
        let line = if text.contains("items") { 6 } else { 4 };
        assert_eq!(error.origin(), Some(&Origin::new("bad.yaml", line)), "{text}");
    }
    let long = format!("apiVersion: v1\nkind: A\nmetadata: {{name: {}}}", "x".repeat(254));
    assert_eq!(error(&long).await.reason(), reason::INVALID_OBJECT);
    assert!(error("replicas: 2").await.advice().unwrap().contains("exclude"));
}

#[tokio::test]
async fn two_objects_with_one_id_are_reported_with_both_places() {
    let second = format!("{GOOD}---\n{GOOD}").replace("kind: Thing", "kind: Other");
    let other_version = GOOD.replace("apiVersion: v1", "apiVersion: v2");
    let yaml = Yaml::new([""]).unwrap();
    let files = [("a.yaml", GOOD), ("b.yaml", &second), ("c.yaml", &other_version)];
    let error = render(&yaml, files).await.unwrap_err();
    let text: Vec<String> = all(&error).iter().map(ToString::to_string).collect();
    assert_eq!(text.len(), 2, "{text:?}");
    assert!(text[0].contains("b.yaml:1") && text[0].contains("b.yaml:5"), "{text:?}");
    assert!(text[1].contains("a.yaml:1") && text[1].contains("c.yaml:1"), "{text:?}");
    assert!(all(&error).iter().all(|error| error.reason() == reason::DUPLICATE_OBJECT));
}

#[tokio::test]
async fn errors_of_all_files_come_together_and_are_bounded() {
    let yaml = Yaml::new([""]).unwrap();
    let files = [("a.yaml", "a: ["), ("b.yaml", "kind: A\n---\nkind: B"), ("c.yaml", GOOD)];
    let error = render(&yaml, files).await.unwrap_err();
    let places: Vec<String> =
        all(&error).iter().map(|error| error.origin().unwrap().to_string()).collect();
    assert_eq!(places, ["a.yaml:1:4", "b.yaml:1", "b.yaml:3"]);

    let few = yaml.limits(Limits { errors: 2, ..Limits::default() });
    assert_eq!(all(&render(&few, files).await.unwrap_err()).len(), 2);
}

#[tokio::test]
async fn keys_given_twice_are_refused_unless_the_last_may_win() {
    for text in [
        "apiVersion: v1\nkind: A\nmetadata: {name: x}\nspec: 1\nspec: 2\n",
        "{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"x\"}, \"spec\": 1,\n\"spec\": 2}",
        "apiVersion: v1\nkind: A\nmetadata: {name: x}\nitems: [1]\nspec: 1\nspec: 2\n",
    ] {
        let refused = error(text).await;
        assert_eq!(refused.reason(), reason::INVALID_SYNTAX);
        assert!(refused.message().contains("spec"), "{refused}");
        let lenient = Yaml::new([""]).unwrap().duplicate_keys(DuplicateKeys::LastWins);
        let desired = render(&lenient, [("f.yaml", text)]).await.unwrap();
        assert_eq!(desired.objects().next().unwrap().value()["spec"], 2);
    }
    let items = "apiVersion: v1\nkind: A\nmetadata: {name: x}\nitems: [1]\nitems: [2]\n";
    assert_eq!(error(items).await.reason(), reason::INVALID_SYNTAX);
}

#[tokio::test]
async fn bombs_and_giants_are_refused_before_they_hurt() {
    let laughs = |width: usize, depth: usize| {
        let mut text = "  a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..depth {
            let below = vec![format!("*a{}", level - 1); width].join(", ");
            writeln!(text, "  a{level}: &a{level} [{below}]").unwrap();
        }
        with_spec(&text)
    };
    let quadratic = {
        let mut text = format!("  a: &a {}\n  b: [", "x".repeat(100_000));
        text.push_str(&vec!["*a"; 1_000].join(", "));
        with_spec(&(text + "]"))
    };
    let merged = {
        let mut text = "  m0: &m0 {k0: 1, k1: 1, k2: 1, k3: 1}\n".to_owned();
        for level in 1..20 {
            let below = vec![format!("*m{}", level - 1); 4].join(", ");
            writeln!(text, "  m{level}: &m{level}\n    <<: [{below}]\n    x{level}: 1").unwrap();
        }
        with_spec(&text)
    };
    // Deeper and deeper, with few levels in the text itself.
    let tower = {
        let mut text = format!("  a0: &a0 {}1{}\n", "[".repeat(50), "]".repeat(50));
        for level in 1..40 {
            writeln!(text, "  a{level}: &a{level} [[[*a{}]]]", level - 1).unwrap();
        }
        with_spec(&text)
    };
    let cases = [
        ("billion laughs", laughs(10, 10), "nodes"),
        ("quadratic", quadratic, "bytes of scalars"),
        ("merges", merged, "nodes"),
        ("tower", tower, "nesting"),
        ("deep flow", with_spec(&format!("  a: {}", "[".repeat(100_000))), "nesting"),
        ("deep json", format!("{{\"a\": {}", "[".repeat(100_000)), "nesting"),
        ("deep block", with_spec(&format!("  {}x", "- ".repeat(100_000))), "nesting"),
        ("documents", "---\na: 1\n".repeat(1_001), "documents"),
        ("json documents", "{\"a\": 1}\n".repeat(1_001), "documents"),
        ("file", "#".repeat((16 << 20) + 1), "bytes"),
    ];
    for (name, text, limit) in cases {
        // Smaller than the defaults, for a build without optimisation.
        let limits =
            Limits { nodes: 20_000, scalar_bytes: 4 << 20, documents: 1_000, ..Limits::default() };
        let yaml = Yaml::new([""]).unwrap().limits(limits);
        let error = render(&yaml, [("bad.yaml", &text)]).await.unwrap_err();
        assert_eq!(error.reason(), reason::TOO_LARGE, "{name}: {error}");
        assert!(error.message().contains(limit), "{name}: {error}");
        assert!(error.advice().is_some(), "{name}");
    }
    // An alias to itself never ends.
    let recursive = error(&with_spec("  a: &a [*a]")).await;
    assert_eq!(recursive.reason(), reason::INVALID_SYNTAX, "{recursive}");
}

#[tokio::test]
async fn honest_large_files_pass() {
    // Many aliases of one anchor, long comments, a thousand documents, a list of thousands.
    let aliases = with_spec(&format!("  a: &a x\n  b: [{}]", vec!["*a"; 5_000].join(", ")));
    let comments = format!("{}{GOOD}", "# long\n".repeat(5_000));
    let comments_inside = with_spec(&format!("  a:\n{}    - b", "    # long\n".repeat(500)));
    let mut documents = String::new();
    let mut list = "apiVersion: v1\nkind: List\nitems:\n".to_owned();
    for number in 0..3_000 {
        let object = GOOD.replace("good", &format!("x{number}"));
        writeln!(documents, "---\n{object}").unwrap();
        writeln!(list, "- apiVersion: v1\n  kind: Thing\n  metadata: {{name: y{number}}}").unwrap();
    }
    let yaml = Yaml::new([""]).unwrap();
    for (text, count) in
        [(aliases, 1), (comments, 1), (comments_inside, 1), (documents, 3_000), (list, 3_000)]
    {
        assert_eq!(render(&yaml, [("f.yaml", &text)]).await.unwrap().len(), count);
    }
}

#[tokio::test]
async fn the_deepest_document_that_is_read_can_be_looked_into() {
    let limits = Limits { depth: usize::MAX, ..Limits::default() };
    let yaml = Yaml::new([""]).unwrap().limits(limits);
    let deep = |depth: usize| {
        // The object and its spec are two levels.
        with_spec(&format!("  a: {}1{}", "[".repeat(depth - 2), "]".repeat(depth - 2)))
    };
    let text = deep(Limits::MAX_DEPTH);
    let desired = render(&yaml, [("f.yaml", &text)]).await.unwrap();
    assert!(desired.objects().next().unwrap().value().is_object());
    let error = render(&yaml, [("f.yaml", &deep(Limits::MAX_DEPTH + 1))]).await.unwrap_err();
    assert_eq!(error.reason(), reason::TOO_LARGE);
}

#[tokio::test]
async fn too_many_files_are_refused() {
    let limits = Limits { files: 2, ..Limits::default() };
    let yaml = Yaml::new([""]).unwrap().limits(limits);
    let two = render(&yaml, [("a/a.yaml", GOOD), ("b.txt", "")]).await.unwrap();
    assert_eq!(two.len(), 1);
    for files in
        [[("a.yaml", ""), ("b.yaml", ""), ("c.yaml", "")], [("a/x", ""), ("b/x", ""), ("c/x", "")]]
    {
        assert_eq!(render(&yaml, files).await.unwrap_err().reason(), reason::TOO_LARGE);
    }
}

#[tokio::test]
async fn what_is_not_in_the_tree_is_never_taken_for_absent() {
    let refused = |edit: fn(&mut MemoryTree)| {
        let mut tree = MemoryTree::from([("a/good.yaml", GOOD)]);
        edit(&mut tree);
        snapshot(tree)
    };
    let unreadable: fn(&mut MemoryTree) = |tree| {
        let error = Error::new(Stage::Source, Retry::Never, reason::LFS_POINTER, "a pointer");
        tree.fail("a/f.yaml", error);
    };
    type Edit = fn(&mut MemoryTree);
    let cases: [(&str, Edit, &str); 4] = [
        ("a/f.yaml", |tree| _ = tree.broken_link("a/f.yaml"), reason::SYMLINK_REFUSED),
        ("a/crds", |tree| _ = tree.broken_link("a/crds"), reason::SYMLINK_REFUSED),
        ("a/sub", |tree| _ = tree.submodule("a/sub"), reason::SUBMODULE_REFUSED),
        ("a/f.yaml", unreadable, reason::LFS_POINTER),
    ];
    for (path, edit, reason) in cases {
        for paths in [vec!["a"], vec!["a/good.yaml", path]] {
            let yaml = Yaml::new(&paths).unwrap();
            let error = yaml.render(&refused(edit)).await.unwrap_err();
            assert_eq!(error.reason(), reason, "{paths:?}: {error}");
            assert_eq!(error.origin().unwrap().path(), path);
        }
        let without = Yaml::new(["a"]).unwrap().exclude([path]).unwrap();
        assert_eq!(without.render(&refused(edit)).await.unwrap().len(), 1);
    }
    // What can't be a manifest is none of ours.
    let snapshot = refused(|tree| _ = tree.broken_link("a/README.md"));
    assert_eq!(Yaml::new(["a"]).unwrap().render(&snapshot).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_directory_that_contains_itself_is_refused() {
    /// `loop` is a symlink to the root.
    #[derive(Debug)]
    struct Circle(MemoryTree);

    fn inside(path: &str) -> &str {
        path.trim_start_matches("loop/").trim_start_matches("loop")
    }

    impl Tree for Circle {
        fn entry(&self, path: &str) -> gitops_core::Result<Option<gitops_core::model::Entry>> {
            self.0.entry(inside(path))
        }
        fn list(&self, path: &str) -> gitops_core::Result<Vec<gitops_core::model::Entry>> {
            let mut entries = self.0.list(inside(path))?;
            let root = self.0.entry("")?.unwrap();
            entries.push(gitops_core::model::Entry { name: "loop".to_owned(), ..root });
            Ok(entries)
        }
        fn read(&self, path: &str) -> gitops_core::Result<bytes::Bytes> {
            self.0.read(inside(path))
        }
    }

    let tree = Circle(MemoryTree::from([("good.yaml", GOOD)]));
    let revision = gitops_core::model::Revision::new("main", "r");
    let snapshot = gitops_core::model::Snapshot::new(revision, std::sync::Arc::new(tree));
    let error = Yaml::new([""]).unwrap().render(&snapshot).await.unwrap_err();
    assert_eq!((error.reason(), error.origin().unwrap().path()), (reason::SYMLINK_REFUSED, "loop"));
}

#[tokio::test]
async fn errors_show_no_values() {
    for text in [
        "data:\n  password: hunter2\n bad: [hunter2\n",
        "password: !!int hunter2\n",
        "password: !!binary hunter2!\n",
        "password: \"hunter2\\q\"\n",
        "hunter: &x hunter2\n<<: hunter2\n",
        "apiVersion: v1\nkind: Secret\nmetadata: hunter2\n",
        "hunter2",
    ] {
        let error = error(text).await;
        let shown = format!("{error} {error:?} {}", gitops_core::error::chain(&error));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
