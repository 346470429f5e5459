//! Checks of single values.

use super::{
    formats,
    numbers::nearly_whole,
    problem::{Found, Problem},
};
use crate::custom::schema::{Additional, JsonSchema, Limits};
use serde_json::{Map, Value};

/// The type, as far as the format leaves it to be checked.
pub(super) fn kind(value: &Value, types: &[&str], nullable: bool, format: &str, at: &str) -> Found {
    let passed = Found { matches: 1, ..Found::default() };
    let has = |kind: &str| types.contains(&kind);
    let (found, found_format) = match value {
        Value::Null if types.is_empty() || has("null") || nullable => return passed,
        Value::Null => return Problem::kind(at, &types.join(","), "null").into(),
        Value::Bool(_) => ("boolean", ""),
        Value::String(_) => ("string", ""),
        Value::Array(_) => ("array", ""),
        Value::Object(_) => ("object", ""),
        Value::Number(number) if number.as_i64().is_some() => ("integer", "int64"),
        Value::Number(_) => ("number", "float64"),
    };
    let fits = has(found)
        || (found == "integer" && has("number"))
        || (found == "number" && has("integer") && value.as_f64().is_some_and(nearly_whole));
    let shapeless = matches!(found, "string" | "array");
    if !shapeless && !format.is_empty() && !fits && found_format != format {
        return Problem::kind(at, format, found_format).into();
    }
    // A format decides about texts, and lets lists pass.
    let by_format = shapeless && !format.is_empty() && !has("number") && !has("integer");
    if by_format || fits { passed } else { Problem::kind(at, &types.join(","), found).into() }
}

/// `enum`.
pub(super) fn one_of(value: &Value, limits: &Limits, at: &str) -> Found {
    if limits.values.is_empty() || limits.values.iter().any(|one| converts_to(value, one)) {
        return Found::default();
    }
    Problem::not_supported(at, value, &limits.values).into()
}

/// Equality after conversion to the type of the second, as Go converts numbers.
#[allow(clippy::cast_possible_truncation, reason = "Go's conversion truncates")]
fn converts_to(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Null, _) => false,
        (Value::Number(value), Value::Number(wanted)) => match wanted.as_i64() {
            Some(wanted) => {
                let value = value.as_i64().or_else(|| value.as_f64().map(|float| float as i64));
                value == Some(wanted)
            }
            None => value.as_f64() == wanted.as_f64(),
        },
        // An integer converts to the text of that code point.
        (Value::Number(value), Value::String(wanted)) => {
            let code = value.as_i64().and_then(|code| u32::try_from(code).ok());
            let text = code.and_then(char::from_u32).map(String::from);
            text.as_ref() == Some(wanted)
        }
        (value, wanted) => value == wanted,
    }
}

/// Length and pattern; the first problem only.
pub(super) fn text(text: &str, limits: &Limits, at: &str) -> Found {
    let length = || i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    if let Some(max) = limits.max_length
        && length() > max
    {
        return Problem::too_long(at, max).into();
    }
    if let Some(min) = limits.min_length
        && length() < min
    {
        let what = format!("should be at least {min} chars long");
        return Problem::invalid(at, text, &what).into();
    }
    let pattern = &limits.pattern;
    if pattern.text().is_empty() {
        return Found::default();
    }
    let shown = pattern.text();
    match pattern.regex() {
        Ok(regex) if regex.is_match(text) => Found::default(),
        Ok(_) => Problem::invalid(at, text, &format!("should match '{shown}'")).into(),
        Err(problem) => {
            let what = format!("should match '{shown}, but pattern is invalid: {problem}'");
            Problem::invalid(at, text, &what).into()
        }
    }
}

pub(super) fn format(text: &str, format: &str, at: &str) -> Found {
    if formats::is_of(format, text) {
        return Found::default();
    }
    Problem::kind(at, format, text).into()
}

pub(super) fn item_count(count: usize, limits: &Limits, at: &str, found: &mut Found) {
    let size = i64::try_from(count).unwrap_or(i64::MAX);
    if let Some(min) = limits.min_items
        && size < min
    {
        found.add(Problem::invalid(at, size, &format!("should have at least {min} items")));
    }
    if let Some(max) = limits.max_items
        && size > max
    {
        found.add(Problem::too_many(at, "items", count, max));
    }
}

pub(super) fn property_count(count: usize, limits: &Limits, at: &str, found: &mut Found) {
    let size = i64::try_from(count).unwrap_or(i64::MAX);
    if let Some(min) = limits.min_properties
        && size < min
    {
        found.add(Problem::invalid(at, size, &format!("should have at least {min} properties")));
    }
    if let Some(max) = limits.max_properties
        && size > max
    {
        found.add(Problem::too_many(at, "properties", count, max));
    }
}

/// `additionalProperties: false`.
pub(super) fn undeclared(
    map: &Map<String, Value>,
    schema: &JsonSchema,
    at: &str,
    found: &mut Found,
) {
    if schema.additional != Some(Additional::Allowed(false)) {
        return;
    }
    for name in map.keys().filter(|name| !schema.properties.contains_key(*name)) {
        let text = format!("{at}.{name} in body is a forbidden property");
        found.add(Problem::worded(at, name.as_str(), text));
    }
}

pub(super) fn required(map: &Map<String, Value>, limits: &Limits, at: &str, found: &mut Found) {
    for name in limits.required.iter().filter(|name| !map.contains_key(*name)) {
        found.add(Problem::required(&format!("{at}.{name}")));
    }
}
