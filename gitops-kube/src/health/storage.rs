//! PersistentVolumeClaims (kstatus, `core.go`).

use super::{Reading, progressing};
use gitops_core::model::Health;

pub(super) fn claim(object: &Reading<'_>) -> Health {
    match object.text("/status/phase") {
        Some("Bound") => Health::healthy(),
        Some(phase) => progressing(format!("not bound: phase {phase}")),
        None => progressing("not bound"),
    }
}
