//! The Go tool chain, as a child process.

use crate::failure::Failure;
use std::{
    ffi::OsStr,
    io,
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

/// What the pinned modules ask for in their `go` line.
const NEEDED: (u32, u32) = (1, 26);

const WHERE: &str = "install Go 1.26 or newer (https://go.dev/dl), or set KUBEBUILDER_ASSETS to a \
                     folder that has the programs already";

/// An error unless there is a Go that can build the module in `module`.
///
/// Asked in that folder: a Go since 1.21 may fetch the version that the module names.
pub(crate) fn check(module: &Path) -> Result<(), Failure> {
    let output = go(module, ["env", "GOVERSION"]).output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure(format!("there is no `go` in PATH; {WHERE}")),
        _ => Failure(format!("can't run `go`: {error}; {WHERE}")),
    })?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(Failure(format!("`go env` failed: {}; {WHERE}", complaint.trim())));
    }
    match version(said.trim()) {
        Some(found) if found >= NEEDED => Ok(()),
        Some(_) => Err(Failure(format!("{} is too old; {WHERE}", said.trim()))),
        None => Err(Failure(format!("can't read Go's version {:?}; {WHERE}", said.trim()))),
    }
}

/// `go build` of the module's `tool` lines into `output`, a file or a folder.
pub(crate) fn build(module: &Path, output: &Path, ldflags: &str) -> Result<(), Failure> {
    let ldflags = format!("-ldflags={ldflags}");
    let mut command = go(module, ["build", "-mod=readonly", "-trimpath", "-buildvcs=false"]);
    command.arg(ldflags).arg("-o").arg(output).arg("tool");
    // Standard output is the chore's answer: everything that Go says goes to standard error.
    command.stdout(Stdio::from(io::stderr()));
    let status = command.status().map_err(Failure::io("run `go build`"))?;
    done(module, "build", status)
}

/// `go run` of the module: what it prints.
pub(crate) fn run(module: &Path) -> Result<String, Failure> {
    check(module)?;
    let mut command = go(module, ["run", "-mod=readonly", "."]);
    let output = command.stderr(Stdio::inherit()).output().map_err(Failure::io("run `go run`"))?;
    done(module, "run", output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `go build` of the module's own program into `output`, a file.
pub(crate) fn build_program(module: &Path, output: &Path) -> Result<(), Failure> {
    check(module)?;
    let output = std::path::absolute(output).map_err(Failure::io("find where to build"))?;
    let mut command = go(module, ["build", "-mod=readonly", "-trimpath", "-o"]);
    let status = command.arg(output).arg(".").status().map_err(Failure::io("run `go build`"))?;
    done(module, "build", status)
}

fn done(module: &Path, verb: &str, status: ExitStatus) -> Result<(), Failure> {
    match status.success() {
        true => Ok(()),
        false => Err(Failure(format!(
            "`go {verb}` in {} ended with {status}; what it said is above",
            module.display()
        ))),
    }
}

/// What a Go program prints that is run as part of the module in `module`.
pub(crate) fn run_file(module: &Path, program: &Path) -> Result<String, Failure> {
    let mut command = go(module, ["run", "-mod=readonly"]);
    command.arg(program).stderr(Stdio::inherit());
    let output = command.output().map_err(Failure::io("run `go run`"))?;
    match (output.status.success(), String::from_utf8(output.stdout)) {
        (true, Ok(printed)) => Ok(printed),
        (true, Err(_)) => Err(Failure(format!("{} didn't print text", program.display()))),
        (false, _) => Err(Failure(format!("{} ended with {}", program.display(), output.status))),
    }
}

fn go<S: AsRef<OsStr>>(module: &Path, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("go");
    command.args(args).current_dir(module);
    // The recipe decides, not the user's own Go settings. No C compiler is needed.
    command.env("CGO_ENABLED", "0").env("GOFLAGS", "").env("GOWORK", "off");
    command
}

/// `go1.26.8` and `go1.27rc1` as numbers.
fn version(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.strip_prefix("go")?.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_of_go() {
        assert_eq!(version("go1.26.8"), Some((1, 26)));
        assert_eq!(version("go1.27rc1"), Some((1, 27)));
        assert_eq!(version("go1.26.8 X:nodwarf5"), Some((1, 26)));
        assert!(version("go1.9.2") < Some((1, 26)));
        assert_eq!(version("devel +abc"), None);
    }
}
