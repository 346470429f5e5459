//! Namespaces.

use super::format;
use super::metadata::known_finalizer;
use super::spot::{Rule, Spot};

pub(super) const NAMESPACE: &[Rule] = &[("spec.finalizers", |at| {
    // Problems of each have the place of the list.
    for finalizer in at.items() {
        one(&at.with(finalizer.value()));
    }
})];

fn one(at: &Spot) {
    at.in_format(format::label_key);
    known_finalizer(at);
}
