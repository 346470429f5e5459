//! Files in volumes: where they lie, what may be done with them, and what they show.

use super::environment;
use crate::builtin::validation::rules;
use crate::builtin::validation::spot::{Rule, Spot};

/// A path that leads nowhere up.
pub(in crate::builtin::validation) fn path_without_backsteps(at: &Spot) {
    if at.text().split('/').any(|part| part == "..") {
        at.invalid("must not contain '..'");
    }
}

/// A path below another.
pub(super) fn path_below(at: &Spot) {
    if at.text().starts_with('/') {
        at.invalid("must be a relative path");
    }
    path_without_backsteps(at);
}

/// A path below a volume, where two dots are taken.
pub(super) fn path_in_volume(at: &Spot) {
    path_below(at);
    if at.text().starts_with("..") && !at.text().starts_with("../") {
        at.invalid("must not start with '..'");
    }
}

/// The rights of a file.
pub(super) fn mode(at: &Spot) {
    if at.given() && !(0..=0o777).contains(&at.number()) {
        at.invalid("must be a number between 0 and 0777 (octal), both inclusive");
    }
}

/// A key that becomes a file.
pub(super) fn file(at: &Spot) {
    at.check(FILE);
}

const FILE: &[Rule] = &[
    ("key", rules::required),
    ("path", rules::required),
    ("path", path_in_volume),
    ("mode", mode),
    ("user", rules::id_if_given),
];

pub(super) fn files(at: &Spot, name: &'static str) {
    rules::required(&at.at(name));
    at.check(&[("defaultMode", mode), ("defaultUser", rules::id_if_given), ("items[]", file)]);
}

/// Fields of a pod that a file may show.
const FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

pub(super) fn downward(at: &Spot) {
    at.check(&[("defaultMode", mode), ("defaultUser", rules::id_if_given)]);
    for item in at.at("items").items() {
        downward_file(&at.with(item.value()));
    }
}

/// A file that shows something of the pod. Its problems have the place of the whole list.
pub(super) fn downward_file(at: &Spot) {
    at.check(&[("path", rules::required), ("path", path_in_volume)]);
    let (field, resource) = (at.at("fieldRef"), at.at("resourceFieldRef"));
    if field.given() {
        environment::field(&field, FIELDS);
        if resource.given() {
            at.invalid_as(
                "resource",
                "fieldRef and resourceFieldRef can not be specified simultaneously",
            );
        }
    } else if resource.given() {
        environment::resource(&resource, true);
    } else {
        at.required("one of fieldRef and resourceFieldRef is required");
    }
    at.check(&[("mode", mode), ("user", rules::id_if_given)]);
}
