//! Git over the pipes of a child process: ssh, or `git upload-pack` for a local repository.

use crate::source::git::{
    attempt::Attempt, builder::Settings, credentials::Credential, fault::Fault, url::GitUrl,
};
use gix::{
    bstr::ByteSlice,
    protocol::transport::{
        Protocol, Service,
        client::{
            self, MessageKind, TransportWithoutIO, WriteMode,
            blocking_io::{RequestWriter, SetServiceResponse, Transport},
            git::{ConnectMode, blocking_io::Connection},
        },
    },
};
use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::Path,
    process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::task::JoinHandle;

/// The last words of a child that are kept.
const LAST_WORDS: u64 = 16 << 10;

/// Variables through which the caller's environment could redirect git or ssh.
const FOREIGN: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_EXEC_PATH",
    "GIT_TRACE",
    "GIT_TRACE_PACKET",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
];

/// `git upload-pack` on a local repository.
pub(super) fn local(
    url: &GitUrl,
    settings: &Settings,
    attempt: &Arc<Attempt>,
) -> Result<Box<dyn Transport + Send>, Fault> {
    let path = url.url.path.to_os_str().map_err(|_| Fault::Unfit {
        detail: "the path is not valid here".to_owned(),
        advice: "check the URL",
    })?;
    let mut command = Command::new(&settings.git_program);
    command.args(["upload-pack", "--"]).arg(path);
    start(command, "git", url, attempt)
}

/// The same on another machine.
pub(super) fn ssh(
    url: &GitUrl,
    settings: &Settings,
    credential: &Credential,
    attempt: &Arc<Attempt>,
) -> Result<Box<dyn Transport + Send>, Fault> {
    let Credential::SshKey { private_key } = credential else {
        return Err(Fault::Unfit {
            detail: "an ssh URL needs an ssh key".to_owned(),
            advice: "use Credential::ssh_key, or an https URL with a token",
        });
    };
    let Some(known_hosts) = &settings.known_hosts else {
        return Err(Fault::Unfit {
            detail: "an ssh URL needs the server's host key".to_owned(),
            advice: "set known_hosts to a file that names it; the check can't be turned off",
        });
    };
    let mut command = Command::new(&settings.ssh_program);
    // No configuration of the user or the machine, no agent, no prompt, no unknown host.
    command.args(["-F", "none", "-T", "-x", "-a"]);
    for option in [
        "BatchMode=yes",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "StrictHostKeyChecking=yes",
        "GlobalKnownHostsFile=none",
        "UpdateHostKeys=no",
        "PreferredAuthentications=publickey",
        "PermitLocalCommand=no",
        "ClearAllForwardings=yes",
        "ControlPath=none",
        "LogLevel=ERROR",
        "SendEnv=GIT_PROTOCOL",
    ] {
        command.args(["-o", option]);
    }
    command.arg("-o").arg(file_option("UserKnownHostsFile", known_hosts)?);
    command.arg("-o").arg(file_option("IdentityFile", private_key)?);
    if let Some(port) = url.url.port {
        command.args(["-p", &port.to_string()]);
    }
    let host = url.url.host().unwrap_or_default();
    match url.url.user() {
        Some(user) => command.arg(format!("{user}@{host}")),
        None => command.arg(host),
    };
    // The far side runs a shell whatever we do: one word for it, quoted as git quotes.
    command.arg(format!("git-upload-pack {}", gix::quote::single(url.url.path.as_ref())));
    start(command, "ssh", url, attempt)
}

/// An ssh option that is a file name: ssh splits at blanks and expands `%` and `${}`.
fn file_option(name: &str, path: &Path) -> Result<OsString, Fault> {
    let unfit = || Fault::Unfit {
        detail: format!("{name} must be an absolute path without quotes, $ or control characters"),
        advice: "move the file",
    };
    let text = path.to_str().filter(|_| path.is_absolute()).ok_or_else(unfit)?;
    if text.contains(['"', '$', '\\']) || text.chars().any(char::is_control) {
        return Err(unfit());
    }
    Ok(format!("{name}=\"{}\"", text.replace('%', "%%")).into())
}

fn start(
    mut command: Command,
    program: &'static str,
    url: &GitUrl,
    attempt: &Arc<Attempt>,
) -> Result<Box<dyn Transport + Send>, Fault> {
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
        .env("GIT_PROTOCOL", "version=2")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" })
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("SSH_ASKPASS_REQUIRE", "never")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let failed = |detail: String| Fault::NoProgram { program: command_name(program), detail };
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    attempt.adopt(child);
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        attempt.bury();
        return Err(failed("it has no pipes".to_owned()));
    };
    let end = Arc::new(End {
        program,
        attempt: attempt.clone(),
        words: Mutex::new(Some(attempt.aside(move || last_words(stderr)))),
    });
    Ok(Box::new(Process {
        connection: Connection::new(
            Output { stdout, end: end.clone() },
            Input { stdin, end },
            Protocol::V2,
            url.url.path.clone(),
            None::<(&str, Option<u16>)>,
            ConnectMode::Process,
            false,
        ),
        attempt: attempt.clone(),
    }))
}

fn command_name(program: &str) -> String {
    format!("the program {program}")
}

/// Reads to the end, so that the child never blocks, and keeps the end's beginning.
fn last_words(mut stderr: ChildStderr) -> String {
    let mut words = Vec::new();
    let _ = stderr.by_ref().take(LAST_WORDS).read_to_end(&mut words);
    let _ = io::copy(&mut stderr, &mut io::sink());
    words.to_str_lossy().into_owned()
}

/// How a child ends. Nothing that we ask one for ends before we hang up, so this is always a
/// failure, and its last words say why.
struct End {
    program: &'static str,
    attempt: Arc<Attempt>,
    words: Mutex<Option<JoinHandle<String>>>,
}

impl End {
    fn reached(&self) -> io::Error {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner).take();
        let detail = match words.map(|words| self.attempt.wait(words)) {
            Some(Ok(words)) => words.unwrap_or_default(),
            Some(Err(fault)) => return self.attempt.fail(fault),
            None => String::new(),
        };
        self.attempt.fail(Fault::Child { program: self.program.to_owned(), detail })
    }
}

/// The child's output, counted.
struct Output {
    stdout: ChildStdout,
    end: Arc<End>,
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.stdout.read(buffer) {
            Ok(count) if count > 0 || buffer.is_empty() => {
                self.end.attempt.count(count)?;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            _ => Err(self.end.reached()),
        }
    }
}

/// The child's input.
struct Input {
    stdin: ChildStdin,
    end: Arc<End>,
}

impl Write for Input {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stdin.write(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => self.end.reached(),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdin.flush()
    }
}

/// A connection that takes its child with it.
struct Process {
    connection: Connection<Output, Input>,
    attempt: Arc<Attempt>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.attempt.bury();
    }
}

impl TransportWithoutIO for Process {
    fn to_url(&self) -> std::borrow::Cow<'_, gix::bstr::BStr> {
        self.connection.to_url()
    }

    fn connection_persists_across_multiple_requests(&self) -> bool {
        true
    }

    fn configure(&mut self, _: &dyn std::any::Any) -> gix::Result {
        Ok(())
    }
}

impl Transport for Process {
    fn handshake<'a>(
        &mut self,
        service: Service,
        parameters: &'a [(&'a str, Option<&'a str>)],
    ) -> Result<SetServiceResponse<'_>, client::Error> {
        self.connection.handshake(service, parameters)
    }

    fn request(
        &mut self,
        mode: WriteMode,
        end: MessageKind,
        trace: bool,
    ) -> Result<RequestWriter<'_>, client::Error> {
        self.connection.request(mode, end, trace)
    }
}
