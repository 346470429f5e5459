//! One child process with a log file, killed when dropped.

use super::ServerError;
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

/// A running server.
///
/// A blocking `std` child and not tokio's: it lives as long as the control plane, which tests with
/// a runtime of their own share.
#[derive(Debug)]
pub(super) struct Process {
    program: &'static str,
    child: Mutex<Child>,
    log: PathBuf,
}

impl Process {
    pub(super) fn start(
        program: &'static str,
        path: &Path,
        args: &[String],
        log: PathBuf,
    ) -> Result<Self, ServerError> {
        let failed = |what: &str| ServerError::io(format!("{what} {}", path.display()));
        let out = File::create(&log).map_err(failed("make a log file for"))?;
        let err = out.try_clone().map_err(failed("make a log file for"))?;
        let mut command = dying_with_us(path);
        command.args(args).stdin(Stdio::null()).stdout(out).stderr(err);
        let child = spawn(command).map_err(failed("run"))?;
        Ok(Self { program, child: Mutex::new(child), log })
    }

    /// An error if the process ended.
    pub(super) fn check(&self) -> Result<(), ServerError> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        match child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(ServerError::Exited {
                program: self.program,
                status: status.to_string(),
                log: self.log_tail(),
            }),
            Err(source) => Err(ServerError::io(format!("look at {}", self.program))(source)),
        }
    }

    pub(super) fn program(&self) -> &'static str {
        self.program
    }

    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    /// The last lines of the log, at most 4 KiB.
    pub(super) fn log_tail(&self) -> String {
        read_tail(&self.log, 4096).unwrap_or_else(|error| format!("(no log: {error})"))
    }

    /// Kills and waits. Nothing that these servers hold is worth a graceful end, and an API server
    /// without its etcd would linger.
    pub(super) fn stop(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // Both fail only for a process that already ended and was waited for.
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Has the kernel kill the child when we die without dropping (SIGKILL, a static): `setpriv` of
/// util-linux where there is one. The child stays in our process group, so Ctrl-C reaches it too.
fn dying_with_us(path: &Path) -> Command {
    match death_signal() {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL", "--"]).arg(path);
            command
        }
        None => Command::new(path),
    }
}

/// The program that binds a child's life to ours, where the system has it.
pub(super) fn death_signal() -> Option<&'static Path> {
    ["/usr/bin/setpriv", "/bin/setpriv"].map(Path::new).into_iter().find(|path| {
        // BusyBox has a setpriv without this option.
        cfg!(target_os = "linux") && !path.is_symlink() && path.is_file()
    })
}

type Order = (Command, mpsc::Sender<std::io::Result<Child>>);

/// Spawns from one thread that lives as long as the process: the kernel sends the death signal when
/// the *thread* that made the child ends, and a test's thread ends long before its test binary.
fn spawn(command: Command) -> std::io::Result<Child> {
    static SPAWNER: Mutex<Option<mpsc::Sender<Order>>> = Mutex::new(None);
    let (reply, answer) = mpsc::channel();
    {
        let mut spawner = SPAWNER.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = spawner.get_or_insert_with(spawner_thread);
        orders.send((command, reply)).map_err(std::io::Error::other)?;
    }
    answer.recv().map_err(std::io::Error::other)?
}

#[allow(clippy::disallowed_methods, reason = "see `spawn`: the kernel wants a thread that lasts")]
fn spawner_thread() -> mpsc::Sender<Order> {
    let (send, orders) = mpsc::channel::<Order>();
    thread::spawn(move || {
        for (mut command, reply) in orders {
            // Nobody listens only if the caller is gone, and with it the wish for a child.
            let _ = reply.send(command.spawn());
        }
    });
    send
}

fn read_tail(path: &Path, most: u64) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(most)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // The first line of a cut log is half a line.
    Ok(match (size > most, text.split_once('\n')) {
        (true, Some((_, whole))) => whole.to_owned(),
        _ => text,
    })
}
