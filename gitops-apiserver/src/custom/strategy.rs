//! What writing a custom resource does to it, and what it must be like.

use super::{
    cel,
    definition::{Version, integer, text},
    metadata, path,
    validate::{Correlated, Sort, embedded, uniqueness, validate},
};
use crate::{
    builtin::validation::metadata::{NameRule, update_of_any, update_of_kind},
    names,
    status::{Bad, ErrorType, FieldError, quote},
};
use serde_json::Value;

/// Why creating an object is forbidden (403) while its definition is being deleted.
pub const CREATE_WHILE_TERMINATING: &str =
    "create not allowed while custom resource definition is terminating";

/// The refusal of an update that names no `resourceVersion`: custom resources, and definitions,
/// can't be updated unconditionally.
pub fn unconditional_update() -> FieldError {
    FieldError::invalid("metadata.resourceVersion", 0, "must be specified for an update")
}

/// What validation came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Validity {
    /// Why the object is refused.
    pub errors: Vec<FieldError>,
    /// What the client is warned of.
    pub warnings: Vec<String>,
}

impl Version {
    /// Prepares an object for being created: its status is dropped if the version has the
    /// subresource, its generation is 1.
    pub fn prepare_create(&self, object: &mut Value) {
        if self.status {
            remove(object, "status");
        }
        set_generation(object, 1);
    }

    /// Prepares the update of `old` to `object` at the resource itself: the status stays as it is
    /// if the version has the subresource; the generation grows if anything but metadata changed.
    pub fn prepare_update(&self, object: &mut Value, old: &Value) {
        if self.status {
            match (old.get("status"), object.as_object_mut()) {
                (Some(status), Some(map)) => {
                    map.insert("status".to_owned(), status.clone());
                }
                _ => remove(object, "status"),
            }
        }
        let changed = !same_but_metadata(object, old);
        let generation = old.pointer("/metadata/generation").and_then(Value::as_i64);
        set_generation(object, generation.unwrap_or_default() + i64::from(changed));
    }

    /// Prepares the update of `old` to `object` at the subresource `status`: of `object` only the
    /// status and the record of owners are taken.
    pub fn prepare_status_update(&self, object: &mut Value, old: &Value) {
        let status = object.get("status").cloned();
        let owners = object.pointer("/metadata/managedFields").cloned();
        *object = old.clone();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
            owners.map(|owners| metadata.insert("managedFields".to_owned(), owners));
        }
        remove(object, "status");
        if let (Some(status), Some(map)) = (status, object.as_object_mut()) {
            map.insert("status".to_owned(), status);
        }
    }

    /// Validates an object that is to be created, in the server's order: type, metadata, schema,
    /// scale, embedded resources, lists, rules. O(size).
    pub fn validate_create(&self, object: &Value) -> Validity {
        let mut errors = self.type_meta(object);
        if errors.is_empty() {
            errors.extend(self.new_metadata(object));
            errors.extend(validate(object, &self.schema, Sort::Object, "", None));
            errors.extend(self.scale_spec(object));
            errors.extend(self.scale_status(object));
        }
        errors.extend(embedded("", object, &self.schema, false));
        errors.extend(uniqueness("", &self.schema, object));
        let warnings = finalizer_warnings(object, None);
        self.rules(object, None, None, Validity { errors, warnings })
    }

    /// Validates the update of `old` to `object`. Problems in parts that didn't change are let
    /// pass (KEP-4008). O(size).
    pub fn validate_update(&self, object: &Value, old: &Value) -> Validity {
        let correlated = Correlated::new(object, old, &self.schema);
        let mut errors = update_of_any(object, old, self.namespaced);
        let of_another_type = self.type_meta(object);
        if of_another_type.is_empty() {
            errors.extend(update_of_kind(object, old));
            errors.extend(validate(object, &self.schema, Sort::Object, "", Some(&correlated)));
            errors.extend(self.scale_spec(object));
            errors.extend(self.scale_status(object));
        }
        errors.extend(of_another_type);
        errors.extend(embedded("", object, &self.schema, false));
        if uniqueness("", &self.schema, old).is_empty() {
            errors.extend(uniqueness("", &self.schema, object));
        }
        let warnings = finalizer_warnings(object, Some(old));
        self.rules(object, Some(old), Some(correlated), Validity { errors, warnings })
    }

    /// Validates the update of `old` to `object` at the subresource `status`. O(size).
    pub fn validate_status_update(&self, object: &Value, old: &Value) -> Validity {
        let correlated = Correlated::new(object, old, &self.schema);
        let mut errors = update_of_any(object, old, self.namespaced);
        let of_another_type = self.type_meta(object);
        if of_another_type.is_empty() {
            errors.extend(update_of_kind(object, old));
            if let (Some(status), Some(schema)) =
                (object.get("status"), self.schema.properties.get("status"))
            {
                let before = old.get("status").unwrap_or(&Value::Null);
                let correlated = correlated.field("status");
                let correlated =
                    correlated.unwrap_or_else(|| Correlated::new(status, before, schema));
                let sort = Sort::Object;
                errors.extend(validate(status, schema, sort, "status", Some(&correlated)));
            }
            errors.extend(self.scale_status(object));
        }
        errors.extend(of_another_type);
        if uniqueness("", &self.schema, old).is_empty() {
            errors.extend(uniqueness("", &self.schema, object));
        }
        let found = Validity { errors, warnings: Vec::new() };
        self.rules(object, Some(old), Some(correlated), found)
    }

    /// The rules are asked only about objects that they can read.
    fn rules(
        &self,
        object: &Value,
        old: Option<&Value>,
        correlated: Option<Correlated<'_>>,
        mut found: Validity,
    ) -> Validity {
        let Some(rules) = &self.rules else { return found };
        let blocks = |error: &FieldError| {
            use ErrorType::{NotSupported, Required, TooLong, TooMany, TypeInvalid};
            matches!(error.kind, NotSupported | Required | TooLong | TooMany | TypeInvalid)
        };
        if found.errors.iter().any(blocks) {
            let detail = "some validation rules were not checked because the object was invalid; \
                correct the existing errors to complete validation";
            let nothing = Bad::Json(Value::Null);
            found.errors.push(FieldError::invalid(path::shown(""), nothing, detail));
            return found;
        }
        let asked = cel::Question { path: "", value: object, old, correlated };
        let answer = rules.validate(&self.schema, &asked);
        found.errors.extend(answer.errors);
        found.warnings.extend(answer.warnings);
        found
    }

    fn type_meta(&self, object: &Value) -> Vec<FieldError> {
        let wanted = [("kind", self.kind().to_owned()), ("apiVersion", self.api_version())];
        let wrong = wanted.iter().filter_map(|(name, wanted)| {
            let found = object.get(*name).and_then(Value::as_str).unwrap_or_default();
            (found != wanted)
                .then(|| FieldError::invalid(name, found, &format!("must be {wanted}")))
        });
        wrong.collect()
    }

    fn new_metadata(&self, object: &Value) -> Vec<FieldError> {
        let empty = Value::Null;
        let found = object.get("metadata").unwrap_or(&empty);
        let names = |name: &str, prefix: bool| NameRule::Subdomain.problems(name, prefix);
        metadata::validate_new(found, self.namespaced, &names, "metadata")
    }

    fn scale_spec(&self, object: &Value) -> Option<FieldError> {
        replicas(object, &self.scale.as_ref()?.spec_replicas_path)
    }

    fn scale_status(&self, object: &Value) -> Vec<FieldError> {
        let Some(scale) = &self.scale else { return Vec::new() };
        let selector = &scale.label_selector_path;
        let wrong = match &**selector {
            "" => None,
            path => text(object, path).err(),
        };
        let wrong = wrong.map(|problem| FieldError::invalid(selector, "", &problem));
        replicas(object, &scale.status_replicas_path).into_iter().chain(wrong).collect()
    }
}

fn replicas(object: &Value, at: &str) -> Option<FieldError> {
    match integer(object, at) {
        Err(problem) => Some(FieldError::invalid(at, 0, &problem)),
        Ok(Some(number)) if number < 0 => {
            Some(FieldError::invalid(at, number, "should be a non-negative integer"))
        }
        Ok(Some(number)) if number > i64::from(i32::MAX) => {
            let detail = format!("should be less than or equal to {}", i32::MAX);
            Some(FieldError::invalid(at, number, &detail))
        }
        Ok(_) => None,
    }
}

fn remove(object: &mut Value, name: &str) {
    if let Some(map) = object.as_object_mut() {
        map.remove(name);
    }
}

fn set_generation(object: &mut Value, generation: i64) {
    let Some(map) = object.as_object_mut() else { return };
    let metadata = map.entry("metadata").or_insert_with(|| serde_json::json!({}));
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert("generation".to_owned(), generation.into());
    }
}

fn same_but_metadata(one: &Value, other: &Value) -> bool {
    fn fields(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
        object.as_object().into_iter().flatten().filter(|(name, _)| *name != "metadata")
    }
    fields(one).eq(fields(other))
}

/// New finalizers should have a domain and a path.
fn finalizer_warnings(object: &Value, old: Option<&Value>) -> Vec<String> {
    let of = |object: &Value| -> Vec<String> {
        let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let before = old.map(of).unwrap_or_default();
    let mut new: Vec<String> =
        of(object).into_iter().filter(|name| !before.contains(name)).collect();
    new.sort();
    new.dedup();
    let mut warnings = Vec::new();
    for name in new {
        let shown = quote(&name);
        let mut warn = |what: &str| warnings.push(format!("metadata.finalizers: {shown}: {what}"));
        names::label_key(&name).iter().for_each(|problem| warn(problem));
        if name.contains('/') || matches!(&*name, "orphan" | "foregroundDeletion" | "kubernetes") {
            continue;
        }
        let path = if name.contains('.') { " including a path (/)" } else { "" };
        warn(&format!(
            "prefer a domain-qualified finalizer name{path} to avoid accidental conflicts with other finalizer writers"
        ));
    }
    warnings
}
