//! How much of something a device has, and how much of that can be asked for.

use super::{attributes, lists, names};
use crate::builtin::validation::resources::quantity;
use crate::builtin::validation::spot::Spot;
use crate::names::{Format, Quantity};
use serde_json::Value;

const VALUES_MAX: usize = 10;

/// The capacity of a device.
pub(super) fn capacity(device: &Spot) {
    let at = device.at("capacity");
    let shared = device.at("allowMultipleAllocations").flag();
    for (key, value) in at.entries() {
        names::qualified(&at, key);
        let shown = attributes::shortened(key);
        let place = at.key(&shown);
        let place = place.with(value.value());
        place.at("requestPolicy").given_then(|policy| {
            if !shared {
                return policy.forbidden("allowMultipleAllocations must be true");
            }
            if let Some(all) = quantity(place.at("value").value()) {
                request_policy(policy, &all);
            }
        });
    }
}

/// How a part of the capacity can be asked for.
fn request_policy(at: &Spot, all: &Quantity) {
    let (values, range, default) = (at.at("validValues"), at.at("validRange"), at.at("default"));
    let (name, place) = match (values.empty(), range.given()) {
        (false, true) => return at.forbidden("exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at the same time"),
        (true, false) => return,
        (false, false) => ("validValues", &values),
        (true, true) => ("validRange", &range),
    };
    match quantity(default.value()) {
        None => default.required(&format!("required when {name} is defined")),
        Some(default) if name == "validValues" => one_of_values(place, &default, all),
        Some(default) => in_range(place, &default, all),
    }
}

fn one_of_values(at: &Spot, default: &Quantity, all: &Quantity) {
    let values: Vec<Quantity> = at.items().filter_map(|one| quantity(one.value())).collect();
    for (index, pair) in values.windows(2).enumerate() {
        if let [one, next] = pair
            && one > next
        {
            at.index(index + 1)
                .invalid_as(next.to_string(), "values must be sorted in ascending order");
        }
    }
    let mut known = false;
    if lists::at_most(at, VALUES_MAX) {
        for (index, value) in values.iter().enumerate() {
            if value > all {
                let message = format!("option is larger than capacity value: {all}");
                at.index(index).invalid_as(value.to_string(), &message);
            }
            known |= value == default;
        }
        // The server tells them apart by whole numbers, rounded up.
        let whole = |one: &Value| quantity(one).and_then(|value| value.scaled(0));
        lists::repeated(at, whole, |one| {
            one.duplicate(whole(one.value()).unwrap_or_default().to_string());
        });
    }
    if !known {
        let message = "default value is not valid according to the requestPolicy";
        at.invalid_as(default.to_string(), message);
    }
}

fn in_range(at: &Spot, default: &Quantity, all: &Quantity) {
    let get = |name: &str| quantity(at.at(name).value());
    let (Some(min), max, step) = (get("min"), get("max"), get("step")) else {
        return at.at("min").required("required when validRange is defined");
    };
    let complain = |name: &str, value: &Quantity, message: &str| {
        at.at(name).invalid_as(value.to_string(), message);
    };
    if min > *all {
        complain("min", &min, &format!("min is larger than capacity value: {all}"));
    }
    if *default < min {
        complain("default", default, &format!("default is less than min: {min}"));
    }
    if let Some(max) = &max {
        if min > *max {
            complain("max", &min, &format!("min is larger than max: {max}"));
        }
        if max > all {
            complain("max", max, &format!("max is larger than capacity value: {all}"));
        }
        if default > max {
            complain("default", default, &format!("default is more than max: {max}"));
        }
    }
    let named = [
        ("default", Some(default)),
        ("min", Some(&min)),
        ("max", max.as_ref()),
        ("step", step.as_ref()),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let Some(step) = step.as_ref() else { return };
    if step.sign() <= 0 {
        return complain("step", step, "must be greater than zero");
    }
    if let Some(first) = min.plus(step).filter(|first| first > all) {
        let message = format!("one step {first} is larger than capacity value: {all}");
        complain("step", step, &message);
    }
    let (found, largest) = (at.found(), Quantity::new(i64::MAX, 0, Format::DecimalSi));
    for (name, value) in named {
        if value.sign() < 0 {
            complain(name, value, "must be greater than or equal to 0");
        } else if *value > largest {
            complain(name, value, "must not be larger than 9223372036854775807");
        }
    }
    if at.found() > found {
        return;
    }
    // The server counts in whole numbers, rounded up.
    for value in [Some(default), max.as_ref()].into_iter().flatten() {
        let amounts = (value.scaled(0), min.scaled(0), step.scaled(0));
        let (Some(of), Some(from), Some(by)) = amounts else { continue };
        if of.wrapping_sub(from).checked_rem(by).is_some_and(|rest| rest != 0) {
            let message = format!("value is not a multiple of a given step ({step}) from ({min})");
            complain("step", value, &message);
        }
    }
}
