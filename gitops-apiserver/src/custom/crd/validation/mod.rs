//! Validation of definitions, in the order and the words of apiextensions' `validation.go`.

mod conversion;
mod defaults;
mod field_path;
mod internal;
mod names;
mod schema;
mod spec;
mod structural;
mod version;

pub(crate) use conversion::{holds_pem, is_certificate_bundle};
pub(crate) use field_path::resolve as resolve_field_path;

use super::conditions::{APPROVED, Approval, find};
use crate::{
    builtin::validation::metadata::{NameRule, update},
    custom::{definition::text_of, metadata, path, schema::JsonSchema},
    status::FieldError,
};
use serde_json::Value;

/// Validates a definition that is to be created. O(size of its schemas).
pub fn validate_create(definition: &Value) -> Vec<FieldError> {
    let spec = definition.get("spec").unwrap_or(&Value::Null);
    let text = |at: &str| spec.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let required = format!("{}.{}", text("/names/plural"), text("/group"));
    let names = |name: &str, prefix: bool| {
        let mut problems = NameRule::Subdomain.problems(name, prefix);
        if name != required {
            problems.push("must be spec.names.plural+\".\"+spec.group".to_owned());
        }
        problems
    };
    let found = definition.get("metadata").unwrap_or(&Value::Null);
    let mut errors = metadata::validate_new(found, false, &names, "metadata");
    // Nothing of it is established, so that any bundle goes.
    errors.extend(spec::validate(spec, true));
    errors.extend(status(definition));
    errors.extend(approval(definition, None));
    errors.extend(preserve_unknown(spec));
    errors
}

/// Validates the update of `old` to `definition`. O(size of its schemas).
pub fn validate_update(definition: &Value, old: &Value) -> Vec<FieldError> {
    let (spec, old_spec) = (definition.get("spec"), old.get("spec"));
    let (spec, old_spec) = (spec.unwrap_or(&Value::Null), old_spec.unwrap_or(&Value::Null));
    let mut errors = update(definition, old, false);
    let established = find(old, "Established").and_then(|found| found.get("status"));
    let established = established.and_then(Value::as_str) == Some("True");
    errors.extend(spec::validate(spec, conversion::allows_bad_bundle(old, established)));
    let mut immutable = |at: &str, field: &str| {
        let (new, old) = (spec.pointer(at), old_spec.pointer(at));
        if new != old {
            let new = new.and_then(Value::as_str).unwrap_or_default();
            errors.push(FieldError::invalid(field, new, "field is immutable"));
        }
    };
    if established {
        immutable("/scope", "spec.scope");
        immutable("/names/kind", "spec.names.kind");
    }
    immutable("/group", "spec.group");
    immutable("/names/plural", "spec.names.plural");
    errors.extend(status(definition));
    errors.extend(approval(definition, Some(old)));
    if old_spec.get("preserveUnknownFields") != Some(&Value::Bool(true)) {
        errors.extend(preserve_unknown(spec));
    }
    errors
}

/// Validates the update of `old` to `definition` at the subresource `status`.
pub fn validate_status_update(definition: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = update(definition, old, false);
    errors.extend(accepted_names(definition));
    errors
}

/// The schemas of a definition; of equal ones the first, once.
pub(super) fn distinct_schemas(definition: &Value) -> Vec<JsonSchema> {
    let spec = definition.get("spec").unwrap_or(&Value::Null);
    let view = spec::View::of(spec);
    let shared = view.shared("schema").into_iter();
    let own = (0..view.versions.len()).filter_map(|index| view.own(index, "schema"));
    let schemas = shared.chain(own).filter_map(|schema| schema.get("openAPIV3Schema"));
    schemas.map(JsonSchema::read).collect()
}

fn accepted_names(definition: &Value) -> Vec<FieldError> {
    let empty = Value::Null;
    let accepted = definition.pointer("/status/acceptedNames").unwrap_or(&empty);
    names::validate(accepted, "status.acceptedNames")
}

fn status(definition: &Value) -> Vec<FieldError> {
    let mut errors = accepted_names(definition);
    let at = "status.storedVersions";
    let stored = definition.pointer("/status/storedVersions").and_then(Value::as_array);
    let stored = match stored {
        Some(stored) if !stored.is_empty() => stored,
        _ => {
            let nothing = crate::status::Bad::Json(Value::Null);
            let detail = "must have at least one stored version";
            errors.push(FieldError::invalid(at, nothing, detail));
            return errors;
        }
    };
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    let versions = versions.map_or(&[][..], Vec::as_slice);
    let mut unseen = stored.clone();
    for version in versions {
        let name = text_of(version, "name");
        let found = unseen.iter().any(|one| *one == name);
        // A name that is there twice is found once.
        unseen.retain(|one| *one != name);
        if version.get("storage") == Some(&Value::Bool(true)) && !found {
            let detail = format!("must have the storage version {name}");
            errors.push(FieldError::invalid(at, stored.clone(), &detail));
        }
    }
    for (index, name) in stored.iter().enumerate() {
        let name = name.as_str().unwrap_or_default();
        let last = stored.iter().rposition(|one| *one == name) == Some(index);
        if last && versions.iter().all(|version| text_of(version, "name") != name) {
            let detail = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
            );
            errors.push(FieldError::invalid(&path::index(at, index), name, &detail));
        }
    }
    errors
}

fn approval(definition: &Value, old: Option<&Value>) -> Option<FieldError> {
    let (approval, reason) = Approval::of(definition)?;
    if let Some(old) = old {
        let group = definition.pointer("/spec/group").cloned().unwrap_or_default();
        let old = serde_json::json!({"metadata": old.get("metadata"), "spec": {"group": group}});
        if Approval::of(&old).is_some_and(|(old, _)| old == approval) {
            return None;
        }
    }
    let field = path::key("metadata.annotations", APPROVED);
    match approval {
        Approval::Approved | Approval::Bypassed => None,
        Approval::Missing => Some(FieldError::required(&field, &reason)),
        Approval::Invalid => {
            let annotations = definition.pointer("/metadata/annotations");
            let text = annotations.map(|all| text_of(all, APPROVED)).unwrap_or_default();
            Some(FieldError::invalid(&field, text, &reason))
        }
    }
}

fn preserve_unknown(spec: &Value) -> Option<FieldError> {
    let detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    (spec.get("preserveUnknownFields") == Some(&Value::Bool(true)))
        .then(|| FieldError::invalid("spec.preserveUnknownFields", true, detail))
}
