//! Builds the tests of the copy once, and runs some of them with one deviation awake.

use super::plant::VARIABLE;
use crate::failure::Failure;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// A deviation that lets a test go on for ever is noticed too.
const LONGEST: Duration = Duration::from_secs(60);

/// The program with the tests.
pub(super) struct Tests {
    program: PathBuf,
    folder: PathBuf,
}

/// What came of a run.
pub(super) enum Outcome {
    Passed,
    /// The first test that failed.
    Failed(String),
}

/// Builds the integration tests of gitops-apiserver in a copy of the workspace.
pub(super) fn build(copy: &Path, target: &Path) -> Result<Tests, Failure> {
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "-p", "gitops-apiserver", "--test", "it", "--no-run"]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    cargo.env("CARGO_TARGET_DIR", target).current_dir(copy);
    let output = cargo.stderr(Stdio::inherit()).output().map_err(Failure::io("run cargo"))?;
    if !output.status.success() {
        return Err(Failure("the workspace doesn't build with all deviations".to_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut program = None;
    for message in messages.filter(|message| message["target"]["name"] == "it") {
        program = message["executable"].as_str().map(PathBuf::from).or(program);
    }
    let program = program.ok_or_else(|| Failure("cargo has built no tests".to_owned()))?;
    Ok(Tests { program, folder: copy.join("gitops-apiserver") })
}

impl Tests {
    /// Runs the tests that a list names, without a real server.
    pub(super) fn run(&self, mutant: Option<usize>, tests: &[String]) -> Result<Outcome, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::io("start a runtime"))?;
        let mut program = tokio::process::Command::new(&self.program);
        program.args(tests).current_dir(&self.folder).kill_on_drop(true);
        program.env_remove("KUBEBUILDER_ASSETS").env_remove("GITOPS_REQUIRE_ASSETS");
        program.env("RUST_BACKTRACE", "0");
        match mutant {
            Some(number) => program.env(VARIABLE, number.to_string()),
            None => program.env_remove(VARIABLE),
        };
        let run = async { tokio::time::timeout(LONGEST, program.output()).await };
        let Ok(output) = runtime.block_on(run) else {
            return Ok(Outcome::Failed("no end".to_owned()));
        };
        let output = output.map_err(Failure::io("run the tests"))?;
        if output.status.success() {
            return Ok(Outcome::Passed);
        }
        Ok(Outcome::Failed(reason(&String::from_utf8_lossy(&output.stdout))))
    }
}

/// What a failed run says first: the story that went another way, or the test.
fn reason(text: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.contains(" stories:"));
    let story = lines.nth(1);
    let test = text.lines().find_map(|line| line.strip_suffix(" ... FAILED"));
    story.or(test).unwrap_or("the tests ended early").to_owned()
}
