//! Columns of tables that a definition asks for.

use crate::custom::{json_path::JsonPath, wording};
use serde_json::Value;

/// A column beside the name.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its head.
    pub name: String,
    /// `integer`, `number`, `string`, `boolean` or `date`.
    pub type_name: String,
    /// Such as `int32`; empty if not given.
    pub format: String,
    /// What it shows.
    pub description: String,
    /// 0 is always shown, others only in wide tables.
    pub priority: i64,
    path: JsonPath,
}

impl Column {
    /// The columns of a version, as `additionalPrinterColumns` has them, or the one that the
    /// server adds if there are none. The columns before one whose path can't be read are kept.
    pub(super) fn read(version: &Value) -> Vec<Column> {
        let columns = version.get("additionalPrinterColumns").and_then(Value::as_array);
        match columns {
            Some(columns) if !columns.is_empty() => {
                columns.iter().map_while(Self::read_one).collect()
            }
            _ => Self::age().into_iter().collect(),
        }
    }

    fn read_one(column: &Value) -> Option<Column> {
        let text =
            |name: &str| column.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let path = text("jsonPath");
        let description = match text("description") {
            none if none.is_empty() => {
                format!("Custom resource definition column (in JSONPath format): {path}")
            }
            some => some,
        };
        Some(Column {
            name: text("name"),
            type_name: text("type"),
            format: text("format"),
            description,
            priority: column.get("priority").and_then(Value::as_i64).unwrap_or_default(),
            path: JsonPath::parse(&path)?,
        })
    }

    fn age() -> Option<Column> {
        Some(Column {
            name: "Age".to_owned(),
            type_name: "date".to_owned(),
            format: String::new(),
            description: "CreationTimestamp is a timestamp representing the server time when this \
                object was created. It is not guaranteed to be set in happens-before order across \
                separate operations. Clients may not set this value. It is represented in RFC3339 \
                form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More \
                info: https://git.k8s.io/community/contributors/devel/sig-architecture/\
                api-conventions.md#metadata"
                .to_owned(),
            priority: 0,
            path: JsonPath::parse(".metadata.creationTimestamp")?,
        })
    }

    /// What the column shows of an object; null for nothing. `age` tells how long ago a time in
    /// RFC 3339 was, as tables show it, or `None` if the text is no time.
    pub fn cell(&self, object: &Value, age: &dyn Fn(&str) -> Option<String>) -> Value {
        let found = self.path.find(object).unwrap_or_default();
        let Some(value) = found.first() else { return Value::Null };
        match (&*self.type_name, value) {
            ("string", value) => printed(value).into(),
            ("integer", Value::Number(number)) => match number.as_i64() {
                Some(_) => value.clone(),
                None => number.as_f64().map_or(Value::Null, whole),
            },
            ("number", Value::Number(number)) => match number.as_f64() {
                // Go writes whole floats without a point.
                Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => whole(float),
                Some(float) => float.into(),
                None => Value::Null,
            },
            ("boolean", Value::Bool(_)) => value.clone(),
            ("date", Value::String(text)) => match &**text {
                "" | "null" => "<unknown>".into(),
                text => age(text).unwrap_or_else(|| "<invalid>".to_owned()).into(),
            },
            _ => Value::Null,
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "as the server converts")]
fn whole(float: f64) -> Value {
    (float as i64).into()
}

fn printed(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => wording::plain(number),
        Value::Bool(flag) => flag.to_string(),
        parts => wording::json(parts),
    }
}
