//! What can go wrong with a fake repository.

/// A git command failed, or the machine did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepoError {
    /// A file, process or socket.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// git said no.
    #[error("git {command}: {stderr}")]
    Git {
        /// The arguments.
        command: String,
        /// What git said.
        stderr: String,
    },
    /// No certificate could be made.
    #[cfg(feature = "https")]
    #[error("no certificate: {0}")]
    Certificate(String),
}

impl RepoError {
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| RepoError::Io { what, source }
    }
}
