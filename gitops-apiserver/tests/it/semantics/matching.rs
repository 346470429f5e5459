//! Whether an answer has what a story says.

use serde_json::Value;

/// What is missing or different, with its place; nothing if all is there.
///
/// Maps may have more than is expected, lists may not. Null expects that there is nothing.
pub(super) fn differences(expected: &Value, found: Option<&Value>, place: &str) -> Vec<String> {
    match (expected, found) {
        (Value::Null, None | Some(Value::Null)) => Vec::new(),
        (Value::Object(expected), Some(Value::Object(found))) => {
            let each = expected.iter();
            each.flat_map(|(key, value)| {
                differences(value, found.get(key), &format!("{place}.{key}"))
            })
            .collect()
        }
        (Value::Array(expected), Some(Value::Array(found))) if expected.len() == found.len() => {
            let each = expected.iter().zip(found).enumerate();
            each.flat_map(|(index, (expected, found))| {
                differences(expected, Some(found), &format!("{place}[{index}]"))
            })
            .collect()
        }
        (expected, Some(found)) if expected == found => Vec::new(),
        (expected, found) => {
            let found = found.map_or("nothing".to_owned(), ToString::to_string);
            vec![format!("{place}: {found} instead of {expected}")]
        }
    }
}
