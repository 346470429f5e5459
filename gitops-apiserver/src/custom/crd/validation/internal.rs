//! Parts of a definition as the server prints them in errors: its internal types have no names
//! for JSON, so that Go's names of fields show, in the order of the types.

use crate::custom::{
    definition::text_of,
    schema::{Additional, Items, JsonSchema, Rule},
    wording,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Go's names of the fields of a schema, and those of them that are not empty.
pub(super) fn schema_fields(schema: &JsonSchema) -> Vec<(&'static str, Option<String>)> {
    let limits = schema.limits();
    let text = |text: &str| (!text.is_empty()).then(|| quoted(text));
    let flag = |flag: bool| flag.then(|| "true".to_owned());
    let float = |float: Option<f64>| float.map(|float| wording::json(&float.into()));
    let integer = |integer: Option<i64>| integer.map(|integer| integer.to_string());
    let schemas =
        |all: &[JsonSchema]| (!all.is_empty()).then(|| list(all.iter().map(self::schema)));
    let named = |all: &BTreeMap<String, JsonSchema>| {
        (!all.is_empty()).then(|| map(all.iter().map(|(key, one)| (key, self::schema(one)))))
    };
    let any = |value: Option<&Value>| value.map(wording::json);
    let texts = schema.texts.as_deref();
    let other = schema.unsupported.as_deref();
    vec![
        ("ID", other.and_then(|other| text(&other.id))),
        ("Schema", other.and_then(|other| text(&other.schema))),
        ("Ref", other.and_then(|other| other.reference.as_deref().map(quoted))),
        ("Description", texts.and_then(|texts| text(&texts.description))),
        ("Type", text(&schema.kind)),
        ("Nullable", flag(schema.nullable)),
        ("Format", text(&limits.format)),
        ("Title", texts.and_then(|texts| text(&texts.title))),
        ("Default", any(schema.default.as_ref())),
        ("Maximum", float(limits.maximum)),
        ("ExclusiveMaximum", flag(limits.exclusive_maximum)),
        ("Minimum", float(limits.minimum)),
        ("ExclusiveMinimum", flag(limits.exclusive_minimum)),
        ("MaxLength", integer(limits.max_length)),
        ("MinLength", integer(limits.min_length)),
        ("Pattern", text(limits.pattern.text())),
        ("MaxItems", integer(limits.max_items)),
        ("MinItems", integer(limits.min_items)),
        ("UniqueItems", flag(limits.unique_items)),
        ("MultipleOf", float(limits.multiple_of)),
        (
            "Enum",
            (!limits.values.is_empty()).then(|| list(limits.values.iter().map(wording::json))),
        ),
        ("MaxProperties", integer(limits.max_properties)),
        ("MinProperties", integer(limits.min_properties)),
        ("Required", strings(&limits.required)),
        ("Items", schema.items.as_ref().map(items)),
        ("AllOf", schemas(&limits.all_of)),
        ("OneOf", schemas(&limits.one_of)),
        ("AnyOf", schemas(&limits.any_of)),
        ("Not", limits.not.as_deref().map(self::schema)),
        ("Properties", named(&schema.properties)),
        ("AdditionalProperties", schema.additional.as_ref().map(additional)),
        ("PatternProperties", other.and_then(|other| named(&other.pattern_properties))),
        (
            "Dependencies",
            other.and_then(|other| other.dependencies.as_ref()).map(|all| {
                map(all.iter().map(|(key, one)| {
                    let one = one.as_ref().map_or("null".to_owned(), self::schema);
                    (key, format!("{{\"Schema\":{one},\"Property\":null}}"))
                }))
            }),
        ),
        (
            "AdditionalItems",
            other.and_then(|other| other.additional_items.as_ref()).map(additional),
        ),
        ("Definitions", other.and_then(|other| named(&other.definitions))),
        (
            "ExternalDocs",
            texts.and_then(|texts| texts.external_docs.as_ref()).map(|docs| {
                let (description, url) = (text_of(docs, "description"), text_of(docs, "url"));
                format!("{{\"Description\":{},\"URL\":{}}}", quoted(&description), quoted(&url))
            }),
        ),
        ("Example", any(texts.and_then(|texts| texts.example.as_ref()))),
        ("XPreserveUnknownFields", schema.preserve_unknown.map(|flag| flag.to_string())),
        ("XEmbeddedResource", flag(schema.embedded)),
        ("XIntOrString", flag(schema.int_or_string)),
        ("XListMapKeys", strings(&schema.list_map_keys)),
        ("XListType", schema.list_type.as_deref().map(quoted)),
        ("XMapType", schema.map_type.as_deref().map(quoted)),
        ("XValidations", (!schema.rules.is_empty()).then(|| list(schema.rules.iter().map(rule)))),
    ]
}

/// A schema.
pub(super) fn schema(schema: &JsonSchema) -> String {
    // What an empty field looks like: most are pointers, lists or maps.
    let empty = |name: &str| match name {
        "ID" | "Schema" | "Description" | "Type" | "Format" | "Title" | "Pattern" => "\"\"",
        "Nullable" | "ExclusiveMaximum" | "ExclusiveMinimum" | "UniqueItems"
        | "XEmbeddedResource" | "XIntOrString" => "false",
        _ => "null",
    };
    let fields = schema_fields(schema).into_iter();
    object(fields.map(|(name, value)| (name, value.unwrap_or_else(|| empty(name).to_owned()))))
}

/// `items`.
pub(super) fn items(items: &Items) -> String {
    match items {
        Items::One(one) => format!("{{\"Schema\":{},\"JSONSchemas\":null}}", schema(one)),
        Items::Many(many) => {
            format!("{{\"Schema\":null,\"JSONSchemas\":{}}}", list(many.iter().map(schema)))
        }
    }
}

fn additional(additional: &Additional) -> String {
    match additional {
        Additional::Allowed(flag) => format!("{{\"Allows\":{flag},\"Schema\":null}}"),
        Additional::Schema(one) => format!("{{\"Allows\":true,\"Schema\":{}}}", schema(one)),
    }
}

/// A rule of `x-kubernetes-validations`.
pub(super) fn rule(rule: &Rule) -> String {
    object([
        ("Rule", quoted(&rule.rule)),
        ("Message", quoted(&rule.message)),
        ("MessageExpression", quoted(&rule.message_expression)),
        ("Reason", rule.reason.as_deref().map_or("null".to_owned(), quoted)),
        ("FieldPath", quoted(&rule.field_path)),
        (
            "OptionalOldSelf",
            rule.optional_old_self.map_or("null".to_owned(), |one| one.to_string()),
        ),
    ])
}

/// A version; `own` gives what is not the same in all versions.
pub(super) fn version<'a>(version: &Value, own: &dyn Fn(&str) -> Option<&'a Value>) -> String {
    let null = || "null".to_owned();
    let flag = |name: &str| (version.get(name) == Some(&Value::Bool(true))).to_string();
    let warning = version.get("deprecationWarning").filter(|text| text.is_string());
    let schema = own("schema").map(|one| match one.get("openAPIV3Schema") {
        Some(one) => format!("{{\"OpenAPIV3Schema\":{}}}", schema(&JsonSchema::read(one))),
        None => "{\"OpenAPIV3Schema\":null}".to_owned(),
    });
    let each = |name: &str, print: &dyn Fn(&Value) -> String| {
        own(name).and_then(Value::as_array).map_or_else(null, |all| list(all.iter().map(print)))
    };
    object([
        ("Name", quoted(&text_of(version, "name"))),
        ("Served", flag("served")),
        ("Storage", flag("storage")),
        ("Deprecated", flag("deprecated")),
        ("DeprecationWarning", warning.map_or_else(null, wording::json)),
        ("Schema", schema.unwrap_or_else(null)),
        ("Subresources", own("subresources").map_or_else(null, subresources)),
        ("AdditionalPrinterColumns", each("additionalPrinterColumns", &column)),
        (
            "SelectableFields",
            each("selectableFields", &|field| {
                object([("JSONPath", quoted(&text_of(field, "jsonPath")))])
            }),
        ),
    ])
}

fn subresources(all: &Value) -> String {
    let status = all.get("status").filter(|status| !status.is_null());
    let scale = all.get("scale").filter(|scale| !scale.is_null());
    let scale = scale.map(|scale| {
        let selector = scale.get("labelSelectorPath").and_then(Value::as_str);
        object([
            ("SpecReplicasPath", quoted(&text_of(scale, "specReplicasPath"))),
            ("StatusReplicasPath", quoted(&text_of(scale, "statusReplicasPath"))),
            ("LabelSelectorPath", selector.map_or("null".to_owned(), quoted)),
        ])
    });
    object([
        ("Status", if status.is_some() { "{}".to_owned() } else { "null".to_owned() }),
        ("Scale", scale.unwrap_or_else(|| "null".to_owned())),
    ])
}

fn column(column: &Value) -> String {
    let text = |name: &str| quoted(&text_of(column, name));
    let priority = column.get("priority").and_then(Value::as_i64).unwrap_or_default();
    object([
        ("Name", text("name")),
        ("Type", text("type")),
        ("Format", text("format")),
        ("Description", text("description")),
        ("Priority", priority.to_string()),
        ("JSONPath", text("jsonPath")),
    ])
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    wording::write_text(text, &mut out);
    out
}

fn strings(all: &[String]) -> Option<String> {
    (!all.is_empty()).then(|| list(all.iter().map(|text| quoted(text))))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn map<'a>(fields: impl Iterator<Item = (&'a String, String)>) -> String {
    let fields = fields.map(|(key, value)| format!("{}:{value}", quoted(key)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

fn object(fields: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let fields = fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}
