//! What must be true of the metadata of every object.

use super::format;
use super::rules::{self, IMMUTABLE, same};
use super::spot::{Spot, problems};
use crate::names::masked;
use crate::status::{Bad, FieldError, quote};
use serde_json::Value;

/// What names of a kind look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameRule {
    /// A lowercase RFC 1123 subdomain: most kinds, and all custom ones.
    Subdomain,
    /// A lowercase RFC 1123 label: namespaces, services, StatefulSets.
    Label,
    /// Anything that fits into one segment of a URL's path: roles and their bindings.
    PathSegment,
    /// What may be the key of a ConfigMap.
    ConfigKey,
    /// A subdomain, after the name of a signer and a colon if there is one.
    OfSigner,
    /// The version and group that an APIService is of.
    OfApiService,
    /// An IP address, in its one form.
    Address,
    /// Anything here; the kind declares a rule of its own.
    Declared,
}

impl NameRule {
    /// What is wrong with a name, in the server's words. `start` says that it is a `generateName`,
    /// which may end in a dash.
    pub fn problems(self, name: &str, start: bool) -> Vec<String> {
        let masked = if start { masked(name) } else { name.to_owned() };
        match self {
            NameRule::Subdomain => format::subdomain(&masked),
            NameRule::Label => format::label(&masked),
            NameRule::PathSegment => format::path_segment(name),
            NameRule::ConfigKey => format::config_key(name),
            NameRule::OfApiService => format::path_segment(name),
            NameRule::Address => super::address::canonical(name),
            NameRule::Declared => Vec::new(),
            NameRule::OfSigner => super::certificates::bundle_name_problems(name, &masked),
        }
    }
}

/// What is wrong with the metadata of a new object, such as a custom one. Built-in kinds' is
/// checked with the rest of them, by [`create`](super::create).
///
/// Takes the whole object. Costs the size of the metadata.
pub fn create(object: &Value, namespaced: bool, names: NameRule) -> Vec<FieldError> {
    problems(object, |object| on_create(object, namespaced, names))
}

/// What is wrong with the metadata of a changed object, such as a custom one: first what the server
/// asks of all objects, then what it asks of the kind's, which is mostly the same again.
pub fn update(new: &Value, old: &Value, namespaced: bool) -> Vec<FieldError> {
    let mut errors = update_of_any(new, old, namespaced);
    errors.extend(update_of_kind(new, old));
    errors
}

/// The first half of [`update`].
pub(crate) fn update_of_any(new: &Value, old: &Value, namespaced: bool) -> Vec<FieldError> {
    problems(new, |new| in_common(new, old, namespaced))
}

/// The second half of [`update`].
pub(crate) fn update_of_kind(new: &Value, old: &Value) -> Vec<FieldError> {
    problems(new, |new| on_update(new, old))
}

/// The rules of a new object.
pub(super) fn on_create(object: &Spot, namespaced: bool, names: NameRule) {
    let meta = object.at("metadata");
    let start = meta.at("generateName");
    if !start.text().is_empty() {
        for problem in names.problems(start.text(), true) {
            start.invalid(&problem);
        }
    }
    let name = meta.at("name");
    if name.text().is_empty() {
        name.required("name or generateName is required");
    } else {
        for problem in names.problems(name.text(), false) {
            name.invalid(&problem);
        }
        if names == NameRule::OfApiService {
            of_api_service(object, &name);
        }
    }
    let namespace = meta.at("namespace");
    match (namespaced, namespace.text()) {
        (true, _) => namespace.required_in_format(format::label),
        (false, "") => {}
        (false, _) => namespace.forbidden("not allowed on this type"),
    }
    meta.check(&[
        ("generation", rules::non_negative),
        ("labels", rules::labels),
        ("annotations", annotations),
        ("ownerReferences", owners),
        ("finalizers", finalizers),
        ("managedFields[]", manager),
    ]);
}

/// An APIService is named after what it is of.
fn of_api_service(object: &Spot, name: &Spot) {
    let spec = object.at("spec");
    let wanted = format!("{}.{}", spec.at("version").text(), spec.at("group").text());
    if name.text() != wanted && format::path_segment(name.text()).is_empty() {
        let wanted = quote(&wanted);
        name.invalid(&format!("must be `spec.version+\".\"+spec.group`: {wanted}"));
    }
}

/// The rules of a changed object beside the old one.
pub(super) fn on_update(new: &Spot, old: &Value) {
    let meta = new.at("metadata");
    let old = old.get("metadata").unwrap_or(&Value::Null);
    let before = |name: &str| old.get(name).unwrap_or(&Value::Null);
    if !before("deletionTimestamp").is_null() {
        no_new_finalizers(&meta.at("finalizers"), before("finalizers"));
    }
    let version = meta.at("resourceVersion");
    if version.text().is_empty() {
        version.invalid_as("", "must be specified for an update");
    }
    let generation = meta.at("generation");
    rules::non_negative(&generation);
    if generation.number() < before("generation").as_i64().unwrap_or_default() {
        generation.invalid_as(generation.number(), "must not be decremented");
    }
    for name in ["name", "namespace", "uid"] {
        let spot = meta.at(name);
        if spot.text() != before(name).as_str().unwrap_or_default() {
            spot.invalid_as(spot.text(), IMMUTABLE);
        }
    }
    for name in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        let spot = meta.at(name);
        if !same(spot.value(), before(name)) {
            spot.invalid(IMMUTABLE);
        }
    }
    meta.check(&[
        ("labels", rules::labels),
        ("annotations", annotations),
        ("ownerReferences", owners),
        ("managedFields[]", manager),
    ]);
}

/// What the server asks on update of every object, before it asks the rules of its kind.
pub(super) fn in_common(new: &Spot, old: &Value, namespaced: bool) {
    on_create(new, namespaced, NameRule::PathSegment);
    on_update(new, old);
}

/// Built-in kinds know the names of finalizers without a domain.
pub(super) fn known_finalizers(object: &Spot) {
    object.at("metadata.finalizers").each(known_finalizer);
}

/// A finalizer with a domain, or one of the three that have none.
pub(super) fn known_finalizer(at: &Spot) {
    let known = ["kubernetes", "orphan", "foregroundDeletion"];
    if !at.text().contains('/') && !known.contains(&at.text()) {
        at.invalid("name is neither a standard finalizer name nor is it fully qualified");
    }
}

/// The longest that annotations may be in all, in bytes.
const ANNOTATIONS_MAX: usize = 256 * 1024;

/// Annotations: keys, and the size of all.
pub(super) fn annotations(at: &Spot) {
    for (key, _) in at.entries() {
        for problem in format::annotation_key(key) {
            at.invalid_as(key, &problem);
        }
    }
    annotations_size(at);
}

/// The size of all annotations.
pub(super) fn annotations_size(at: &Spot) {
    let size: usize = at.entries().map(|(key, value)| key.len() + value.text().len()).sum();
    if size > ANNOTATIONS_MAX {
        at.too_long(ANNOTATIONS_MAX);
    }
}

/// Owner references as Go writes them, in the order of its fields.
fn shown(at: &Spot) -> Bad {
    const FIELDS: [&str; 6] =
        ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let owners = at.items().map(|owner| {
        let fields = FIELDS.iter().filter_map(|name| {
            let value = owner.at(name).value().clone();
            (!value.is_null()).then(|| format!("\"{name}\":{value}"))
        });
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    });
    Bad::Text(format!("[{}]", owners.collect::<Vec<_>>().join(",")))
}

fn owners(at: &Spot) {
    let mut controller: Option<String> = None;
    for owner in at.items() {
        let version = owner.at("apiVersion");
        let parts: Vec<&str> = version.text().split('/').collect();
        match *parts.as_slice() {
            [""] => version.required("must not be empty"),
            // `/` is taken for an empty group and version.
            [_, ""] | [_, _, _, ..] => {
                version.invalid("must be <group>/<version> or <version>");
            }
            _ => {}
        }
        for name in ["kind", "name", "uid"] {
            if owner.at(name).text().is_empty() {
                owner.at(name).required("must not be empty");
            }
        }
        let kind = owner.at("kind").text();
        if version.text() == "v1" && kind == "Event" {
            owner.invalid("/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.at("controller").flag() {
            let this = format!("{kind}/{}", owner.at("name").text());
            match &controller {
                Some(first) => at.invalid_as(shown(at), &format!("Only one reference can have Controller set to true. Found \"true\" in references for {first} and {this}")),
                None => controller = Some(this),
            }
        }
    }
}

fn finalizers(at: &Spot) {
    for finalizer in at.items() {
        for problem in format::label_key(finalizer.text()) {
            at.invalid_as(finalizer.text(), &problem);
        }
    }
    let has = |name: &str| at.items().any(|finalizer| finalizer.text() == name);
    if has("orphan") && has("foregroundDeletion") {
        at.invalid("finalizer orphan and foregroundDeletion cannot be both set");
    }
}

fn no_new_finalizers(at: &Spot, old: &Value) {
    let old: Vec<&str> = old.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut extra: Vec<String> = Vec::new();
    for finalizer in at.items().filter(|finalizer| !old.contains(&finalizer.text())) {
        extra.push(quote(finalizer.text()));
    }
    if extra.is_empty() {
        return;
    }
    extra.sort();
    extra.dedup();
    let extra = extra.join(", ");
    at.forbidden(&format!("no new finalizers can be added if the object is being deleted, found new finalizers []string{{{extra}}}"));
}

fn manager(at: &Spot) {
    let operation = at.at("operation");
    match operation.text() {
        "" => operation.required("must not be empty"),
        _ => operation.one_of(&["Apply", "Update"]),
    }
    let form = at.at("fieldsType");
    if !matches!(form.text(), "" | "FieldsV1") {
        form.invalid("must be `FieldsV1`");
    }
    let name = at.at("manager");
    if name.len() > 128 {
        name.too_long(128);
    }
    for (position, c) in name.text().char_indices().filter(|(_, c)| c.is_control()) {
        let code = c as u32;
        name.invalid(&format!("invalid character U+{code:04X} (at position {position})"));
    }
    if at.at("subresource").len() > 256 {
        at.at("subresource").too_long(256);
    }
}
