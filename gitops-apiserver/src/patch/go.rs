//! What patches of all kinds say and print as Go does.

use crate::builtin::types::json::Node as Read;
use crate::status::Status;
use serde_json::Value;
use std::collections::BTreeSet;

/// A failed operation: the server keeps to itself what was wrong.
pub(super) fn unprocessable() -> Status {
    let why = "the server rejected our request due to an error in our request";
    let mut status = Status::new(422, "Invalid", why);
    status.details = Some(Box::default());
    status
}

/// A value that can't go where it should.
pub(super) fn reject(value: &Read, place: &str) -> String {
    let kind = match value {
        Read::Null => "null",
        Read::Bool(_) => "bool",
        Read::Number(_) => "number",
        Read::String(_) => "string",
        Read::List(_) => "array",
        Read::Map(_) => "object",
    };
    format!("json: cannot unmarshal {kind} into {place}")
}

/// Calls `found` with the path of each field below `path` that a map has twice.
pub(super) fn duplicates(value: &Read, path: &mut String, found: &mut dyn FnMut(&str)) {
    let length = path.len();
    match value {
        Read::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                duplicates(item, path, found);
                path.truncate(length);
            }
        }
        Read::Map(members) => {
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            for (name, value) in members {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(name);
                if !seen.insert(name) {
                    found(path);
                }
                duplicates(value, path, found);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// A value as `%v` prints it: `map[a:1 b:[x y]]`.
pub(super) fn print(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => float(number.as_f64().unwrap_or_default()),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(print).collect::<Vec<_>>().join(" "))
        }
        Value::Object(map) => {
            let members = map.iter().map(|(key, value)| format!("{key}:{}", print(value)));
            format!("map[{}]", members.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

/// A float as `%v` prints it: with an exponent of two digits from 1e21 on and below 1e-4.
fn float(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-4..1e21).contains(&size) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{exponent:0>2}")
        }
        None => text,
    }
}
