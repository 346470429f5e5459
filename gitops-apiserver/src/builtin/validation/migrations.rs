//! Migrations of stored objects to another version.

use super::spot::{Rule, Spot, below};
use super::{internal, rules};
use crate::names;
use serde_json::Value;

pub(super) const MIGRATION: &[Rule] = &[("spec.resource", |at| {
    let (resource, group) = (at.at("resource"), at.at("group"));
    if resource.empty() {
        resource.required("resource is required to be set");
    } else {
        joined(&resource, names::label_1035(resource.text()));
    }
    if !group.empty() {
        joined(&group, names::subdomain(group.text()));
    }
})];

/// All problems of a name as one.
fn joined(at: &Spot, problems: Vec<String>) {
    if !problems.is_empty() {
        at.invalid(&problems.join(","));
    }
}

/// What is migrated stays as it is.
pub(super) fn migration_fixed(new: &Spot, old: &Value) {
    let ty = "storagemigration.StorageVersionMigrationSpec";
    rules::immutable_in_memory(&new.at("spec"), below(old, "spec"), ty);
}

/// Migrations end once, and in one way.
pub(super) fn status(new: &Spot, old: &Value) {
    let version = new.at("status.resourceVersion");
    if !version.empty() && !is_version(version.text()) {
        version.invalid(&format!("resource version is not well formed: {}", version.text()));
    }
    let conditions = new.at("status.conditions");
    rules::conditions(&conditions);
    let before = below(old, "status.resourceVersion").as_str().unwrap_or_default();
    if !before.is_empty() && before != version.text() {
        version.invalid_as(version.text(), rules::IMMUTABLE);
    }
    let shown = || internal::shown(conditions.value(), "[]v1.Condition");
    let is = |name: &str| holds(conditions.value(), name);
    let was = |name: &str| holds(below(old, "status.conditions"), name);
    if is("Succeeded") && is("Failed") {
        conditions.invalid_as(
            shown(),
            "Both success and failed conditions cannot be true at the same time",
        );
    }
    for (name, word) in [("Succeeded", "Success"), ("Failed", "Failed")] {
        if was(name) && !is(name) {
            let detail = format!("{word} condition cannot be set to false once it is true");
            conditions.invalid_as(shown(), &detail);
        }
    }
}

/// A whole number above 0, as it is written: versions of stored objects.
fn is_version(text: &str) -> bool {
    !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn holds(conditions: &Value, name: &str) -> bool {
    let all = conditions.as_array().into_iter().flatten();
    let mut of_type = all.filter(|condition| below(condition, "type") == name);
    of_type.next().is_some_and(|condition| below(condition, "status") == "True")
}
