//! The leave to delete.

use serde::Serialize;

/// The leave to delete one object, which only the guards of this engine can issue.
///
/// Prune and replace can't be planned without one, so no code path deletes without a judgement.
/// It can be printed, not read back: a stored plan is compared by digest with a fresh one, never
/// executed as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Permit {
    grounds: &'static str,
}

impl Permit {
    pub(super) fn issue(grounds: &'static str) -> Self {
        Permit { grounds }
    }

    /// Why deleting is allowed.
    pub fn grounds(&self) -> &'static str {
        self.grounds
    }
}
