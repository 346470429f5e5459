//! JSON as Go's decoder reads it: in its order, with fields that are there twice, with the text of
//! numbers, and refused in its words.

mod reader;

pub use reader::parse;

use super::{error::DecodeError, number};
use crate::status::quote;
use serde_json::{Map, Value};

/// How deep values may be nested: what serde_json allows. Go allows 10,000.
pub const DEPTH: usize = 128;

/// How many strict errors are kept.
const STRICT: usize = 100;

/// A JSON value as it was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, by its text.
    Number(Box<str>),
    /// A string.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the text; keys may repeat.
    Map(Vec<(String, Node)>),
}

impl From<&Value> for Node {
    /// Numbers as Go writes them.
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Node::Null,
            Value::Bool(value) => Node::Bool(*value),
            Value::Number(value) => Node::Number(number::text(value).into()),
            Value::String(value) => Node::String(value.clone()),
            Value::Array(items) => Node::List(items.iter().map(Node::from).collect()),
            Value::Object(map) => {
                Node::Map(map.iter().map(|(key, value)| (key.clone(), value.into())).collect())
            }
        }
    }
}

impl Node {
    /// The value as it is written: of keys that repeat the last counts, numbers keep their point.
    ///
    /// # Errors
    /// A number is out of range.
    pub fn raw(&self) -> Result<Value, DecodeError> {
        Ok(match self {
            Node::Number(text) => number::raw(text).ok_or_else(|| range(text))?,
            Node::List(items) => items.iter().map(Node::raw).collect::<Result<_, _>>()?,
            Node::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| Ok((key.clone(), value.raw()?)));
                entries.collect::<Result<_, _>>()?
            }
            other => other.untyped(&mut Strict::default(), number::raw)?,
        })
    }

    /// The value that Go makes of it where no type is known, and the strict errors for fields that
    /// are there twice.
    ///
    /// # Errors
    /// A number is out of range.
    pub fn checked(&self) -> Result<(Value, Vec<String>), DecodeError> {
        let mut strict = Strict::default();
        let value = self.untyped(&mut strict, number::untyped)?;
        Ok((value, strict.errors))
    }

    /// As [`checked`](Self::checked), and numbers keep their point: in memory Go tells `5.0` from
    /// `5`, which are the same once [`written`].
    ///
    /// # Errors
    /// A number is out of range.
    pub fn pointed(&self) -> Result<(Value, Vec<String>), DecodeError> {
        let mut strict = Strict::default();
        let value = self.untyped(&mut strict, number::raw)?;
        Ok((value, strict.errors))
    }

    /// The value that Go makes of it where no type is known: integers that 64 bits hold stay
    /// integers, the rest are floats.
    fn untyped(
        &self,
        strict: &mut Strict,
        number: fn(&str) -> Option<Value>,
    ) -> Result<Value, DecodeError> {
        Ok(match self {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Number(text) => number(text).ok_or_else(|| range(text))?,
            Node::String(text) => Value::String(text.clone()),
            Node::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let length = strict.enter_index(index);
                    out.push(item.untyped(strict, number)?);
                    strict.leave(length);
                }
                Value::Array(out)
            }
            Node::Map(entries) => {
                let mut out = Map::new();
                for (key, value) in entries {
                    if out.contains_key(key) {
                        strict.add("duplicate field", key);
                    }
                    let length = strict.enter(key);
                    let value = value.untyped(strict, number)?;
                    strict.leave(length);
                    out.insert(key.clone(), value);
                }
                Value::Object(out)
            }
        })
    }
}

/// A value as Go writes it: whole numbers have no point. O(size).
pub fn written(value: &mut Value) {
    match value {
        Value::Number(found) => {
            if let Some(float) = found.as_f64().filter(|_| found.is_f64()) {
                *value = number::number(float);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(written),
        Value::Object(map) => map.values_mut().for_each(written),
        _ => {}
    }
}

fn range(number: &str) -> DecodeError {
    DecodeError::new(format!("number {number}"), "float64".to_owned())
}

/// Reads JSON of which no type is known, as the server reads custom resources: the value, and the
/// strict errors for fields that are there twice, such as `duplicate field "spec.x"`. O(size).
///
/// # Errors
/// It is no JSON, or a number is out of range; in the words of Go's decoder.
pub fn read(bytes: &[u8]) -> Result<(Value, Vec<String>), DecodeError> {
    parse(bytes)?.checked()
}

/// The API version and kind that a document says it has, empty where it doesn't: what the server
/// looks at before it decodes, whatever else is there.
///
/// # Errors
/// It is no JSON or no map, or one of them is no string; in the server's words.
pub fn version_and_kind(document: &Node) -> Result<(String, String), DecodeError> {
    let fail = |of: &Node, field: Option<&str>| {
        let ty = if field.is_some() {
            "string"
        } else {
            "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \
             \"json:\\\"kind,omitempty\\\"\" }"
        };
        let mut error = DecodeError::new(kind_of(of).to_owned(), ty.to_owned());
        if let Some(field) = field {
            error.at("", &[field]);
        }
        DecodeError::Other(format!("couldn't get version/kind; json parse error: {error}"))
    };
    let (mut version, mut kind) = (String::new(), String::new());
    let entries = match document {
        Node::Map(entries) => entries,
        Node::Null => return Ok((version, kind)),
        other => return Err(fail(other, None)),
    };
    let mut failed = None;
    for (key, value) in entries {
        // This one decoder of the server's doesn't care about case.
        let (slot, name) = match key {
            key if key.eq_ignore_ascii_case("apiVersion") => (&mut version, "apiVersion"),
            key if key.eq_ignore_ascii_case("kind") => (&mut kind, "kind"),
            _ => continue,
        };
        match value {
            Node::String(text) => slot.clone_from(text),
            Node::Null => {}
            other => failed = failed.or_else(|| Some(fail(other, Some(name)))),
        }
    }
    failed.map_or(Ok((version, kind)), Err)
}

/// What Go calls a value that it can't put where it should go.
pub(super) fn kind_of(node: &Node) -> &'static str {
    match node {
        Node::Null => "null",
        Node::Bool(_) => "bool",
        Node::Number(_) => "number",
        Node::String(_) => "string",
        Node::List(_) => "array",
        Node::Map(_) => "object",
    }
}

/// What strict decoding complains about, each once, in the order it is met.
#[derive(Debug, Default)]
pub(super) struct Strict {
    pub(super) errors: Vec<String>,
    path: String,
}

impl Strict {
    /// Goes to a field; gives what [`leave`](Self::leave) takes.
    pub(super) fn enter(&mut self, field: &str) -> usize {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(field);
        length
    }

    pub(super) fn enter_index(&mut self, index: usize) -> usize {
        let length = self.path.len();
        self.path.push_str(&format!("[{index}]"));
        length
    }

    pub(super) fn leave(&mut self, length: usize) {
        self.path.truncate(length);
    }

    pub(super) fn add(&mut self, what: &str, field: &str) {
        let length = self.enter(field);
        let error = format!("{what} {}", quote(&self.path));
        self.leave(length);
        if self.errors.len() < STRICT && !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}
