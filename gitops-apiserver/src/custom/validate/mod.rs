//! Validation against a schema, as kube-openapi's `validate` does it and apiextensions words it.
//!
//! Every check of a node is made; `matches` counts those that went well, since of alternatives
//! (`anyOf`, `oneOf`) that all fail the one with most of them is shown.

mod correlate;
mod embedded;
mod formats;
mod junctors;
mod lists;
mod numbers;
mod problem;
mod values;

pub(crate) use correlate::{Correlated, same_key};
pub(crate) use embedded::embedded;
pub(crate) use formats::{is_absolute_url, is_cidr, is_known as is_known_format, is_request_uri};
pub(crate) use lists::uniqueness;
use problem::Found;

use super::schema::{JsonSchema, Limits};
use crate::status::FieldError;
use serde_json::Value;

/// What is validated: whole objects, or the defaults of a definition, which the server validates
/// by a form of the schema that says less of types and more of formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Object,
    Default,
}

/// Validates `value`, at `path`. Given what of it can be told from an old value, problems in
/// parts that didn't change are let pass (KEP-4008). O(size of the value × alternatives).
pub(crate) fn validate(
    value: &Value,
    schema: &JsonSchema,
    sort: Sort,
    path: &str,
    old: Option<&Correlated<'_>>,
) -> Vec<FieldError> {
    let found = Validator { sort }.node(value, schema, "", old);
    found.problems.into_iter().map(|problem| problem.into_error(path)).collect()
}

#[derive(Clone, Copy)]
struct Validator {
    sort: Sort,
}

impl Validator {
    /// Validates a value that may be compared with an old one.
    fn node(
        self,
        value: &Value,
        schema: &JsonSchema,
        at: &str,
        old: Option<&Correlated<'_>>,
    ) -> Found {
        let mut found = self.checks(value, schema, at, old);
        if !found.is_valid() && old.is_some_and(Correlated::is_unchanged) {
            found.problems.clear();
        }
        found
    }

    fn checks(
        self,
        value: &Value,
        schema: &JsonSchema,
        at: &str,
        old: Option<&Correlated<'_>>,
    ) -> Found {
        let limits = schema.limits();
        let types = self.types(schema);
        let format = self.format(schema, &types);
        let mut found = Found::default();
        if value.is_null() {
            found.merge(values::kind(value, &types, schema.nullable, format, at));
            found.merge(values::one_of(value, limits, at));
            return found;
        }
        if !types.is_empty() || !format.is_empty() {
            found.check(values::kind(value, &types, schema.nullable, format, at));
        }
        found.check(self.junctors(value, limits, at));
        match value {
            Value::String(text) => {
                found.check(values::text(text, limits, at));
                if formats::is_known(format) {
                    found.check(values::format(text, format, at));
                }
            }
            Value::Number(number) => {
                found.check(numbers::number(number, limits, &types, format, at));
            }
            Value::Array(items) => found.check(self.list(items, schema, at, old)),
            _ => {}
        }
        found.check(values::one_of(value, limits, at));
        if let Value::Object(map) = value {
            found.check(self.object(map, schema, at, old));
        }
        found.matches += 1;
        found
    }

    fn types(self, schema: &JsonSchema) -> Vec<&str> {
        match (schema.int_or_string && self.sort == Sort::Object, &*schema.kind) {
            (true, _) => vec!["integer", "string"],
            (false, "") => Vec::new(),
            (false, kind) => vec![kind],
        }
    }

    /// The format, if it is one of the type: of objects, others are ignored.
    fn format<'a>(self, schema: &'a JsonSchema, types: &[&str]) -> &'a str {
        let format = &*schema.limits().format;
        let known = self.sort == Sort::Default
            || match types {
                // Two types count as none.
                [] | ["string"] | [_, _, ..] => formats::is_known(format),
                ["integer"] => matches!(format, "int32" | "int64"),
                ["number"] => matches!(format, "float" | "double"),
                [_] => false,
            };
        if known { format } else { "" }
    }

    fn list(
        self,
        items: &[Value],
        schema: &JsonSchema,
        at: &str,
        old: Option<&Correlated<'_>>,
    ) -> Found {
        let mut found = Found::default();
        if let Some(item_schema) = schema.item() {
            for (index, item) in items.iter().enumerate() {
                let old = old.and_then(|old| old.item(index));
                let at = format!("{at}[{index}]");
                found.merge(self.node(item, item_schema, &at, old.as_ref()));
            }
        }
        values::item_count(items.len(), schema.limits(), at, &mut found);
        found.matches += 1;
        found
    }

    fn object(
        self,
        map: &serde_json::Map<String, Value>,
        schema: &JsonSchema,
        at: &str,
        old: Option<&Correlated<'_>>,
    ) -> Found {
        let mut found = Found::default();
        let limits = schema.limits();
        values::property_count(map.len(), limits, at, &mut found);
        values::undeclared(map, schema, at, &mut found);
        let mut field = |name: &str, value: &Value, schema: &JsonSchema, field_at: &str| {
            // The version is not part of what the user wrote: both sides have the new one.
            let visible = !(at.is_empty() && matches!(name, "kind" | "apiVersion"));
            let old = old.filter(|_| visible).and_then(|old| old.field(name));
            found.merge(self.node(value, schema, field_at, old.as_ref()));
        };
        if let Some(additional) = schema.additional() {
            for (name, value) in map {
                if !schema.properties.contains_key(name) {
                    field(name, value, additional, &format!("{at}.{name}"));
                }
            }
        }
        for (name, property) in &schema.properties {
            if let Some(value) = map.get(name) {
                field(name, value, property, &super::path::child(at, name));
            }
        }
        values::required(map, limits, at, &mut found);
        found
    }

    fn junctors(self, value: &Value, limits: &Limits, at: &str) -> Found {
        junctors::check(self, value, limits, at)
    }
}
