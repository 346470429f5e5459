//! Running git, away from the user's configuration and with fixed names and dates.

use super::RepoError;
use std::{
    ffi::OsStr,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// The environment of every git process: nothing of the user's but where programs are.
pub(super) fn environment() -> Vec<(&'static str, std::ffi::OsString)> {
    let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
    vec![
        ("PATH", std::env::var_os("PATH").unwrap_or_default()),
        ("HOME", null.into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_CONFIG_GLOBAL", null.into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("LC_ALL", "C".into()),
        ("TZ", "UTC".into()),
    ]
}

/// The moment of the n-th thing that happens in a repository: a minute after the one before.
pub(super) fn moment(tick: u64) -> String {
    format!("{} +0000", 1_700_000_000 + tick * 60)
}

/// Runs git in a directory and gives what it printed.
pub(super) fn run<S: AsRef<OsStr>>(
    dir: &Path,
    tick: u64,
    arguments: &[S],
    extra: &[(&str, &OsStr)],
    input: &[u8],
) -> Result<String, RepoError> {
    let mut command = Command::new("git");
    command.current_dir(dir).args(arguments).env_clear().envs(environment());
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Fake");
        command.env(format!("GIT_{who}_EMAIL"), "fake@example.com");
        command.env(format!("GIT_{who}_DATE"), moment(tick));
    }
    command.envs(extra.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(RepoError::io("can't start git"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that fails before it has read everything says why below.
        let _ = stdin.write_all(input);
    }
    let output = child.wait_with_output().map_err(RepoError::io("git vanished"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        let words = arguments.iter().map(|word| word.as_ref().to_string_lossy());
        Err(RepoError::Git {
            command: words.collect::<Vec<_>>().join(" "),
            stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }
}
