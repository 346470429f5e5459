//! How Go prints values.

use crate::status::Bad;
use serde_json::{Number, Value};
use std::{fmt::Write, ops::Range};

/// A value as an error shows it.
pub(super) fn bad(value: &Value) -> Bad {
    match value {
        Value::String(_) | Value::Bool(_) => Bad::Json(value.clone()),
        Value::Number(number) => Bad::Text(plain(number)),
        other => Bad::Text(json(other)),
    }
}

/// A number as `%v` prints it.
pub(super) fn plain(number: &Number) -> String {
    match float(number) {
        Some(float) => plain_float(float),
        None => number.to_string(),
    }
}

/// A float as `%v` prints it: with an exponent below 1e-4 and from 1e6 on.
pub(super) fn plain_float(float: f64) -> String {
    go_float(float, 1e-4..1e6)
}

fn float(number: &Number) -> Option<f64> {
    if number.is_f64() { number.as_f64() } else { None }
}

/// The shortest digits that read back as the same float; an exponent has at least two digits.
fn go_float(float: f64, plain: Range<f64>) -> String {
    let size = float.abs();
    if size == 0.0 || plain.contains(&size) {
        return format!("{float}");
    }
    if !float.is_finite() {
        let text = if float.is_nan() { "NaN" } else { "Inf" };
        return match (float.is_nan(), float < 0.0) {
            (true, _) => text.to_owned(),
            (false, true) => format!("-{text}"),
            (false, false) => format!("+{text}"),
        };
    }
    let text = format!("{float:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(rest) => ('-', rest),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// A value as `encoding/json` writes it: keys sorted, `<`, `>` and `&` escaped.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => match float(number) {
            Some(float) => out.push_str(&json_float(float)),
            None => out.push_str(&number.to_string()),
        },
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (at, (key, item)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write_json(item, out);
            }
            out.push('}');
        }
    }
}

/// As JSON: an exponent below 1e-6 and from 1e21 on, `e-7` and not `e-07`.
fn json_float(float: f64) -> String {
    let text = go_float(float, 1e-6..1e21);
    match text.split_once("e-0") {
        Some((digits, exponent)) => format!("{digits}e-{exponent}"),
        None => text,
    }
}

/// A JSON string.
pub(super) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                // Writing to a string never fails.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A value as `%v` prints it: `map[a:1 b:[x y]]`.
pub(super) fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => plain(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(key, value)| format!("{key}:{}", go_value(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

/// The Go type of a value, as `%T` prints it.
pub(super) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.as_i64().is_some() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// From Go's `strconv` and `encoding/json`.
    #[test]
    fn numbers_are_printed_as_go_prints_them() {
        for (float, plain, written) in [
            (1.0, "1", "1"),
            (1.5, "1.5", "1.5"),
            (999999.5, "999999.5", "999999.5"),
            (1e20, "1e+20", "100000000000000000000"),
            (1e21, "1e+21", "1e+21"),
            (1e-5, "1e-05", "0.00001"),
            (1.5e-7, "1.5e-07", "1.5e-7"),
            (-2.5e100, "-2.5e+100", "-2.5e+100"),
        ] {
            assert_eq!(plain_float(float), plain);
            assert_eq!(json(&json!(float)), written);
        }
        assert_eq!(
            json(&json!({"b": "<a>\u{1}", "a": [null, true, 7]})),
            "{\"a\":[null,true,7],\"b\":\"\\u003ca\\u003e\\u0001\"}"
        );
    }
}
