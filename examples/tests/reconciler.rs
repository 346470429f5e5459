//! The command `reconciler`, as a user runs it: its exit codes and what it says, against a real API
//! server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod built;

use gitops_testkit::{
    repo::{FakeRepo, RepoServer},
    server::{ControlPlane, server_or_skip},
};
use serde_json::Value;
use std::{fs, path::PathBuf, process::Stdio, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{ChildStdout, Command},
};

/// What a run of the command left.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    #[track_caller]
    fn expect(&self, code: i32, stdout: &str, stderr: &str) -> &Self {
        let Ran { code: is, stdout: out, stderr: err } = self;
        let fits = *is == code && out.contains(stdout) && err.contains(stderr);
        assert!(fits, "wanted {code}, {stdout:?}, {stderr:?}; got {is}\n{out}\n{err}");
        self
    }
}

/// A repository, a server, and a namespace of the test's own.
struct World {
    server: Arc<ControlPlane>,
    repo: FakeRepo,
    namespace: String,
    cache: tempfile::TempDir,
}

impl World {
    async fn new() -> Option<Self> {
        let server = server_or_skip().await?;
        let namespace = server.namespace("reconciler").await.unwrap();
        let cache = tempfile::tempdir().unwrap();
        Some(World { server, repo: FakeRepo::new().unwrap(), namespace, cache })
    }

    /// Runs a command that needs a repository.
    async fn run(&self, command: &str, more: &[&str]) -> Ran {
        let (url, cache) = (self.repo.url(), self.cache.path().display().to_string());
        let mut args = vec!["--repo", &url, "--cache-dir", &cache, "--path", "deploy"];
        args.extend(more);
        self.only(command, &args).await
    }

    /// Runs a command.
    async fn only(&self, command: &str, more: &[&str]) -> Ran {
        let mut args = vec![command, "--app", "shop", "--namespace", &self.namespace];
        args.extend(["--timeout", "60s"]);
        args.extend(more);
        reconciler(&args, self.server.kubeconfig().to_owned()).await
    }

    async fn kubectl(&self, args: &str) -> String {
        let all = ["-n", &self.namespace].into_iter().chain(args.split_whitespace());
        self.server.kubectl(all).await.unwrap().ok()
    }
}

async fn reconciler(args: &[&str], kubeconfig: PathBuf) -> Ran {
    let output = Command::new(built::program("reconciler"))
        .args(args)
        .env("KUBECONFIG", kubeconfig)
        .kill_on_drop(true)
        .output()
        .await
        .expect("the example is built with the tests");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn config_map(name: &str, color: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{color: {color}}}\n"
    )
}

#[tokio::test]
async fn wrong_usage_is_an_error_and_help_is_not() {
    let nowhere = || PathBuf::from("/nonexistent");
    reconciler(&["--help"], nowhere()).await.expect(0, "plan", "");
    reconciler(&[], nowhere()).await.expect(1, "", "Usage");
    reconciler(&["plan", "--app", "shop"], nowhere()).await.expect(1, "", "--repo");
    let never = ["plan", "--app", "a", "--repo", "https://x/y", "--timeout", "0s"];
    reconciler(&never, nowhere()).await.expect(1, "", "--timeout");
}

#[tokio::test]
async fn an_app_from_its_first_plan_to_its_end() {
    let Some(world) = World::new().await else { return };
    world.repo.write("deploy/a.yaml", config_map("a", "red"));
    world.repo.write("deploy/b.yaml", config_map("b", "red")).commit("first").unwrap();

    world.only("status", &[]).await.expect(1, "", "there is no inventory");
    let plan = world.run("plan", &[]).await;
    plan.expect(2, "2 to create", "declares 2 objects").expect(2, "deploy/a.yaml:1", "");
    let applied = world.run("apply", &[]).await;
    applied.expect(0, "/a created", "2 of 2 made").expect(0, "shop is ready", "");
    world.run("plan", &[]).await.expect(0, "2 unchanged", "");
    world.run("apply", &[]).await.expect(0, "shop is ready", "");

    let json = |ran: &Ran| serde_json::from_str::<Value>(&ran.stdout).unwrap();
    let status = world.only("status", &["-o", "json"]).await;
    assert_eq!(json(status.expect(0, "", ""))["health"]["Healthy"], 2);

    world.kubectl("patch configmap a --type=merge -p {\"data\":{\"color\":\"pink\"}}").await;
    let drift = world.run("plan", &["-o", "markdown"]).await;
    drift.expect(2, ".data.color: \"pink\" -> \"red\"", "");
    let repaired = world.run("apply", &["-o", "json"]).await;
    assert_eq!(json(repaired.expect(0, "", ""))["changes"][0]["cause"], "drift");
    assert_eq!(world.kubectl("get configmap a -o jsonpath={.data.color}").await, "red");

    world.repo.remove("deploy/b.yaml").commit("without b").unwrap();
    let refused = world.run("apply", &["--prune-max", "0"]).await;
    refused.expect(1, "", "more than the 0 allowed").expect(1, "", "--prune-max");
    world.run("apply", &["--no-prune"]).await.expect(0, "ready", "");
    world.run("apply", &[]).await.expect(0, "/b pruned", "");

    world.only("delete", &[]).await.expect(0, "/a pruned", "");
    let left = world.kubectl("get configmap -o name --ignore-not-found").await;
    assert_eq!(left.replace("configmap/kube-root-ca.crt", "").trim(), "");
    world.only("delete", &[]).await.expect(1, "", "there is no inventory");
}

#[tokio::test]
async fn what_is_refused_says_what_and_where_and_writes_nothing() {
    let Some(world) = World::new().await else { return };
    world.repo.write("deploy/a.yaml", config_map("a", "red")).commit("good").unwrap();
    world.run("apply", &["--branch", "other"]).await.expect(1, "", "refs/heads/other");
    world.run("plan", &["--path", "elsewhere"]).await.expect(1, "", "elsewhere");
    world.run("plan", &["--context", "other"]).await.expect(1, "", "--context");

    world.repo.write("deploy/b.yaml", "kind: [\n").commit("torn").unwrap();
    world.run("apply", &[]).await.expect(1, "", "deploy/b.yaml:");
    let unknown = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: c}\n";
    world.repo.write("deploy/b.yaml", unknown).commit("unknown").unwrap();
    world.run("plan", &[]).await.expect(1, "", "the server has no kind \"Shop\"");
    let twice = config_map("a", "blue");
    world.repo.write("deploy/b.yaml", &twice).commit("twice").unwrap();
    let duplicate = world.run("apply", &[]).await;
    duplicate.expect(1, "", "deploy/a.yaml:1").expect(1, "", "deploy/b.yaml:1");
    let made = world.kubectl("get configmap -o name").await;
    assert_eq!(made.replace("configmap/kube-root-ca.crt", "").trim(), "", "nothing was written");

    // Somebody else's object is not taken over unless that is said.
    world.kubectl("create configmap b").await;
    world.kubectl("label configmap b applyset.kubernetes.io/part-of=applyset-0123456789012345678901234567890123456789012-v1").await;
    world.repo.write("deploy/b.yaml", config_map("b", "blue")).commit("theirs").unwrap();
    world.run("apply", &[]).await.expect(1, "", "--adopt all");
    world.run("apply", &["--adopt", "all"]).await.expect(0, "/b configured", "");
}

#[tokio::test]
async fn credentials_come_from_files_and_are_never_shown() {
    let Some(world) = World::new().await else { return };
    world.repo.write("deploy/a.yaml", config_map("a", "red")).commit("first").unwrap();
    let server = RepoServer::start_https().await.unwrap();
    server.require_basic("robot", "s3cret");
    let url = server.serve("shop", &world.repo);
    let file = |name: &str, content: &str| {
        let path = world.cache.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let (ca, right) = (file("ca.pem", server.ca_pem().unwrap()), file("right", "s3cret\n"));
    let (wrong, token) = (file("wrong", "wr0ng"), file("token", "t0ken"));
    let cache = world.cache.path().join("cache").display().to_string();
    let plan = async |more: &[&str]| {
        let args = ["--repo", &url, "--path", "deploy", "--cache-dir", &cache];
        let ran = world.only("plan", &[&args[..], more].concat()).await;
        for secret in ["s3cret", "wr0ng", "t0ken"] {
            assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{}", ran.stderr);
        }
        ran
    };
    plan(&["--username", "robot", "--password-file", &right]).await.expect(1, "", "certificate");
    plan(&["--ca-file", &ca]).await.expect(1, "", "credentials");
    let login = ["--ca-file", &ca, "--username", "robot", "--password-file"];
    plan(&[&login[..], &[&wrong]].concat()).await.expect(1, "", "credentials");
    plan(&[&login[..], &["/nonexistent"]].concat()).await.expect(1, "", "can't read /nonexistent");
    plan(&["--ca-file", &ca, "--token-file", &token]).await.expect(1, "", "credentials");
    plan(&[&login[..], &[&right]].concat()).await.expect(2, "1 to create", "");
}

/// Reads until a line says this.
async fn until(lines: &mut Lines<BufReader<ChildStdout>>, says: &str) {
    let found = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            println!("{line}");
            if line.contains(says) {
                return;
            }
        }
        panic!("it ended without saying {says:?}");
    };
    tokio::time::timeout(Duration::from_secs(60), found).await.expect(says);
}

#[cfg(unix)]
#[tokio::test]
async fn a_run_follows_git_and_repairs_drift_until_it_is_told_to_stop() {
    let Some(world) = World::new().await else { return };
    world.repo.write("deploy/a.yaml", config_map("a", "red")).commit("first").unwrap();
    let mut child = Command::new(built::program("reconciler"))
        .args(["run", "--app", "shop", "--namespace", &world.namespace, "--interval", "1s"])
        .args(["--repo", &world.repo.url(), "--path", "deploy", "--cache-dir"])
        .arg(world.cache.path())
        .env("KUBECONFIG", world.server.kubeconfig())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    until(&mut lines, "/a created").await;
    until(&mut lines, "shop is ready").await;

    world.kubectl("patch configmap a --type=merge -p {\"data\":{\"color\":\"pink\"}}").await;
    until(&mut lines, "/a configured").await;
    world.repo.write("deploy/a.yaml", config_map("a", "blue")).commit("blue").unwrap();
    until(&mut lines, "declares 1 object").await;
    until(&mut lines, "/a configured").await;
    assert_eq!(world.kubectl("get configmap a -o jsonpath={.data.color}").await, "blue");

    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    assert!(child.wait().await.unwrap().success(), "a graceful end");
}
