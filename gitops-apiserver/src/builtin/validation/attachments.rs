//! Volumes at nodes: who attaches them, and to what.

use super::rules::{below_text, same};
use super::spot::{Rule, Spot, below, put};
use super::{format, internal, rules, storage};
use serde_json::Value;

pub(super) const NODE: &[Rule] = &[("spec.drivers", drivers)];

fn drivers(at: &Spot) {
    let list = at.value().as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, driver) in list.iter().enumerate() {
        let item = at.index(index);
        let (name, id) = (item.at("name"), item.at("nodeID"));
        storage::csi_driver_name(&name);
        rules::required(&id);
        if id.len() > 256 {
            id.invalid("must be 256 characters or less");
        }
        rules::non_negative(&item.at("allocatable.count"));
        let same_name = |other: &&Value| below_text(other, "name") == below_text(driver, "name");
        if list.iter().take(index).any(|other| same_name(&other)) {
            name.duplicate(name.text());
        }
        let mut keys: Vec<String> = Vec::new();
        for key in item.at("topologyKeys").items() {
            let place = item.with(key.value());
            if key.empty() {
                place.required("");
            }
            if keys.iter().any(|one| one == key.text()) {
                place.duplicate(key.text());
            } else {
                keys.push(key.text().to_owned());
            }
            place.in_format(format::label_key);
        }
    }
}

/// Drivers stay as they are, but for how many volumes they attach.
pub(super) fn drivers_fixed(new: &Spot, old: &Value) {
    let place = new.at("spec");
    let place = place.at("drivers");
    let plain = |driver: &Value| {
        let mut driver = driver.clone();
        put(&mut driver, "allocatable", Value::Null);
        driver
    };
    for before in below(old, "spec.drivers").as_array().into_iter().flatten() {
        for driver in place.items() {
            if driver.at("name").text() != below_text(before, "name") {
                continue;
            }
            let (is, was) = (plain(driver.value()), plain(before));
            if !same(&is, &was) {
                let shown = internal::shown(&is, "storage.CSINodeDriver");
                place.invalid_as(shown, rules::IMMUTABLE);
            }
        }
    }
}

pub(super) const ATTACHMENT: &[Rule] = &[("", |at| {
    attached(&at.at("spec.source"));
    at.at("spec.nodeName").in_format(format::subdomain);
    let status = at.at("status");
    let metadata = status.at("attachmentMetadata");
    let size: usize = metadata.entries().map(|(key, value)| key.len() + value.len()).sum();
    if size > 256 * 1024 {
        metadata.too_long(256 * 1024);
    }
    for name in ["attachError", "detachError"] {
        let error = status.at(name);
        if error.at("message").len() > 1024 {
            error.at("message").too_long(1024);
        }
        error.at("errorCode").given_then(|code| {
            if code.number() < 0 {
                code.between(0, i32::MAX.into());
            }
        });
    }
    let name = at.at("spec.source.persistentVolumeName");
    name.given_then(|name| name.in_format(format::subdomain));
})];

fn attached(source: &Spot) {
    let (name, inline) = (source.at("persistentVolumeName"), source.at("inlineVolumeSpec"));
    let one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    match (name.given(), inline.given()) {
        (false, false) => source.required(one),
        (true, true) => source.forbidden(one),
        (true, false) if name.empty() => {
            name.required("must specify non empty persistentVolumeName");
        }
        _ => {}
    }
}

/// Who attaches. Declared, and so told after all else.
pub(super) const ATTACHMENT_DECLARED: &[Rule] = &[("spec.attacher", |at| {
    if at.empty() {
        return at.required("");
    }
    at.in_format(format::long_name_of_any_case);
    if at.len() > 63 {
        at.too_many_characters(63);
    }
})];

/// Of a changed one, what is declared ends with what may not change, and leaves the word to this.
pub(super) fn attacher_again(at: &Spot) {
    storage::csi_driver_name(&at.at("spec.attacher"));
}

/// What is attached where stays. Declared, and so told without the value.
pub(super) fn attachment_fixed(new: &Spot, old: &Value) {
    if !same(new.at("spec").value(), below(old, "spec")) {
        new.at("spec").invalid_as(Value::Null, rules::IMMUTABLE);
    }
}
