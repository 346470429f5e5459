//! Values as the server's error messages show them: as Go prints them.

use serde_json::Value;

/// The value behind a pointer to its wrapper (`%v`).
pub(super) fn plain(value: &Value) -> String {
    format!("&{{{}}}", simple(value))
}

/// The value with the type of its wrapper (`%#v`).
pub(super) fn detailed(value: &Value) -> String {
    format!("&value.valueUnstructured{{Value:{}}}", literal(value))
}

/// The type's name in Go (`%T`).
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn simple(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(simple).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let mut items: Vec<_> =
                map.iter().map(|(name, value)| format!("{name}:{}", simple(value))).collect();
            items.sort_unstable();
            format!("map[{}]", items.join(" "))
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(literal).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let mut items: Vec<_> =
                map.iter().map(|(name, value)| format!("{name:?}:{}", literal(value))).collect();
            items.sort_unstable();
            format!("map[string]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
