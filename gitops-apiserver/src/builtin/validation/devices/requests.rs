//! Requests for devices.

use super::{lists, selectors, taints};
use crate::builtin::validation::spot::Spot;
use crate::builtin::validation::{format, rules};

/// The most requests of a claim.
pub(super) const MAX: usize = 32;
const ALTERNATIVES_MAX: usize = 8;

/// A request: for one thing, or for the first of several.
pub(super) fn request(at: &Spot) {
    const ONE: &str = "exactly one of `exactly` or `firstAvailable` is required";
    at.at("name").with(&at.at("name").text().into()).in_format(format::label);
    let (exactly, first) = (at.at("exactly"), at.at("firstAvailable"));
    match (exactly.given(), !first.empty()) {
        (false, false) => at.required(ONE),
        (true, true) => {
            at.invalid_as(serde_json::Value::Null, &format!("{ONE}, but multiple fields are set"))
        }
        (true, false) => {
            exactly.at("deviceClassName").required_in_format(format::subdomain);
            amount(&exactly);
        }
        (false, true) => lists::each_of_some(&first, ALTERNATIVES_MAX, |one| {
            let name = one.at("name");
            name.with(&name.text().into()).in_format(format::label);
            amount(one);
        }),
    }
}

/// Which devices, and how many.
fn amount(at: &Spot) {
    selectors::selectors(&at.at("selectors"));
    let (mode, count) = (at.at("allocationMode"), at.at("count"));
    match mode.text() {
        "All" if count.number() != 0 => {
            count.invalid("must not be specified when allocationMode is 'All'");
        }
        "ExactCount" => rules::positive(&count),
        "" => mode.one_of(MODES),
        _ => {}
    }
    at.at("tolerations").each(taints::toleration);
}

const MODES: &[&str] = &["All", "ExactCount"];

/// What is declared of requests.
pub(super) fn requests_declared(at: &Spot) {
    if !lists::at_most(at, MAX) {
        return;
    }
    let name = |value: &serde_json::Value| rules::below_text(value, "name").to_owned();
    lists::distinct(at, "v1.DeviceRequest", name);
    at.each(|request| {
        request.at("exactly").given_then(amount_declared);
        let first = request.at("firstAvailable");
        if lists::at_most(&first, ALTERNATIVES_MAX) {
            lists::distinct(&first, "v1.DeviceSubRequest", name);
            first.each(|one| {
                one.at("deviceClassName").required_in_format(format::long_name);
                amount_declared(one);
            });
        }
    });
}

fn amount_declared(at: &Spot) {
    lists::at_most(&at.at("selectors"), selectors::MAX);
    let mode = at.at("allocationMode");
    if !mode.empty() {
        mode.one_of(MODES);
    }
    at.at("tolerations").each(taints::toleration_declared);
}
