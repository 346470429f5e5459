//! One step of a path.

use super::canonical::canonical;
use serde_json::{Map, Value};
use std::{borrow::Cow, cmp::Ordering, collections::BTreeMap, fmt};

/// One step of a path into an object. Ordered as the server orders them: fields, keys, values,
/// indices.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathElement {
    /// A field of a map or struct, `f:name`.
    Field(Box<str>),
    /// The item of a keyed list with this key, `k:{"name":"app"}`.
    Key(Key),
    /// The item of a set with this value, `v:"finalizer"`.
    Value(Scalar),
    /// The item of a list at this index, `i:0`. Kubernetes does not write these today.
    Index(i64),
}

/// The key of an item in a keyed list: the values of its key fields.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(BTreeMap<Box<str>, Scalar>);

/// A JSON value in its canonical text, so that it can be compared and ordered. Keys and set items
/// are scalars in practice; the format allows any value.
///
/// Ordered as the server orders values: numbers, strings, booleans, lists, maps, null.
#[derive(Clone, PartialEq, Eq)]
pub struct Scalar(Box<str>);

impl PathElement {
    /// The step to a field.
    pub fn field(name: &str) -> Self {
        PathElement::Field(name.into())
    }
}

impl Key {
    /// The key with these fields.
    pub fn new(fields: &Map<String, Value>) -> Self {
        Key(fields.iter().map(|(name, value)| (name.as_str().into(), Scalar::new(value))).collect())
    }

    /// The names of the key fields, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|name| &**name)
    }

    /// The key fields with their values, sorted by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Value)> {
        self.0.iter().map(|(name, scalar)| (&**name, scalar.value()))
    }

    /// Whether the other key has all fields of this one, with the same values.
    pub fn is_part_of(&self, other: &Key) -> bool {
        self.0.iter().all(|(name, scalar)| other.0.get(name) == Some(scalar))
    }

    /// The key as a JSON object.
    pub fn to_json(&self) -> Value {
        Value::Object(self.fields().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl Scalar {
    /// The canonical text of a value. Numbers that are equal have one text: `1.0` is `1`.
    pub fn new(value: &Value) -> Self {
        let text = match value {
            Value::Number(number) => integral(number).map(|whole| whole.to_string()),
            _ => None,
        };
        Scalar(text.unwrap_or_else(|| canonical(value)).into())
    }

    /// The value.
    pub fn value(&self) -> Value {
        // The text was written from a value.
        serde_json::from_str(&self.0).unwrap_or(Value::Null)
    }

    /// The canonical JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which kind of value a canonical text is, in the order of kinds.
fn kind(text: &str) -> u8 {
    match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'-') => 0,
        Some(b'"') => 1,
        Some(b't' | b'f') => 2,
        Some(b'[') => 3,
        Some(b'{') => 4,
        _ => 5,
    }
}

impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
        let kinds = (kind(&self.0), kind(&other.0));
        let by_kind = kinds.0.cmp(&kinds.1);
        let by_number = if kinds == (0, 0) {
            number(&self.0).total_cmp(&number(&other.0))
        } else {
            Ordering::Equal
        };
        // The text decides between numbers that floats can't tell apart.
        by_kind.then(by_number).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The integer that a float is equal to, as far as floats hold integers exactly.
fn integral(number: &serde_json::Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = number.as_f64().filter(|_| number.is_f64())?;
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value as messages show it: JSON, but for maps, of which only what is in them is shown.
fn shown(text: &str) -> Cow<'_, str> {
    match text.as_bytes().first() {
        Some(b'{' | b'[') => {
            serde_json::from_str(text).map_or(text.into(), |value| plain(&value).into())
        }
        _ => text.into(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            map.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect()
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// As kubectl and the server's conflict messages write a step: `.image`, `[name="app"]`,
/// `[="finalizer"]`, `[0]`. Field names that aren't plain words are quoted: `["a/b"]`.
impl fmt::Display for PathElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathElement::Field(name) => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
                if !name.is_empty() && name.bytes().all(plain) {
                    write!(f, ".{name}")
                } else {
                    write!(f, "[{}]", Value::from(&**name))
                }
            }
            PathElement::Key(key) => {
                f.write_str("[")?;
                for (index, (name, scalar)) in key.0.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{name}={}", shown(&scalar.0))?;
                }
                f.write_str("]")
            }
            PathElement::Value(scalar) => write!(f, "[={}]", shown(&scalar.0)),
            PathElement::Index(index) => write!(f, "[{index}]"),
        }
    }
}
