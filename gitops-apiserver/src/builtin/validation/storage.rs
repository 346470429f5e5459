//! Persistent volumes, claims on them, and what provides them.

use super::format;
use super::resources;
use super::rules;
use super::spot::{Rule, Spot};

const ACCESS_MODES: &[&str] =
    &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
pub(super) const VOLUME_MODES: &[&str] = &["Block", "Filesystem"];

/// The name of a CSI driver.
pub(super) fn csi_driver_name(at: &Spot) {
    if at.empty() {
        return at.required("");
    }
    if at.len() > 63 {
        at.too_long(63);
    }
    at.in_format(format::subdomain_of_any_case);
}

pub(super) const CLAIM: &[Rule] = &[("spec", |at| claim_spec(at, false))];

/// What a claim wants. `any_group` lets old claims keep groups that have no valid name.
pub(super) fn claim_spec(at: &Spot, any_group: bool) {
    let modes = at.at("accessModes");
    if modes.empty() {
        modes.required("at least 1 access mode is required");
    }
    rules::label_selector(&at.at("selector"));
    access_modes(&modes);
    let storage = at.at("resources");
    let size = at.at("resources.requests.storage");
    let place = storage.key("storage");
    let place = place.with(size.value());
    if !place.given() {
        place.required("");
    } else {
        let found = place.found();
        resources::positive(&place);
        if place.found() == found {
            resources::amount(&place, "storage");
        }
    }
    at.at("storageClassName").in_format_if_any(format::subdomain);
    at.at("volumeMode").one_of_if_given(VOLUME_MODES);
    let (source, reference) = (at.at("dataSource"), at.at("dataSourceRef"));
    source.given_then(|at| data_source(at, any_group));
    reference.given_then(|at| {
        data_source(at, any_group);
        at.at("namespace").in_format_if_any(format::label);
    });
    // The server shows the path where the value should be, as an empty object.
    let shown = || serde_json::json!({});
    if !reference.at("namespace").empty() {
        if source.given() {
            at.invalid_as(
                shown(),
                "may not be specified when dataSourceRef.namespace is specified",
            );
        }
    } else if source.given() && reference.given() {
        let same = |name| source.at(name).value() == reference.at(name).value();
        if !(same("apiGroup") && same("kind") && same("name")) {
            at.invalid_as(shown(), "must match dataSourceRef");
        }
    }
    at.at("volumeAttributesClassName").in_format_if_any(format::subdomain);
}

/// How volumes may be mounted; a mode for one pod excludes others.
pub(super) fn access_modes(at: &Spot) {
    let (mut one_pod, mut others) = (false, false);
    for mode in at.items() {
        if !ACCESS_MODES.contains(&mode.text()) {
            at.unsupported(mode.text(), ACCESS_MODES);
        }
        one_pod |= mode.text() == "ReadWriteOncePod";
        others |= mode.text() != "ReadWriteOncePod" && ACCESS_MODES.contains(&mode.text());
    }
    if one_pod && others {
        at.forbidden("may not use ReadWriteOncePod with other access modes");
    }
}

fn data_source(at: &Spot, any_group: bool) {
    at.check(&[("name", rules::required), ("kind", rules::required)]);
    let (kind, group) = (at.at("kind").text(), at.at("apiGroup"));
    if group.empty() && kind != "PersistentVolumeClaim" {
        at.invalid_as(
            kind,
            "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
        );
    }
    if !any_group {
        group.in_format_if_any(format::subdomain);
    }
}
