//! CustomResourceDefinitions (kstatus, `core.go`).

use super::{Reading, degraded, progressing};
use gitops_core::model::Health;

pub(super) fn definition(object: &Reading<'_>) -> Health {
    for condition in object.conditions() {
        match condition.kind {
            "NamesAccepted" if condition.is_false() => return degraded(condition.why()),
            "Established" if condition.is_true() => return Health::healthy(),
            "Established" if condition.is_false() && condition.reason != "Installing" => {
                return degraded(condition.why());
            }
            _ => {}
        }
    }
    progressing("being installed")
}
