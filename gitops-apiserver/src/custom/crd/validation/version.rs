//! One version of a definition.

use super::{field_path, structural};
use crate::{
    custom::{definition::text_of, path, schema::JsonSchema, wording},
    status::{Bad, FieldError},
};
use serde_json::Value;

const TYPES: &str = "boolean,date,integer,number,string";
const FORMATS: &str = "byte,date,date-time,double,float,int32,int64,password";
const MAX_SELECTABLE: usize = 8;

/// Validates a version. `own` gives what is not the same in all versions.
pub(super) fn validate<'a>(
    version: &Value,
    own: &dyn Fn(&str) -> Option<&'a Value>,
    status: bool,
    at: &str,
    errors: &mut Vec<FieldError>,
) {
    deprecation(version, at, errors);
    let schema = own("schema");
    if let Some(schema) = schema {
        errors.extend(super::schema::validate(schema, status, &path::child(at, "schema")));
    }
    errors.extend(subresources(own("subresources"), &path::child(at, "subresources")));
    let columns_at = path::child(at, "additionalPrinterColumns");
    errors.extend(columns(own("additionalPrinterColumns"), &columns_at));
    if let Some(fields) = own("selectableFields") {
        let fields_at = path::child(at, "selectableFields");
        match schema.and_then(|schema| schema.get("openAPIV3Schema")) {
            None => {
                let detail =
                    "may only be set when `version.schema.openAPIV3Schema` is not included";
                errors.push(FieldError::invalid(&fields_at, "", detail));
            }
            Some(schema) => {
                let schema = JsonSchema::read(schema);
                if let Some(problem) = structural::unsupported(&schema) {
                    let field = path::child(at, "schema.openAPIV3Schema");
                    errors.push(FieldError::invalid(&field, "", &problem));
                }
                errors.extend(selectable(fields, &schema, &fields_at));
            }
        }
    }
}

fn deprecation(version: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let Some(text) = version.get("deprecationWarning").and_then(Value::as_str) else { return };
    let field = path::child(at, "deprecationWarning");
    let mut refuse = |detail: &str| {
        let bad = Bad::Text(wording::json(&text.into()));
        errors.push(FieldError::invalid(&field, bad, detail));
    };
    if version.get("deprecated") != Some(&Value::Bool(true)) {
        return refuse("can only be set for deprecated versions");
    }
    if text.len() > 256 {
        refuse("must be <= 256 characters long");
    }
    if text.is_empty() {
        refuse("must not be an empty string");
    }
    let unprintable = |c: char| c.is_control() || (c.is_whitespace() && c != ' ');
    if let Some(index) = text.find(unprintable) {
        refuse(&format!(
            "must only contain printable UTF-8 characters; non-printable character found at index {index}"
        ));
    }
}

/// Validates `subresources`.
pub(super) fn subresources(subresources: Option<&Value>, at: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let scale = subresources.and_then(|all| all.get("scale")).filter(|scale| scale.is_object());
    let Some(scale) = scale else { return errors };
    let mut check = |name: &str, below: &[&str], what: &str, required: bool| {
        let field = path::child(at, &format!("scale.{name}"));
        let text = text_of(scale, name);
        if text.is_empty() {
            if required {
                errors.push(FieldError::required(&field, ""));
            }
        } else if let Some(error) = simple_path(&text, &field) {
            errors.push(error);
        } else if !below.iter().any(|prefix| text.starts_with(prefix)) {
            let bad = Bad::Text(wording::json(&text.as_str().into()));
            errors.push(FieldError::invalid(
                &field,
                bad,
                &format!("should be a json path under {what}"),
            ));
        }
    };
    check("specReplicasPath", &[".spec."], ".spec", true);
    check("statusReplicasPath", &[".status."], ".status", true);
    check("labelSelectorPath", &[".spec.", ".status."], "either .spec or .status", false);
    errors
}

fn simple_path(text: &str, field: &str) -> Option<FieldError> {
    let detail = "must be a simple json path starting with .";
    (!text.starts_with('.')).then(|| FieldError::invalid(field, text, detail))
}

/// Validates `additionalPrinterColumns`.
pub(super) fn columns(columns: Option<&Value>, at: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let columns = columns.and_then(Value::as_array).into_iter().flatten();
    for (index, column) in columns.enumerate() {
        let at = path::index(at, index);
        let field = |name: &str| path::child(&at, name);
        let [name, kind, format, json_path] =
            ["name", "type", "format", "jsonPath"].map(|name| text_of(column, name));
        if name.is_empty() {
            errors.push(FieldError::required(&field("name"), ""));
        }
        let one_of = |known: &str| format!("must be one of {known}");
        if kind.is_empty() {
            errors.push(FieldError::required(&field("type"), &one_of(TYPES)));
        } else if !TYPES.split(',').any(|known| known == kind) {
            errors.push(FieldError::invalid(&field("type"), kind, &one_of(TYPES)));
        }
        if !format.is_empty() && !FORMATS.split(',').any(|known| known == format) {
            errors.push(FieldError::invalid(&field("format"), format, &one_of(FORMATS)));
        }
        if json_path.is_empty() {
            errors.push(FieldError::required(&field("JSONPath"), ""));
        } else {
            errors.extend(simple_path(&json_path, &field("JSONPath")));
        }
    }
    errors
}

/// Validates `selectableFields`.
pub(super) fn selectable(fields: &Value, schema: &JsonSchema, at: &str) -> Vec<FieldError> {
    let (mut errors, mut seen) = (Vec::new(), Vec::new());
    for (index, one) in fields.as_array().into_iter().flatten().enumerate() {
        let field = path::child(&path::index(at, index), "jsonPath");
        let text = text_of(one, "jsonPath");
        if text.is_empty() {
            errors.push(FieldError::required(&field, ""));
            continue;
        }
        let (place, found) = match field_path::resolve(&text, schema, false) {
            Ok(found) => found,
            Err(problem) => {
                let detail = format!("is an invalid path: {problem}");
                errors.push(FieldError::invalid(&field, text, &detail));
                continue;
            }
        };
        if place.split(['.', '[']).next() == Some("metadata") {
            let detail = "must not point to fields in metadata";
            errors.push(FieldError::invalid(&field, text.as_str(), detail));
        }
        if !matches!(&*found.kind, "string" | "boolean" | "integer") {
            let detail = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
            errors.push(FieldError::invalid(&field, text.as_str(), detail));
        }
        if seen.contains(&place) {
            errors.push(FieldError::duplicate(&field, text));
        } else {
            seen.push(place);
        }
    }
    if seen.len() > MAX_SELECTABLE {
        errors.push(FieldError::too_many(at, seen.len(), MAX_SELECTABLE));
    }
    errors
}
