//! What Go's decoder says of JSON.

use serde_json::Value;

/// What is wrong with a text that should be a JSON object; `None` if it is one, or null.
pub(super) fn object_problem(text: &[u8]) -> Option<String> {
    let kind = match serde_json::from_slice(text) {
        Ok(Value::Object(_) | Value::Null) => return None,
        Ok(Value::Array(_)) => "array",
        Ok(Value::String(_)) => "string",
        Ok(Value::Number(_)) => "number",
        Ok(Value::Bool(_)) => "bool",
        Err(error) if error.is_eof() => return Some("unexpected end of JSON input".to_owned()),
        Err(_) => {
            let first = text.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
            let first = char::from(first.unwrap_or_default());
            return Some(format!("invalid character '{first}' looking for beginning of value"));
        }
    };
    Some(format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"))
}
