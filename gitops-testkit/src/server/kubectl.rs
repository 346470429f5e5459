//! kubectl, as an oracle and as the other party of a test.

use super::{ControlPlane, ServerError};
use std::{ffi::OsStr, path::Path, process::Stdio};
use tokio::io::AsyncWriteExt;

/// What kubectl said.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its exit code; -1 if a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Standard output of a command that must succeed.
    ///
    /// # Panics
    /// If it did not: for tests.
    #[track_caller]
    #[allow(clippy::panic, reason = "an assertion")]
    pub fn ok(self) -> String {
        if self.code != 0 {
            panic!("kubectl ended with {}:\n{}{}", self.code, self.stdout, self.stderr);
        }
        self.stdout
    }
}

impl ControlPlane {
    /// Runs kubectl as the administrator, with its cache inside the control plane's folder.
    pub async fn kubectl<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Output, ServerError> {
        self.kubectl_as(self.kubeconfig(), args, "").await
    }

    /// The same with text on standard input, for `-f -`.
    pub async fn kubectl_with<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: &str,
    ) -> Result<Output, ServerError> {
        self.kubectl_as(self.kubeconfig(), args, input).await
    }

    /// The same with another kubeconfig, see [`kubeconfig_for`](Self::kubeconfig_for).
    pub async fn kubectl_as<S: AsRef<OsStr>>(
        &self,
        kubeconfig: &Path,
        args: impl IntoIterator<Item = S>,
        input: &str,
    ) -> Result<Output, ServerError> {
        let failed = || ServerError::io("run kubectl");
        let mut child = tokio::process::Command::new(self.kubectl_path()?)
            .env("KUBECONFIG", kubeconfig)
            .env("KUBECACHEDIR", self.dir().join("kubectl-cache"))
            .env("HOME", self.dir())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed())?;
        let stdin = child.stdin.take();
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A command that doesn't read its input closes it: that is no failure.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
        };
        let (output, ()) = tokio::join!(child.wait_with_output(), feed);
        let output = output.map_err(failed())?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        })
    }
}
