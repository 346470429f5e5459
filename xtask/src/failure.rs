//! What a chore says when it can't go on.

use std::{fmt, io};

/// One sentence: what failed, why, and what to do where that isn't plain.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    /// For `map_err`: what was tried, then the operating system's answer.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |error| Self(format!("can't {what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
