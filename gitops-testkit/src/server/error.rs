//! What can go wrong while servers are started and used.

use std::{path::PathBuf, time::Duration};

/// Why a server did not start or answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A program is in none of the places where it is looked for.
    #[error(
        "no {program} in {}; build the servers with `cargo xtask assets` and set KUBEBUILDER_ASSETS to the folder that it prints",
        list(.looked_in)
    )]
    MissingAssets {
        /// The program's name.
        program: &'static str,
        /// The folders that were looked in.
        looked_in: Vec<PathBuf>,
    },
    /// A file or folder can't be made or read, or a program can't be run.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// Keys or certificates can't be made.
    #[error("can't make a certificate for {whom}")]
    Certificate {
        /// Whose certificate.
        whom: String,
        /// The library's answer.
        source: rcgen::Error,
    },
    /// A server ended by itself.
    #[error("{program} ended by itself ({status}); the end of its log:\n{log}")]
    Exited {
        /// The program's name.
        program: &'static str,
        /// How it ended.
        status: String,
        /// The last lines of its log.
        log: String,
    },
    /// A server did not become ready in time.
    #[error(
        "{program} was not ready within {within:?} (last answer: {last}); the end of its log:\n{log}"
    )]
    NotReady {
        /// The program's name.
        program: &'static str,
        /// The deadline.
        within: Duration,
        /// The last answer or error.
        last: String,
        /// The last lines of its log.
        log: String,
    },
    /// The kubeconfig of a user of ours can't be used.
    #[error("can't use the kubeconfig of {user}")]
    Kubeconfig {
        /// The user.
        user: String,
        /// The library's answer.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A request to the started server failed.
    #[error("can't {what}")]
    Request {
        /// What was tried.
        what: String,
        /// The client's error.
        source: Box<kube::Error>,
    },
    /// The server answered something that we can't read.
    #[error("can't read {what}: {line:?}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// The line in question.
        line: String,
    },
}

impl ServerError {
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    pub(super) fn request(what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let what = what.into();
        move |source| Self::Request { what, source: Box::new(source) }
    }
}

fn list(folders: &[PathBuf]) -> String {
    let names: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
    names.join(", ")
}
