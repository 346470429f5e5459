//! Expressions that select devices.

use super::lists;
use crate::builtin::validation::spot::Spot;
use crate::custom::cel::check_device;

/// The most selectors.
pub(super) const MAX: usize = 32;
/// The longest expression, in bytes.
const EXPRESSION_MAX: usize = 10 * 1024;

/// What selects devices: each must be true of them.
pub(super) fn selectors(at: &Spot) {
    lists::each_of_some(at, MAX, |one| {
        one.at("cel").given_or_required(|cel| expression(&cel.at("expression")));
    });
}

fn expression(at: &Spot) {
    if at.len() > EXPRESSION_MAX {
        return at.too_long(EXPRESSION_MAX);
    }
    if let Some(problem) = check_device(at.text()) {
        at.invalid_as(at.text(), &problem);
    }
}
