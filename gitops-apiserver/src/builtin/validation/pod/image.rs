//! Images.

use crate::builtin::validation::spot::Spot;

/// When an image is pulled.
pub(super) fn pull_policy(at: &Spot) {
    at.required_one_of(&["Always", "IfNotPresent", "Never"]);
}

/// An image without blanks around it. Templates may have some.
pub(super) fn trimmed(at: &Spot) {
    if at.text().trim().len() != at.len() {
        at.invalid("must not have leading or trailing whitespace");
    }
}
