//! The examples that run by themselves: each checks what it tells, and says so by its exit code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod built;

use std::process::Command;

/// Runs an example and gives what it told.
fn told(name: &str) -> String {
    let output = Command::new(built::program(name)).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} ended with {}:\n{stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn quickstart() {
    assert!(told("quickstart").contains("All as told"));
}

#[test]
fn many_apps() {
    assert!(told("many-apps").contains("100 of 100 apps are ready"));
}

#[test]
fn custom_target() {
    let told = told("custom-target");
    for step in ["2 to create", "2 unchanged\n", "motd:1 (drift)", "- File hosts"] {
        assert!(told.contains(step), "{step}: {told}");
    }
}
