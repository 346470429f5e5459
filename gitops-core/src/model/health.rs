//! Whether a live object does what it is there for.

use serde::Serialize;
use std::{fmt, sync::Arc};

/// The health of an object, with the words of kstatus and Argo CD's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The verdict.
    pub status: HealthStatus,
    /// Why, in a short sentence; empty when there is nothing to say.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub message: Arc<str>,
}

/// The verdicts, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub enum HealthStatus {
    /// It is reconciled and works (kstatus: Current).
    Healthy,
    /// It waits on purpose, such as a paused rollout.
    Suspended,
    /// It is on its way (kstatus: InProgress).
    Progressing,
    /// It is being deleted (kstatus: Terminating).
    Terminating,
    /// It is not there (kstatus: NotFound).
    Missing,
    /// It failed (kstatus: Failed).
    Degraded,
    /// Nobody can tell.
    Unknown,
}

impl Health {
    /// A verdict with a message.
    pub fn new(status: HealthStatus, message: impl Into<Arc<str>>) -> Self {
        Health { status, message: message.into() }
    }

    /// Healthy, without more words.
    pub fn healthy() -> Self {
        Self::new(HealthStatus::Healthy, "")
    }

    /// The worse of two; the first of equals.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.status > self.status { other } else { self }
    }
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The variants' names are the field's words.
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.message.is_empty() {
            write!(f, ": {}", super::printable(&self.message))?;
        }
        Ok(())
    }
}
