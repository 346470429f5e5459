//! Reading FieldsV1.

use super::{Fields, Key, Node, PathElement, Scalar};
use serde_json::{Map, Value};

/// Nesting beyond this is refused: the server's own JSON reader stops before.
const DEPTH: usize = 128;

/// The value is not a field set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a FieldsV1 set: {problem} at {at}")]
pub struct ParseFieldsError {
    /// What is wrong.
    pub problem: &'static str,
    /// Where: the last step of the path, shortened.
    pub at: String,
}

impl ParseFieldsError {
    fn new(problem: &'static str, at: &str) -> Self {
        let short: String = at.chars().take(80).collect();
        ParseFieldsError { problem, at: format!("{short:?}") }
    }
}

impl PathElement {
    /// Reads one step: `f:name`, `k:{…}`, `v:<json>`, `i:<number>`. `None` for the kinds of a
    /// future version, which the server drops too.
    ///
    /// # Errors
    /// The text has no kind, or what follows is no key, value or number.
    pub fn parse(text: &str) -> Result<Option<Self>, ParseFieldsError> {
        let fail = |problem| ParseFieldsError::new(problem, text);
        let kind = text.chars().next().ok_or_else(|| fail("an empty step"))?;
        let rest = text.get(kind.len_utf8()..).and_then(|rest| rest.strip_prefix(':'));
        let rest = rest.ok_or_else(|| fail("a step without its kind"))?;
        Ok(Some(match kind {
            'f' => PathElement::field(rest),
            'k' => match serde_json::from_str(rest) {
                Ok(Value::Object(fields)) => PathElement::Key(Key::new(&fields)),
                _ => return Err(fail("a key that is not a JSON object")),
            },
            'v' => {
                let value = serde_json::from_str(rest);
                let value = value.map_err(|_| fail("a set item that is not JSON"))?;
                PathElement::Value(Scalar::new(&value))
            }
            'i' => {
                let index = rest.parse().map_err(|_| fail("an index that is not a number"))?;
                PathElement::Index(index)
            }
            _ => return Ok(None),
        }))
    }
}

impl Fields {
    /// Reads a `fieldsV1` value; `null` is read as the empty set, as the server does. O(size).
    ///
    /// # Errors
    /// It is not an object of objects, a step can't be read, or it is nested too deep.
    pub fn parse(value: &Value) -> Result<Self, ParseFieldsError> {
        Ok(node(value, "the root", DEPTH)?.children)
    }
}

fn node(value: &Value, at: &str, depth: usize) -> Result<Node, ParseFieldsError> {
    let none = Map::new();
    let map = match value {
        Value::Object(map) => map,
        Value::Null => &none,
        _ => return Err(ParseFieldsError::new("a value that is not an object", at)),
    };
    let Some(depth) = depth.checked_sub(1) else {
        return Err(ParseFieldsError::new("too deep nesting", at));
    };
    let mut out = Node::default();
    for (text, value) in map {
        if text == "." {
            out.member = true;
        } else if let Some(element) = PathElement::parse(text)? {
            let child = node(value, text, depth)?;
            // Two texts of one element (`v:1`, `v:1.0`) are one.
            out.children.entry(element).merge(child);
        }
    }
    // `{}` is the short form of a member without children.
    out.member |= out.children.is_empty();
    Ok(out)
}
