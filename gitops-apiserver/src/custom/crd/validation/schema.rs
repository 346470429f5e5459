//! `openAPIV3Schema`: what of JSON Schema may be used, and the extensions of Kubernetes.

use super::{defaults, internal, structural};
use crate::{
    custom::{
        cel, path,
        schema::{Additional, Items, JsonSchema},
        wording,
    },
    status::{Bad, FieldError},
};
use serde_json::Value;

/// What may stand beside `type` at the root if there is a subresource `status`, whose part of the
/// schema is used alone.
const AT_ROOT: [&str; 22] = [
    "Description",
    "Type",
    "Format",
    "Title",
    "Maximum",
    "ExclusiveMaximum",
    "Minimum",
    "ExclusiveMinimum",
    "MaxLength",
    "MinLength",
    "Pattern",
    "MaxItems",
    "MinItems",
    "UniqueItems",
    "MultipleOf",
    "Required",
    "Items",
    "Properties",
    "ExternalDocs",
    "Example",
    "XPreserveUnknownFields",
    "XValidations",
];

/// Validates `schema` of a version.
pub(super) fn validate(schema: &Value, status: bool, at: &str) -> Vec<FieldError> {
    let Some(schema) = schema.get("openAPIV3Schema").filter(|schema| schema.is_object()) else {
        return Vec::new();
    };
    let schema = &JsonSchema::read(schema);
    let at = &path::child(at, "openAPIV3Schema");
    let mut errors = Vec::new();
    if status {
        errors.extend(root_fields(schema, at));
    }
    if schema.nullable {
        let field = path::child(at, "nullable");
        errors.push(FieldError::forbidden(&field, "nullable cannot be true at the root"));
    }
    let unsupported = structural::unsupported(schema);
    let mut types_known = unsupported.is_none();
    if types_known {
        let mut wrong = structural::validate(schema, at);
        if wrong.is_empty() {
            wrong = defaults::validate(schema, at);
        }
        types_known = wrong.is_empty();
        errors.extend(wrong);
    }
    let mut checks = Checks { types_known, schema_errors: Vec::new(), rule_errors: Vec::new() };
    checks.node(schema, at, &Surroundings { root: true, ..Surroundings::default() });
    errors.extend(checks.schema_errors);
    errors.extend(checks.rule_errors);
    if let (true, Some(problem)) = (errors.is_empty(), unsupported) {
        errors.push(FieldError::invalid(at, "", &problem));
    }
    errors
}

fn root_fields(schema: &JsonSchema, at: &str) -> Option<FieldError> {
    for (name, value) in internal::schema_fields(schema) {
        if value.is_none() {
            continue;
        }
        if name == "Type" && schema.kind != "object" {
            let detail = "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
            return Some(FieldError::invalid(
                &path::child(at, "type"),
                schema.kind.as_str(),
                detail,
            ));
        }
        if !AT_ROOT.contains(&name) {
            let allowed = AT_ROOT.join(" ");
            let detail = format!(
                "only [{allowed}] fields are allowed at the root of the schema if the status subresource is enabled"
            );
            return Some(FieldError::invalid(at, Bad::Text(internal::schema(schema)), &detail));
        }
    }
    None
}

/// What is around a node.
#[derive(Clone, Default)]
struct Surroundings {
    root: bool,
    /// Inside of an alternative, where rules can't be.
    nested: bool,
    /// Below `metadata`, `kind` or `apiVersion` of a resource.
    in_meta: bool,
    /// Why defaults are forbidden.
    no_defaults: Option<String>,
    /// The outermost part around that can't be told from an old value.
    uncorrelated: Option<String>,
}

struct Checks {
    /// Whether types of values are known, so that rules can be read.
    types_known: bool,
    schema_errors: Vec<FieldError>,
    rule_errors: Vec<FieldError>,
}

impl Checks {
    fn node(&mut self, schema: &JsonSchema, at: &str, around: &Surroundings) {
        let before = self.schema_errors.len();
        self.standard(schema, at, around);
        if schema.limits().unique_items {
            let detail =
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            self.forbid(at, "uniqueItems", detail);
        }
        self.fields(schema, at, around);
        self.alternatives(schema, at, around);
        self.items(schema, at, around);
        if schema.preserve_unknown == Some(false) {
            self.refuse(
                at,
                "x-kubernetes-preserve-unknown-fields",
                false,
                "must be true or undefined",
            );
        }
        self.map_type(schema, at);
        self.list_type(schema, at);
        self.list_keys(schema, at);
        self.rules(schema, at);
        let fine = self.schema_errors.len() == before;
        if fine && self.types_known && !around.nested {
            self.compile(schema, at, around);
        }
    }

    fn forbid(&mut self, at: &str, name: &str, detail: &str) {
        self.schema_errors.push(FieldError::forbidden(&path::child(at, name), detail));
    }

    fn require(&mut self, at: &str, name: &str, detail: &str) {
        self.schema_errors.push(FieldError::required(&path::child(at, name), detail));
    }

    fn refuse(&mut self, at: &str, name: &str, bad: impl Into<Bad>, detail: &str) {
        self.schema_errors.push(FieldError::invalid(&path::child(at, name), bad, detail));
    }

    fn standard(&mut self, schema: &JsonSchema, at: &str, around: &Surroundings) {
        const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
        let kind = schema.kind.as_str();
        if !kind.is_empty() && !TYPES.contains(&kind) {
            let field = path::child(at, "type");
            self.schema_errors.push(FieldError::not_supported(&field, kind, &TYPES));
        }
        if let (Some(_), Some(reason)) = (&schema.default, &around.no_defaults) {
            self.forbid(at, "default", &format!("must not be set {reason}"));
        }
        if let Some(other) = &schema.unsupported {
            let found = [
                ("id", !other.id.is_empty()),
                ("additionalItems", other.additional_items.is_some()),
                ("patternProperties", !other.pattern_properties.is_empty()),
                ("definitions", !other.definitions.is_empty()),
                ("dependencies", other.dependencies.is_some()),
                ("$ref", other.reference.is_some()),
            ];
            for (name, _) in found.iter().filter(|(_, found)| *found) {
                self.forbid(at, name, &format!("{name} is not supported"));
            }
        }
        if kind == "null" {
            let detail = "type cannot be set to null, use nullable as an alternative";
            self.forbid(at, "type", detail);
        }
        if matches!(&schema.items, Some(Items::Many(items)) if !items.is_empty()) {
            self.forbid(at, "items", "items must be a schema object and not an array");
        }
        if around.in_meta && schema.embedded {
            let detail = "must not be used inside of resource meta";
            self.forbid(at, "x-kubernetes-embedded-resource", detail);
        }
    }

    fn fields(&mut self, schema: &JsonSchema, at: &str, around: &Surroundings) {
        if !schema.properties.is_empty()
            && !matches!(schema.additional, None | Some(Additional::Allowed(true)))
        {
            let detail = "additionalProperties and properties are mutual exclusive";
            self.forbid(at, "additionalProperties", detail);
        }
        let inner = Surroundings { root: false, ..around.clone() };
        if let Some(additional) = schema.additional() {
            let mut inner = inner.clone();
            if around.in_meta {
                let reason = "inside additionalProperties applying to object metadata";
                inner.no_defaults = Some(reason.to_owned());
            }
            self.node(additional, &path::child(at, "additionalProperties"), &inner);
        }
        let resource = around.root || schema.embedded;
        let correlated = matches!(schema.map_type.as_deref(), None | Some("granular" | "atomic"));
        for (name, property) in &schema.properties {
            let mut inner = inner.clone();
            if !correlated {
                inner.uncorrelated.get_or_insert_with(|| at.to_owned());
            }
            if resource && matches!(&**name, "metadata" | "kind" | "apiVersion") {
                inner.in_meta = true;
                if around.root {
                    inner.no_defaults = Some(format!("in top-level {name}"));
                }
            }
            self.node(property, &path::key(&path::child(at, "properties"), name), &inner);
        }
    }

    fn alternatives(&mut self, schema: &JsonSchema, at: &str, around: &Surroundings) {
        let inner = Surroundings { root: false, nested: true, ..around.clone() };
        let limits = schema.limits();
        if let Some(not) = &limits.not {
            self.node(not, &path::child(at, "not"), &inner);
        }
        let all = [("allOf", &limits.all_of), ("oneOf", &limits.one_of), ("anyOf", &limits.any_of)];
        for (name, schemas) in all {
            for (index, one) in schemas.iter().enumerate() {
                self.node(one, &path::index(&path::child(at, name), index), &inner);
            }
        }
        let Some(other) = &schema.unsupported else { return };
        for (name, one) in &other.definitions {
            self.node(one, &path::key(&path::child(at, "definitions"), name), &inner);
        }
    }

    fn items(&mut self, schema: &JsonSchema, at: &str, around: &Surroundings) {
        let mut inner = Surroundings { root: false, ..around.clone() };
        if schema.list_type.as_deref() != Some("map") {
            inner.uncorrelated.get_or_insert_with(|| at.to_owned());
        }
        let items_at = path::child(at, "items");
        match &schema.items {
            Some(Items::One(item)) => self.node(item, &items_at, &inner),
            Some(Items::Many(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.node(item, &path::index(&items_at, index), &inner);
                }
            }
            None => {}
        }
        let dependencies =
            schema.unsupported.as_ref().and_then(|other| other.dependencies.as_ref());
        for (name, one) in dependencies.into_iter().flatten() {
            let inner = Surroundings { root: false, nested: true, ..around.clone() };
            let at = path::key(&path::child(at, "dependencies"), name);
            one.iter().for_each(|one| self.node(one, &at, &inner));
        }
    }

    /// `type` must be `wanted` because of an extension.
    fn must_be(&mut self, schema: &JsonSchema, wanted: &str, extension: &str, at: &str) {
        let detail = format!("must be {wanted} if {extension} is specified");
        if schema.kind.is_empty() {
            self.require(at, "type", &detail);
        } else {
            self.refuse(at, "type", schema.kind.as_str(), &detail);
        }
    }

    fn map_type(&mut self, schema: &JsonSchema, at: &str) {
        let Some(kind) = schema.map_type.as_deref() else { return };
        let name = "x-kubernetes-map-type";
        if schema.kind != "object" {
            self.must_be(schema, "object", name, at);
        }
        if !matches!(kind, "atomic" | "granular") {
            let field = path::child(at, name);
            let error = FieldError::not_supported(&field, kind, &["atomic", "granular"]);
            self.schema_errors.push(error);
        }
    }

    fn list_type(&mut self, schema: &JsonSchema, at: &str) {
        let Some(kind) = schema.list_type.as_deref() else { return };
        let name = "x-kubernetes-list-type";
        if schema.kind != "array" {
            self.must_be(schema, "array", name, at);
        } else if let ("set", Some(item)) = (kind, schema.item()) {
            let shown = |kind: &Option<String>| {
                Bad::Text(wording::json(&kind.as_deref().map_or(Value::Null, Value::from)))
            };
            let detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
            let items = path::child(at, "items");
            match &*item.kind {
                "array" if !matches!(item.list_type.as_deref(), None | Some("atomic")) => {
                    self.refuse(&items, name, shown(&item.list_type), detail);
                }
                "object" if item.map_type.as_deref() != Some("atomic") => {
                    // The server shows the other extension.
                    self.refuse(&items, "x-kubernetes-map-type", shown(&item.list_type), detail);
                }
                _ => {}
            }
        }
        if !matches!(kind, "atomic" | "set" | "map") {
            let field = path::child(at, name);
            let error = FieldError::not_supported(&field, kind, &["atomic", "set", "map"]);
            self.schema_errors.push(error);
        }
    }

    fn list_keys(&mut self, schema: &JsonSchema, at: &str) {
        let (keys, kind) = ("x-kubernetes-list-map-keys", "x-kubernetes-list-type");
        if !schema.list_map_keys.is_empty() {
            let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
            match schema.list_type.as_deref() {
                None => self.require(at, kind, detail),
                Some("map") => {}
                Some(other) => self.refuse(at, kind, other, detail),
            }
        }
        if schema.list_type.as_deref() == Some("map") {
            if schema.list_map_keys.is_empty() {
                self.require(at, keys, "must not be empty if x-kubernetes-list-type is map");
            }
            match &schema.items {
                None => {
                    self.require(
                        at,
                        "items",
                        "must have a schema if x-kubernetes-list-type is map",
                    );
                }
                Some(items @ Items::Many(_)) => {
                    let detail = "must only have a single schema if x-kubernetes-list-type is map";
                    self.refuse(at, "items", Bad::Text(internal::items(items)), detail);
                }
                Some(Items::One(item)) => self.keyed_items(schema, item, at),
            }
        }
        if let (Some(kind @ ("set" | "map")), Some(item)) =
            (schema.list_type.as_deref(), schema.item())
        {
            self.no_nulls(schema, item, kind, at);
        }
    }

    fn keyed_items(&mut self, schema: &JsonSchema, item: &JsonSchema, at: &str) {
        let items = path::child(at, "items");
        if item.kind != "object" {
            let detail = "must be object if parent array's x-kubernetes-list-type is map";
            return self.refuse(&items, "type", item.kind.as_str(), detail);
        }
        let name = "x-kubernetes-list-map-keys";
        for (index, key) in schema.list_map_keys.iter().enumerate() {
            match item.properties.get(key) {
                Some(property) if matches!(&*property.kind, "array" | "object") => {
                    let detail =
                        "must be a scalar type if parent array's x-kubernetes-list-type is map";
                    let at = path::key(&path::child(&items, "properties"), key);
                    self.refuse(&at, "type", item.kind.as_str(), detail);
                }
                Some(_) => {}
                None => {
                    let detail = "entries must all be names of item properties";
                    self.refuse(at, name, schema.list_map_keys.clone(), detail);
                }
            }
            if schema.list_map_keys.iter().take(index).any(|earlier| earlier == key) {
                let detail = "must not contain duplicate entries";
                self.refuse(at, name, schema.list_map_keys.clone(), detail);
            }
        }
    }

    /// Items of sets and maps, and their keys, are there.
    fn no_nulls(&mut self, schema: &JsonSchema, item: &JsonSchema, kind: &str, at: &str) {
        let items = path::child(at, "items");
        if item.nullable {
            let detail = format!("cannot be nullable when x-kubernetes-list-type is {kind}");
            self.forbid(&items, "nullable", &detail);
        }
        if kind != "map" {
            return;
        }
        for key in &schema.list_map_keys {
            let Some(property) = item.properties.get(key) else { continue };
            let at = path::key(&path::child(&items, "properties"), key);
            let what = "this property is in x-kubernetes-list-map-keys, so it";
            if !item.limits().required.contains(key) && property.default.is_none() {
                let detail = format!("{what} must have a default or be a required property");
                self.require(&at, "default", &detail);
            }
            if property.nullable {
                self.forbid(&at, "nullable", &format!("{what} cannot be nullable"));
            }
        }
    }

    /// The texts of rules.
    fn rules(&mut self, schema: &JsonSchema, at: &str) {
        const REASONS: [&str; 4] = [
            "FieldValueDuplicate",
            "FieldValueForbidden",
            "FieldValueInvalid",
            "FieldValueRequired",
        ];
        let breaks = |text: &str| text.contains(['\n', '\r']);
        for (index, rule) in schema.rules.iter().enumerate() {
            let at = &path::index(&path::child(at, "x-kubernetes-validations"), index);
            let (text, message) = (rule.rule.trim(), rule.message.trim());
            if text.is_empty() {
                self.require(at, "rule", "rule is not specified");
            } else if !rule.message.is_empty() && message.is_empty() {
                self.refuse(at, "message", rule.message.as_str(), "must be non-empty if specified");
            } else if breaks(message) {
                self.refuse(at, "message", rule.message.as_str(), "must not contain line breaks");
            } else if breaks(text) && message.is_empty() {
                self.require(
                    at,
                    "message",
                    "message must be specified if rule contains line breaks",
                );
            }
            if !rule.message_expression.is_empty() && rule.message_expression.trim().is_empty() {
                let detail = "messageExpression must be non-empty if specified";
                self.require(at, "messageExpression", detail);
            }
            if let Some(reason) = rule.reason.as_deref()
                && !REASONS.contains(&reason)
            {
                let field = path::child(at, "reason");
                self.schema_errors.push(FieldError::not_supported(&field, reason, &REASONS));
            }
            let field_path = rule.field_path.as_str();
            if !field_path.is_empty() && field_path.trim().is_empty() {
                self.refuse(at, "fieldPath", field_path, "must be non-empty if specified");
            }
            if breaks(field_path) {
                self.refuse(at, "fieldPath", field_path, "must not contain line breaks");
            }
            let leads_nowhere = || super::field_path::resolve(field_path, schema, true).is_err();
            if !field_path.is_empty()
                && structural::unsupported(schema).is_none()
                && leads_nowhere()
            {
                self.refuse(at, "fieldPath", field_path, "must be a valid path");
            }
        }
    }

    /// The rules themselves.
    fn compile(&mut self, schema: &JsonSchema, at: &str, around: &Surroundings) {
        let is_resource = around.root || schema.embedded;
        for (index, rule) in schema.rules.iter().enumerate() {
            let at = path::index(&path::child(at, "x-kubernetes-validations"), index);
            let checked = cel::check(schema, is_resource, rule);
            let shown = || Bad::Text(internal::rule(rule));
            let mut refuse = |name: &str, bad: Bad, detail: &str| {
                let field = path::child(&at, name);
                self.rule_errors.push(FieldError::invalid(&field, bad, detail));
            };
            if let Some(problem) = &checked.rule_problem {
                refuse("rule", shown(), problem);
            }
            if let Some(problem) = &checked.message_problem {
                refuse("messageExpression", shown(), problem);
            }
            if checked.uses_old_self {
                if let Some(uncorrelated) = &around.uncorrelated {
                    let detail = format!(
                        "oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelated}"
                    );
                    refuse("rule", rule.rule.as_str().into(), &detail);
                }
            } else if let Some(flag) = rule.optional_old_self {
                let detail = "may not be set if oldSelf is not used in rule";
                refuse("optionalOldSelf", flag.into(), detail);
            }
        }
    }
}
