//! Classes of devices.

use super::{lists, names, opaque, selectors};
use crate::builtin::validation::format;
use crate::builtin::validation::spot::Rule;

/// The most selectors, and the most configurations.
const MAX: usize = 32;

pub(super) const CLASS: &[Rule] = &[
    ("spec.selectors", selectors::selectors),
    ("spec.config", |at| lists::each_of_some(at, MAX, |one| opaque::configuration(one, false))),
];

/// What the server declares, and says after all else.
pub(super) const CLASS_DECLARED: &[Rule] = &[
    ("metadata.name", |at| at.in_format_if_any(format::long_name)),
    ("spec.selectors", |at| {
        lists::at_most(at, MAX);
    }),
    ("spec.config", |at| {
        if lists::at_most(at, MAX) {
            at.each(opaque::configuration_declared);
        }
    }),
    ("spec.extendedResourceName", |at| at.given_then(names::extended_resource_declared)),
];
