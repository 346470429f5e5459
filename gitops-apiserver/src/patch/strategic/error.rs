//! What the server answers when it can't merge.

use super::super::go;
use crate::status::Status;
use serde_json::Value;

#[derive(Debug)]
pub(super) enum Fail {
    /// A directive has the wrong form.
    Form(&'static str),
    ListOfLists,
    Other(String),
    /// The server's library breaks down, and the server cuts the connection. We answer 500.
    Broken,
}

pub(super) const RETAIN_KEYS: &str = "invalid patch format of retainKeys";
pub(super) const PRIMITIVE_LIST: &str = "invalid patch format of primitive list";
pub(super) const ELEMENT_ORDER: &str = "invalid patch format of setElementOrder list";

impl From<Fail> for Status {
    fn from(fail: Fail) -> Self {
        match fail {
            Fail::Form(why) => Status::bad_request(why),
            Fail::ListOfLists => go::unprocessable(),
            Fail::Other(why) => Status::unclassified(why),
            Fail::Broken => Status::unclassified(
                "This request caused apiserver to panic. Look in the logs for details.",
            ),
        }
    }
}

/// What Go calls the type of a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

pub(super) fn no_list(value: &Value) -> Fail {
    Fail::Other(format!("expected a []interface {{}}, but received a {}", type_of(value)))
}

pub(super) fn no_map(value: &Value) -> Fail {
    let received = type_of(value);
    Fail::Other(format!("expected a map[string]interface {{}}, but received a {received}"))
}

pub(super) fn no_merge_key(map: &Value, key: &str) -> Fail {
    let map = go::print(map);
    Fail::Other(format!("map: {map} does not contain declared merge key: {key}"))
}

pub(super) fn unknown_directive(directive: &Value, map: &Value) -> Fail {
    let shown = match directive {
        Value::String(text) => text.clone(),
        Value::Null => "%!s(<nil>)".to_owned(),
        Value::Bool(_) | Value::Number(_) => {
            format!("%!s({}={})", type_of(directive), go::print(directive))
        }
        other => go::print(other),
    };
    Fail::Other(format!("unknown patch type: {shown} in map: {}", go::print(map)))
}
