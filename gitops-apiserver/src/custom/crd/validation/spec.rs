//! `spec` of a definition.
//!
//! The server checks an internal form: what is the same in all versions (schema, subresources,
//! columns, selectable fields) stands once, beside the versions, and that shows in paths:
//! `spec.validation.openAPIV3Schema` instead of `spec.versions[0].schema.openAPIV3Schema`.

use super::{conversion, internal, names, version};
use crate::{
    custom::{definition::text_of, path, schema::JsonSchema},
    names as rules_of_names,
    status::{Bad, FieldError},
};
use serde_json::Value;

/// A spec in the internal form.
pub(super) struct View<'a> {
    pub(super) versions: &'a [Value],
    /// Whether there is a list of versions at all.
    listed: bool,
}

const SHARED: [&str; 4] =
    ["schema", "subresources", "additionalPrinterColumns", "selectableFields"];

impl<'a> View<'a> {
    pub(super) fn of(spec: &'a Value) -> Self {
        let versions = spec.get("versions").and_then(Value::as_array);
        View { versions: versions.map_or(&[], Vec::as_slice), listed: versions.is_some() }
    }

    fn is_shared(&self, name: &str) -> bool {
        let mut values = self.versions.iter().map(|version| given(version, name));
        let first = values.next();
        values.all(|value| Some(value) == first)
    }

    /// The value that all versions have.
    pub(super) fn shared(&self, name: &str) -> Option<&'a Value> {
        self.versions.first().filter(|_| self.is_shared(name)).and_then(|first| given(first, name))
    }

    /// The value of a version, if not all have the same.
    pub(super) fn own(&self, index: usize, name: &str) -> Option<&'a Value> {
        let version = self.versions.get(index)?;
        if self.is_shared(name) { None } else { given(version, name) }
    }

    fn any_own(&self, name: &str) -> bool {
        (0..self.versions.len()).any(|index| self.own(index, name).is_some())
    }

    /// The versions as the server prints them.
    fn printed(&self) -> Bad {
        if !self.listed {
            return Bad::Json(Value::Null);
        }
        let versions = (0..self.versions.len())
            .map(|index| internal::version(&self.versions[index], &|name| self.own(index, name)));
        let versions: Vec<String> = versions.collect();
        Bad::Text(format!("[{}]", versions.join(",")))
    }
}

/// A value that is there; empty lists are not.
fn given<'a>(version: &'a Value, name: &str) -> Option<&'a Value> {
    debug_assert!(SHARED.contains(&name));
    version.get(name).filter(|value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    })
}

fn has_status(subresources: Option<&Value>) -> bool {
    subresources.and_then(|all| all.get("status")).is_some_and(|status| !status.is_null())
}

/// Validates a spec.
pub(super) fn validate(spec: &Value, any_bundle: bool) -> Vec<FieldError> {
    let view = View::of(spec);
    let mut errors = Vec::new();
    group(spec, &mut errors);
    scope(spec, &mut errors);
    let shared_schema = view.shared("schema");
    let has_schema = |schema: Option<&Value>| {
        schema.and_then(|schema| schema.get("openAPIV3Schema")).is_some_and(Value::is_object)
    };
    if !has_schema(shared_schema) {
        for index in 0..view.versions.len() {
            if !has_schema(view.own(index, "schema")) {
                let at = path::index("spec.versions", index);
                let field = path::child(&at, "schema.openAPIV3Schema");
                errors.push(FieldError::required(&field, ""));
            }
        }
    }
    if spec.get("preserveUnknownFields") == Some(&Value::Bool(true)) && has_defaults(&view) {
        let detail = "must be false in order to use defaults in the schema";
        errors.push(FieldError::invalid("spec.preserveUnknownFields", true, detail));
    }
    versions(&view, &mut errors);
    let all_names = spec.get("names").unwrap_or(&Value::Null);
    errors.extend(names::required(all_names, "spec.names"));
    errors.extend(names::validate(all_names, "spec.names"));
    if let Some(schema) = shared_schema {
        let any_status = has_status(view.shared("subresources"))
            || (0..view.versions.len()).any(|one| has_status(view.own(one, "subresources")));
        errors.extend(super::schema::validate(schema, any_status, "spec.validation"));
    }
    let subresources = view.shared("subresources");
    errors.extend(version::subresources(subresources, "spec.subresources"));
    let columns = view.shared("additionalPrinterColumns");
    errors.extend(version::columns(columns, "spec.additionalPrinterColumns"));
    selectable(&view, shared_schema, &mut errors);
    let strategy = spec.pointer("/conversion/strategy").and_then(Value::as_str);
    if strategy.is_some_and(|strategy| strategy != "None")
        && spec.get("preserveUnknownFields") == Some(&Value::Bool(true))
    {
        let detail = "must be None if spec.preserveUnknownFields is true";
        let strategy = strategy.unwrap_or_default();
        errors.push(FieldError::invalid("spec.conversion.strategy", strategy, detail));
    }
    errors.extend(conversion::validate(spec.get("conversion"), any_bundle));
    errors
}

fn group(spec: &Value, errors: &mut Vec<FieldError>) {
    let group = text_of(spec, "group");
    let problems = rules_of_names::subdomain(&group);
    if group.is_empty() {
        errors.push(FieldError::required("spec.group", ""));
    } else if !problems.is_empty() {
        errors.push(FieldError::invalid("spec.group", group, &problems.join(",")));
    } else if !group.contains('.') {
        let detail = "should be a domain with at least one dot";
        errors.push(FieldError::invalid("spec.group", group, detail));
    }
}

fn scope(spec: &Value, errors: &mut Vec<FieldError>) {
    match &*text_of(spec, "scope") {
        "" => errors.push(FieldError::required("spec.scope", "")),
        "Cluster" | "Namespaced" => {}
        other => {
            let known = ["Cluster", "Namespaced"];
            errors.push(FieldError::not_supported("spec.scope", other, &known));
        }
    }
}

fn has_defaults(view: &View<'_>) -> bool {
    let schemas =
        view.versions.iter().filter_map(|version| version.pointer("/schema/openAPIV3Schema"));
    schemas.map(JsonSchema::read).any(|schema| schema.any(&mut |node| node.default.is_some()))
}

fn versions(view: &View<'_>, errors: &mut Vec<FieldError>) {
    let mut seen: Vec<String> = Vec::new();
    let mut unique = true;
    for (index, one) in view.versions.iter().enumerate() {
        let at = path::index("spec.versions", index);
        let name = text_of(one, "name");
        let problems = rules_of_names::label_1035(&name);
        if !problems.is_empty() {
            let field = path::child(&at, "name");
            errors.push(FieldError::invalid(&field, name.as_str(), &problems.join(",")));
        }
        unique = unique && !seen.contains(&name);
        seen.push(name);
        let status = if view.any_own("subresources") {
            has_status(view.own(index, "subresources"))
        } else {
            has_status(view.shared("subresources"))
        };
        version::validate(one, &|name| view.own(index, name), status, &at, errors);
    }
    if !unique {
        let detail = "must contain unique version names";
        errors.push(FieldError::invalid("spec.versions", view.printed(), detail));
    }
    let is_stored = |version: &&Value| version.get("storage") == Some(&Value::Bool(true));
    if view.versions.iter().filter(is_stored).count() != 1 {
        let detail = "must have exactly one version marked as storage version";
        errors.push(FieldError::invalid("spec.versions", view.printed(), detail));
    }
    // The first version stands for the old field of one version.
    if let Some(first) = seen.first().filter(|name| !name.is_empty()) {
        let problems = rules_of_names::label_1035(first);
        if !problems.is_empty() {
            let detail = problems.join(",");
            errors.push(FieldError::invalid("spec.version", first.as_str(), &detail));
        }
    }
}

fn selectable(view: &View<'_>, schema: Option<&Value>, errors: &mut Vec<FieldError>) {
    let Some(fields) = view.shared("selectableFields") else { return };
    let at = "spec.selectableFields";
    let Some(schema) = schema else {
        let detail = "may only be set when validations.schema is included";
        return errors.push(FieldError::invalid(at, "", detail));
    };
    let schema = JsonSchema::read(schema.get("openAPIV3Schema").unwrap_or(&Value::Null));
    if let Some(problem) = super::structural::unsupported(&schema) {
        errors.push(FieldError::invalid("spec.schema.openAPIV3Schema", "", &problem));
    }
    errors.extend(version::selectable(fields, &schema, at));
}
