//! ssh, with a stand-in for the ssh program that runs what it is asked to on this machine.
#![cfg(unix)]

use super::{assert_says, failure, main_of, small, snapshot, text};
use gitops_core::{
    Retry, reason,
    source::git::{Credential, GitSource},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// An executable script, and a file beside it for what it has to tell.
pub(super) fn script(dir: &Path, text: &str) -> (PathBuf, PathBuf) {
    let path = dir.join("program");
    // A copy in another process of a file that is open for writing can't be run: write elsewhere.
    let draft = dir.join("draft");
    fs::write(&draft, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&draft, &path).unwrap();
    (dir.join("program.told"), path)
}

/// The arguments, one a line, then the last one as a remote shell would run it.
const REMOTE: &str = r#"
printf '%s\n' "$@" > "$0.told"
for last; do :; done
exec sh -c "$last"
"#;

fn source(url: &str, dir: &Path, program: &Path) -> GitSource {
    main_of(url, &dir.join("cache"))
        .credentials(Credential::ssh_key("/keys/deploy key"))
        .known_hosts("/keys/known%hosts")
        .ssh_program(program)
        .build()
        .unwrap()
}

#[tokio::test]
async fn ssh_is_started_without_a_shell_prompts_or_unknown_hosts() {
    let (repo, dir, _) = small();
    let (told, program) = script(dir.path(), REMOTE);
    let url = format!("ssh://git@example.com:2222{}", repo.path().display());
    let source = source(&url, dir.path(), &program);
    assert_eq!(text(&snapshot(&source).await, "app/a.yaml"), "a: 1\n");
    let told = fs::read_to_string(told).unwrap();
    for argument in [
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "IdentitiesOnly=yes",
        "IdentityFile=\"/keys/deploy key\"",
        "UserKnownHostsFile=\"/keys/known%%hosts\"",
        "git@example.com",
    ] {
        assert!(told.lines().any(|line| line == argument), "{argument} is missing in {told}");
    }
    assert!(told.contains("-F\nnone\n") && told.contains("-p\n2222\n"), "{told}");
    // And incrementally.
    repo.write("app/a.yaml", "a: 2\n").commit("second").unwrap();
    assert_eq!(text(&snapshot(&source).await, "app/a.yaml"), "a: 2\n");
}

#[tokio::test]
async fn a_path_cannot_become_a_command_on_the_far_side() {
    let (_, dir, _) = small();
    let (_, program) = script(dir.path(), REMOTE);
    let canary = dir.path().join("canary");
    for path in ["/x'; touch CANARY; '", "/$(touch CANARY)", "/`touch CANARY`", "/x!; touch CANARY"]
    {
        let url = format!("git@h:{}", path.replace("CANARY", canary.to_str().unwrap()));
        let error = failure(&source(&url, dir.path(), &program)).await;
        assert_eq!(error.reason(), reason::REPOSITORY_NOT_FOUND, "{error}");
        assert!(!canary.exists(), "{url}");
    }
}

#[tokio::test]
async fn what_ssh_says_is_understood() {
    let (_, dir, _) = small();
    for (says, expected, retry, word) in [
        ("Host key verification failed.", reason::UNAUTHENTICATED, Retry::Never, "known_hosts"),
        ("git@h: Permission denied (publickey).", reason::UNAUTHENTICATED, Retry::Never, "key"),
        ("ssh: Could not resolve hostname h: x", reason::UNREACHABLE, Retry::Backoff, "host name"),
        (
            "ssh: connect to host h port 22: Connection refused",
            reason::UNREACHABLE,
            Retry::Backoff,
            "port",
        ),
        ("ERROR: Repository not found.", reason::REPOSITORY_NOT_FOUND, Retry::Never, "URL"),
        (
            "something new\u{1b}[2J",
            reason::UNREACHABLE,
            Retry::Backoff,
            "ssh says: something new\\u{1b}[2J",
        ),
        ("", reason::UNREACHABLE, Retry::Backoff, "the transfer failed"),
    ] {
        let (_, program) = script(dir.path(), &format!("printf '%s\\n' '{says}' >&2; exit 255"));
        let error = failure(&source("ssh://git@h/r", dir.path(), &program)).await;
        assert_says(&error, expected, &["ssh://git@h/r", word]);
        assert_eq!(error.retry(), retry, "{error}");
    }
    // A talkative one does not block us.
    let (_, program) = script(dir.path(), "yes talk | head -c 1000000 >&2; exit 255");
    let error = failure(&source("ssh://git@h/r", dir.path(), &program)).await;
    assert!(error.to_string().len() < 1000);
    let error = failure(&source("ssh://git@h/r", dir.path(), Path::new("/no/such/ssh"))).await;
    assert_says(&error, reason::INVALID_CONFIGURATION, &["ssh can't be started", "install it"]);
}

#[tokio::test]
async fn a_key_and_a_known_host_are_required() {
    let (_, dir, _) = small();
    let builder = || main_of("git@h:r", dir.path());
    let no_hosts = builder().credentials(Credential::ssh_key("/k")).build().unwrap();
    assert_says(&failure(&no_hosts).await, reason::INVALID_CONFIGURATION, &["known_hosts"]);
    let token = builder().known_hosts("/h").credentials(Credential::bearer("t0k")).build().unwrap();
    assert_says(&failure(&token).await, reason::INVALID_CONFIGURATION, &["ssh key"]);
    for odd in ["relative", "/a\"b", "/a$b", "/a\nb"] {
        let odd =
            builder().known_hosts(odd).credentials(Credential::ssh_key("/k")).build().unwrap();
        assert_says(&failure(&odd).await, reason::INVALID_CONFIGURATION, &["UserKnownHostsFile"]);
    }
}
