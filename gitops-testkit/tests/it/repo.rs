//! Fake repositories against real git.

use gitops_testkit::repo::{At, FakeRepo, Fault, RepoServer};
use std::process::Command;

#[test]
fn the_same_code_makes_the_same_ids() {
    let make = || {
        let repo = FakeRepo::new().unwrap();
        repo.write("a", "1")
            .write("odd \"nä\\me\n", "2")
            .symlink("l", "a")
            .commit("first")
            .unwrap();
        repo.on("b").write("b", "1").commit("b").unwrap();
        repo.on("main").write("c", "1").commit("c").unwrap();
        repo.annotated_tag("v1", "words").unwrap();
        repo.merge("b").unwrap()
    };
    assert_eq!(make(), make());
}

#[test]
fn commits_merges_reverts_and_resets_do_what_git_says() {
    let repo = FakeRepo::new().unwrap();
    let first = repo.write("a", "1\n").write("d/x", "x\n").commit("first").unwrap();
    let second = repo.write("a", "2\n").remove("d").commit("second").unwrap();
    let third = repo.write("e", "3\n").commit("third").unwrap();
    let files = || repo.git(["ls-tree", "-r", "--name-only", "main"]).unwrap();
    assert_eq!(files(), "a\ne");
    let reverted = repo.revert(&second).unwrap();
    assert_eq!(files(), "a\nd/x\ne");
    assert_eq!(repo.git(["show", "main:a"]).unwrap(), "1");
    assert_eq!(repo.id(&format!("{reverted}^")).unwrap(), third);
    repo.reset(&first).unwrap();
    assert_eq!(repo.id("").unwrap(), first);
    repo.on("side").write("a", "side\n").commit("side").unwrap();
    repo.on("main").write("a", "main\n").commit("main").unwrap();
    assert!(repo.merge("side").is_err(), "they conflict");
    repo.submodule("sub", &"1".repeat(40)).commit("sub").unwrap();
    assert!(repo.git(["ls-tree", "main", "sub"]).unwrap().starts_with("160000 commit 1111"));
    repo.git(["fsck", "--strict"]).unwrap();
}

/// The system's own git is the judge of the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn git_clones_from_the_server_until_it_misbehaves() {
    let repo = FakeRepo::new().unwrap();
    repo.write("a", "1\n").commit("first").unwrap();
    let server = RepoServer::start().await.unwrap();
    let url = server.serve("shop", &repo);
    let clone = |config: &str| {
        let dir = tempfile::tempdir().unwrap();
        let output = Command::new("git")
            .args(["-c", config, "clone", "--quiet", &url])
            .arg(dir.path().join("copy"))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        let file = std::fs::read_to_string(dir.path().join("copy/a")).unwrap_or_default();
        (output.status.success(), file)
    };
    assert_eq!(clone("a.b=c"), (true, "1\n".to_owned()));
    let phases: Vec<At> = server.requests().into_iter().filter_map(|it| it.at).collect();
    assert_eq!(phases, [At::Advertisement, At::List, At::Pack]);
    for fault in [Fault::Status(500, vec![]), Fault::LoginPage, Fault::Truncate(30)] {
        for at in [At::Advertisement, At::List, At::Pack] {
            server.fault(at, fault.clone());
            // git itself takes a login page for an empty repository and calls that success.
            assert_eq!(clone("a.b=c").1, "", "{fault:?} at {at:?}");
            server.behave();
        }
    }
    server.require_bearer("token");
    assert!(!clone("a.b=c").0);
    assert!(clone("http.extraHeader=Authorization: Bearer token").0);
}
