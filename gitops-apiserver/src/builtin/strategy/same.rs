//! When two values mean the same.

use serde_json::Value;

/// How deep values nest that are compared; decoding allows no deeper.
const DEPTH: usize = 256;

/// Whether two values are the same, where none, null and an empty list are the same, too.
///
/// As `equality.Semantic.DeepEqual` of apimachinery; quantities and times are canonical already.
pub(crate) fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    same_at(a, b, DEPTH)
}

fn same_at(a: Option<&Value>, b: Option<&Value>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return a == b };
    match (a.filter(|a| !nothing(a)), b.filter(|b| !nothing(b))) {
        (None, None) => true,
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_at(Some(a), Some(b), depth))
        }
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            a.iter().all(|(name, value)| same_at(Some(value), b.get(name), depth))
                && b.iter()
                    .all(|(name, value)| a.contains_key(name) || same_at(None, Some(value), depth))
        }
        (a, b) => a == b,
    }
}

fn nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}
