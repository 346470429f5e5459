//! What happens to an object before it is checked and stored.

use super::rules::{Generation, Rules, of_kind};
use super::{carried_of, convert, devices, kinds, pods, same::same};
use crate::builtin::defaults::field;
use serde_json::Value;
use std::collections::BTreeMap;

/// Who writes, and when.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// What the write goes to; empty for the object itself.
    pub subresource: &'a str,
    /// The time of the request, in RFC 3339 with whole seconds and `Z`.
    pub now: &'a str,
    /// Name of the user. Certificate signing requests note it, with the other three.
    pub user: &'a str,
    /// The user's UID; may be empty.
    pub uid: &'a str,
    /// The user's groups.
    pub groups: &'a [String],
    /// What else is known of the user.
    pub extra: &'a BTreeMap<String, Vec<String>>,
    /// Whether the client gave the object labels. A Job without has its template's: those, too,
    /// that the server adds to the template.
    pub labels_given: bool,
}

/// Prepares an object that is to be created.
///
/// It has been decoded and given its defaults, and has its name, namespace, UID and creation time.
/// Afterwards it is what is stored, once it has been found valid; addresses and ports of Services
/// are allocated apart, before this ([`services`](super::services)).
pub fn prepare_create(api_version: &str, kind: &str, object: &mut Value, writer: &Writer<'_>) {
    if let Some(whole) = carried_of(api_version, kind) {
        let mut at_whole = convert(object, whole);
        prepare_create(whole, kind, &mut at_whole, writer);
        *object = convert(&at_whole, api_version);
        return;
    }
    let Some(rules) = of_kind(api_version, kind) else { return };
    if let Some(initial) = rules.status.and_then(|status| status.initial) {
        // The table's JSON is checked by a test.
        let status = serde_json::from_str::<Value>(initial).unwrap_or_default();
        field::put(object, "status", status);
    }
    match rules.generation {
        Generation::One | Generation::Counted(_) => field::put(object, "metadata.generation", 1),
        Generation::None | Generation::CountedFromGiven(_) => {}
    }
    kinds::created(kind, object, writer);
    devices::drop_disabled(kind, object);
}

/// Prepares an object that is to replace another: `old` as it is stored, in the same version.
///
/// `subresource` is what the write goes to; empty for the object itself. Defaults of what the new
/// one takes from the old are not set before it comes back from its store.
pub fn prepare_update(
    api_version: &str,
    kind: &str,
    subresource: &str,
    new: &mut Value,
    old: &Value,
    writer: &Writer<'_>,
) {
    if let Some(whole) = carried_of(api_version, kind) {
        let mut at_whole = convert(new, whole);
        prepare_update(whole, kind, subresource, &mut at_whole, &convert(old, whole), writer);
        *new = convert(&at_whole, api_version);
        return;
    }
    field::copy(new, "metadata.generation", old);
    if let Some(rules) = of_kind(api_version, kind) {
        match subresource {
            "" => object_updated(rules, new, old),
            "status" => {
                for path in rules.status.map_or(&[][..], |status| status.keeps) {
                    field::copy(new, path, old);
                }
            }
            _ => {}
        }
        match kind {
            "Pod" => pods::updated(subresource, new, old),
            _ => kinds::updated(kind, subresource, new, old, writer),
        }
        if matches!(subresource, "" | "scale" | "ephemeralcontainers" | "resize") {
            count(rules, new, old);
        }
        // Counted before it is gone.
        devices::drop_disabled(kind, new);
    }
    keep_system_fields(new, old);
}

fn object_updated(rules: &Rules, new: &mut Value, old: &Value) {
    if rules.status.is_some() {
        field::copy(new, "status", old);
    }
}

/// Counts up the generation if what it is about has changed.
fn count(rules: &Rules, new: &mut Value, old: &Value) {
    let (Generation::Counted(paths) | Generation::CountedFromGiven(paths)) = rules.generation
    else {
        return;
    };
    let changed = |path: &&str| match rules.to_the_letter {
        true => given(new, path) != given(old, path),
        false => changed(path, new, old),
    };
    if paths.iter().any(changed) {
        let generation = field::number(old, "metadata.generation").saturating_add(1);
        field::put(new, "metadata.generation", generation);
    }
}

fn given<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    field::get(object, path).filter(|value| !value.is_null())
}

fn changed(path: &str, new: &Value, old: &Value) -> bool {
    if !path.is_empty() {
        return !same(field::get(new, path), field::get(old, path));
    }
    let names = |object: &Value| {
        let fields = object.as_object().into_iter().flatten();
        fields.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let mut all = names(new);
    all.extend(names(old));
    all.iter()
        .filter(|name| !matches!(name.as_str(), "metadata" | "apiVersion" | "kind"))
        .any(|name| !same(new.get(name), old.get(name)))
}

/// What no update changes, of any kind: creation time, and deletion time and grace period once they
/// are set. The UID is kept where none is given.
pub fn keep_system_fields(new: &mut Value, old: &Value) {
    if field::is_empty(new, "metadata.uid") {
        field::copy(new, "metadata.uid", old);
    }
    for path in ["metadata.creationTimestamp", "metadata.deletionTimestamp"] {
        if field::get(old, path).is_some() {
            field::copy(new, path, old);
        }
    }
    let grace = "metadata.deletionGracePeriodSeconds";
    if field::get(old, grace).is_some() && field::get(new, grace).is_none() {
        field::copy(new, grace, old);
    }
}
