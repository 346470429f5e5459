//! What bad input gets, from real Git through the YAML renderer and the engine: nothing is written,
//! the last good state stays, and the message says what, where and what to do.

use gitops_core::{
    Retry, Stage,
    engine::{Options, Pass, Pipeline, PrunePolicy, Stages},
    env::Env,
    model::{Inventory, Status, Version},
    reason,
    render::{Yaml, yaml::Limits},
    source::git::{GitSource, Reference, Repository},
    stage::Exact,
};
use gitops_testkit::{
    fake::FakeSystem,
    repo::{At, FakeRepo, Fault, RepoServer},
};
use std::sync::Arc;
use tempfile::TempDir;

struct World {
    repo: FakeRepo,
    url: String,
    cache: TempDir,
    system: FakeSystem,
    /// The good commit.
    good: String,
}

fn thing(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: Thing\nmetadata: {{name: {name}}}\nspec: {value}\n")
}

impl World {
    /// A repository with the objects `a` and `b`, which a first process has applied.
    async fn new(url: impl FnOnce(&FakeRepo) -> String) -> Self {
        let repo = FakeRepo::new().unwrap();
        repo.write("deploy/a.yaml", thing("a", "1")).write("deploy/b.yaml", thing("b", "1"));
        let good = repo.commit("good").unwrap();
        let (url, cache, system) = (url(&repo), TempDir::new().unwrap(), FakeSystem::new());
        let world = World { repo, url, cache, system, good };
        let pass = world.process(Options::new()).pass().await;
        assert!(pass.is_settled() && world.live().len() == 2, "{pass:?}");
        world
    }

    fn process(&self, options: Options) -> Arc<Pipeline> {
        let repository = Repository {
            url: self.url.clone(),
            reference: Reference::branch("main"),
            cache: self.cache.path().join("cache"),
        };
        // Smaller than the defaults, for a build without optimisation.
        let limits = Limits { nodes: 20_000, file_bytes: 1 << 20, ..Limits::default() };
        let stages = Stages {
            source: GitSource::builder(repository).build().unwrap(),
            renderer: Yaml::new(["deploy"]).unwrap().limits(limits),
            observer: self.system.clone(),
            differ: Exact,
            applier: self.system.clone(),
            inventory: self.system.inventory(),
        };
        Arc::new(Pipeline::new("app", stages, options, Env::system()))
    }

    fn owned(&self) -> (Inventory, Option<Version>) {
        let stored = self.system.inventory().stored().unwrap();
        (stored.inventory, stored.version)
    }

    fn live(&self) -> Vec<(String, serde_json::Value)> {
        let ids = self.system.ids().into_iter();
        ids.map(|id| (id.to_string(), self.system.value(&id).unwrap())).collect()
    }
}

fn last_good(status: &Status) -> &str {
    status.last_applied.as_ref().map_or("none", |revision| revision.id())
}

/// Spoils the input under a running process and before a new one starts, and sees that neither
/// does anything but say so.
async fn refused(
    world: &World,
    name: &str,
    spoil: impl FnOnce(),
    expected: (&str, Retry, &[&str]),
    heal: impl FnOnce(),
) {
    let (reason, retry, words) = expected;
    let running = world.process(Options::new());
    assert!(running.pass().await.is_settled(), "{name}");
    let (live, stored) = (world.live(), world.owned());
    spoil();
    world.system.script().forget();
    let started = world.process(Options::new());
    for (process, knows) in [(&running, true), (&started, false)] {
        let pass: Pass = process.pass().await;
        let error = pass.error.as_ref().unwrap_or_else(|| panic!("{name}: {pass:?}"));
        assert_eq!((error.reason(), error.retry()), (reason, retry), "{name}: {error}");
        let text = error.to_string();
        for word in words {
            assert!(text.contains(word), "{name}: {word:?} is missing in: {text}");
        }
        assert!(error.advice().is_some(), "{name}: what to do is missing in: {text}");
        assert!(pass.outcomes.is_empty() && !pass.changed(), "{name}: {pass:?}");
        assert!(!pass.status.is_ready(), "{name}");
        assert_eq!(pass.status.is_stalled(), retry == Retry::Never, "{name}");
        if knows {
            assert!(last_good(&pass.status).contains(&world.good), "{name}: {:?}", pass.status);
        }
    }
    assert_eq!(world.system.script().writes(), 0, "{name}");
    assert_eq!(world.live(), live, "{name}");
    assert_eq!(world.owned(), stored, "{name}");
    heal();
    for process in [running, started] {
        let pass = process.pass().await;
        assert!(pass.is_settled() && !pass.changed(), "{name}: {pass:?}");
    }
}

#[tokio::test]
async fn a_bad_commit() {
    let bomb = {
        let mut text = thing("b", "\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]");
        for level in 1..8 {
            let below = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("  a{level}: &a{level} [{below}]\n"));
        }
        text
    };
    let deep = thing("b", &"[".repeat(10_000));
    let huge = format!("{}#{}", thing("b", "1"), "x".repeat(1 << 20));
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let nameless = "apiVersion: v1\nkind: Thing\nmetadata: {}\n";
    let kindless = "apiVersion: v1\nmetadata: {name: b}\n";
    let twin = thing("a", "2");
    let no_files = |repo: &FakeRepo| {
        repo.remove("deploy/a.yaml").remove("deploy/b.yaml");
    };
    let b = |text: &str| {
        let text = text.to_owned();
        Box::new(move |repo: &FakeRepo| _ = repo.write("deploy/b.yaml", &text))
    };
    type Spoil<'a> = Box<dyn Fn(&FakeRepo) + 'a>;
    let rows: Vec<(&str, Spoil<'_>, &str, &[&str])> = vec![
        (
            "missing path",
            Box::new(move |repo| {
                no_files(repo);
                repo.write("elsewhere/a.yaml", thing("a", "1"));
            }),
            reason::PATH_NOT_FOUND,
            &["\"deploy\""],
        ),
        (
            "empty directory",
            Box::new(move |repo| {
                no_files(repo);
                repo.write("deploy/README.md", "");
            }),
            reason::EMPTY_DESIRED,
            &["2 objects"],
        ),
        (
            "empty files",
            Box::new(|repo| _ = repo.write("deploy/a.yaml", "").write("deploy/b.yaml", "---\n")),
            reason::EMPTY_DESIRED,
            &["2 objects"],
        ),
        ("torn yaml", b("kind: Thing\nspec: [\n"), reason::INVALID_SYNTAX, &["deploy/b.yaml:"]),
        (
            "two with one id",
            b(&twin),
            reason::DUPLICATE_OBJECT,
            &["deploy/a.yaml:1", "deploy/b.yaml:1"],
        ),
        ("no name", b(nameless), reason::INVALID_OBJECT, &["deploy/b.yaml:1", "name"]),
        ("no kind", b(kindless), reason::INVALID_OBJECT, &["deploy/b.yaml:1", "kind"]),
        ("alias bomb", b(&bomb), reason::TOO_LARGE, &["deploy/b.yaml", "nodes"]),
        ("deep nesting", b(&deep), reason::TOO_LARGE, &["deploy/b.yaml", "nesting"]),
        ("huge file", b(&huge), reason::TOO_LARGE, &["deploy/b.yaml", "bytes"]),
        (
            "symlink out of the tree",
            Box::new(|repo| _ = repo.symlink("deploy/c.yaml", "../../../etc/passwd")),
            reason::SYMLINK_REFUSED,
            &["deploy/c.yaml"],
        ),
        (
            "directory by a symlink out of the tree",
            Box::new(|repo| _ = repo.symlink("deploy/c", "/etc")),
            reason::SYMLINK_REFUSED,
            &["deploy/c"],
        ),
        (
            "submodule",
            Box::new(|repo| _ = repo.submodule("deploy/lib", &"5".repeat(40))),
            reason::SUBMODULE_REFUSED,
            &["deploy/lib"],
        ),
        ("LFS pointer", b(pointer), reason::LFS_POINTER, &["deploy/b.yaml", "git lfs"]),
    ];
    for (name, spoil, reason, words) in rows {
        let world = World::new(FakeRepo::url).await;
        let bad = || {
            spoil(&world.repo);
            world.repo.commit(name).unwrap();
        };
        let good = || world.repo.reset(&world.good).unwrap();
        refused(&world, name, bad, (reason, Retry::Never, words), good).await;
    }
}

#[tokio::test]
async fn a_repository_that_does_not_answer_as_it_should() {
    let rows: Vec<(&str, Fault, &str, Retry)> = vec![
        ("no credentials", Fault::Status(401, vec![]), reason::UNAUTHENTICATED, Retry::Never),
        ("gone", Fault::Status(404, vec![]), reason::REPOSITORY_NOT_FOUND, Retry::Never),
        ("broken", Fault::Status(500, vec![]), reason::UNREACHABLE, Retry::Backoff),
        ("a login page", Fault::LoginPage, reason::UNAUTHENTICATED, Retry::Never),
    ];
    let server = RepoServer::start().await.unwrap();
    for (name, fault, reason, retry) in rows {
        let world = World::new(|repo| server.serve("r", repo)).await;
        let bad = || server.fault(At::Advertisement, fault);
        refused(&world, name, bad, (reason, retry, &[&server.url("r")]), || server.behave()).await;
    }
}

#[tokio::test]
async fn a_branch_that_is_gone() {
    let world = World::new(FakeRepo::url).await;
    let bad = || {
        world.repo.on("other").commit("other").unwrap();
        world.repo.delete_branch("main").unwrap();
    };
    let good = || _ = world.repo.git(["branch", "main", &world.good]).unwrap();
    let expected = (reason::REVISION_NOT_FOUND, Retry::Never, &["refs/heads/main"][..]);
    refused(&world, "missing ref", bad, expected, good).await;
}

#[tokio::test]
async fn too_much_to_prune_and_what_is_protected() {
    let world = World::new(FakeRepo::url).await;
    let strict = || Options::new().prune(PrunePolicy::default().budget(0, 0));
    world.repo.remove("deploy/b.yaml").commit("without b").unwrap();
    world.system.script().forget();
    let pass = world.process(strict()).pass().await;
    let error = pass.error.expect("over budget");
    assert_eq!((error.stage(), error.reason()), (Stage::Plan, reason::PRUNE_BUDGET));
    assert!(error.message().contains("Thing b") && error.advice().is_some(), "{error}");
    world.system.protect(&world.system.ids()[1], true);
    let pass = world.process(Options::new()).pass().await;
    let error = pass.error.expect("protected");
    assert_eq!((error.stage(), error.reason()), (Stage::Plan, reason::PROTECTED_KIND));
    assert!(error.to_string().contains("Thing b") && error.advice().is_some(), "{error}");
    assert_eq!(world.system.script().writes(), 0);
    assert_eq!(world.live().len(), 2);
}
