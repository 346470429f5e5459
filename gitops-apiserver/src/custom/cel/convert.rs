//! From JSON to values of CEL, by the schema.

use crate::custom::schema::JsonSchema;
use base64::Engine as _;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use serde::{Serialize, Serializer, ser::SerializeMap, ser::SerializeSeq};
use serde_json::Value;

/// A value as CEL sees it: declared fields only, with escaped names; numbers, times and bytes by
/// their schema.
pub(super) struct Typed<'a> {
    pub(super) value: &'a Value,
    pub(super) schema: Option<&'a JsonSchema>,
    /// Whether it is a resource, of which type and name can be seen.
    pub(super) resource: bool,
}

impl Typed<'_> {
    /// The value of CEL.
    pub(super) fn to_cel(&self) -> Result<cel::Value, String> {
        cel::to_value(self).map_err(|error| error.to_string())
    }
}

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = self.schema.map_or("", |schema| &*schema.kind);
        match self.value {
            Value::Null => serializer.serialize_none(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(integer) if kind != "number" => serializer.serialize_i64(integer),
                // It is there, and nothing can be done with it.
                None if kind == "integer" => serializer.serialize_none(),
                _ => serializer.serialize_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => self.text(text, serializer),
            Value::Array(items) => {
                let schema = self.schema.and_then(JsonSchema::item);
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for value in items {
                    list.serialize_element(&below(value, schema))?;
                }
                list.end()
            }
            Value::Object(map) => {
                let mut out = serializer.serialize_map(None)?;
                for (name, value) in map {
                    let declared = self.schema.and_then(|schema| schema.properties.get(name));
                    let additional = self.schema.and_then(JsonSchema::additional);
                    let anything = self.schema.is_none_or(|schema| {
                        schema.properties.is_empty() && schema.additional.is_none()
                    });
                    if let Some(schema) = declared {
                        if let Some(name) = escape(name) {
                            out.serialize_entry(&name, &below(value, Some(schema)))?;
                        }
                    } else if self.resource && super::super::object::is_meta_field(name) {
                        out.serialize_entry(name, &below(value, None))?;
                    } else if additional.is_some() || anything {
                        out.serialize_entry(name, &below(value, additional))?;
                    }
                }
                out.end()
            }
        }
    }
}

fn below<'a>(value: &'a Value, schema: Option<&'a JsonSchema>) -> Typed<'a> {
    Typed { value, schema, resource: schema.is_some_and(|schema| schema.embedded) }
}

impl Typed<'_> {
    fn text<S: Serializer>(&self, text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        let format = match self.schema {
            Some(schema) if schema.kind == "string" => &*schema.limits().format,
            _ => "",
        };
        match format {
            "byte" => match base64::engine::general_purpose::STANDARD.decode(text) {
                Ok(bytes) => serializer.serialize_bytes(&bytes),
                Err(_) => serializer.serialize_str(text),
            },
            "date" => match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
                Ok(date) => {
                    let start = date.and_time(NaiveTime::MIN).and_utc().fixed_offset();
                    cel::Timestamp(start).serialize(serializer)
                }
                Err(_) => serializer.serialize_str(text),
            },
            "date-time" => match DateTime::<FixedOffset>::parse_from_rfc3339(text) {
                Ok(time) => cel::Timestamp(time).serialize(serializer),
                Err(_) => serializer.serialize_str(text),
            },
            _ => serializer.serialize_str(text),
        }
    }
}

/// Whether rules can't work with a value, or one below: it has a number with a point where an
/// integer is declared. Schemas take `5.0`.
pub(super) fn is_unreadable(schema: &JsonSchema, value: &Value) -> bool {
    match value {
        Value::Number(number) => schema.kind == "integer" && number.as_i64().is_none(),
        Value::Array(items) => {
            schema.item().is_some_and(|schema| items.iter().any(|item| is_unreadable(schema, item)))
        }
        Value::Object(map) => map.iter().any(|(name, value)| {
            let below = schema.properties.get(name).or_else(|| schema.additional());
            below.is_some_and(|schema| is_unreadable(schema, value))
        }),
        _ => false,
    }
}

/// The name of a field in expressions; `None` if it can't be one.
pub(super) fn escape(name: &str) -> Option<String> {
    const RESERVED: [&str; 19] = [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
    ];
    if RESERVED.contains(&name) || matches!(name, "void" | "while") {
        return Some(format!("__{name}__"));
    }
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    if !name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) || !name.chars().all(fine) {
        return None;
    }
    let escaped = name.replace("__", "__underscores__");
    Some(escaped.replace('.', "__dot__").replace('-', "__dash__").replace('/', "__slash__"))
}
