//! From JSON into Go structs.
//!
//! The struct being filled is a [`Value`] too: of a map only with the fields that are set, of which
//! a null is the zero value behind a pointer that is set. [`encode`](super::encode) makes the
//! object of it.

use super::{
    base64, empty,
    encode::encode,
    error::DecodeError,
    json::{Node, Strict, kind_of},
    number, own,
    reflect::{Field, Own, Struct, Type},
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What decoding gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The object as the server sends it on.
    pub object: Value,
    /// What a strict decoder complains about, at most a hundred, in the server's words and order:
    /// `unknown field "spec.foo"`, `duplicate field "spec.x"`.
    pub strict: Vec<String>,
}

/// Decodes an object and encodes it again.
pub(super) fn decode(of: &Struct, node: &Node) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::default();
    let mut filled = Value::Null;
    decoder.structure(of, node, &mut filled)?;
    match decoder.failed {
        Some(error) => Err(error),
        None => {
            let kept = match decoder.empty {
                true => empty::that_count(of, &filled),
                false => Vec::new(),
            };
            let mut object = encode(of, filled);
            empty::put_back(&mut object, kept);
            Ok(Decoded { object, strict: decoder.strict.errors })
        }
    }
}

/// Decodes one value of a type, without strictness, as types do that read their own JSON.
pub(super) fn plain(ty: &Type, node: &Node) -> Result<Value, DecodeError> {
    let mut decoder = Decoder::default();
    let mut filled = Value::Null;
    decoder.value(ty, node, &mut filled)?;
    decoder.failed.map_or(Ok(filled), Err)
}

#[derive(Default)]
struct Decoder {
    strict: Strict,
    /// The first type error: decoding goes on after it, since an error of a type that reads its
    /// own JSON would count more.
    failed: Option<DecodeError>,
    /// The struct we are in, and the path to the field without indexes and keys of maps.
    within: &'static str,
    path: Vec<&'static str>,
    /// Whether there was an empty list or map.
    empty: bool,
}

impl Decoder {
    fn located(&self, mut error: DecodeError) -> DecodeError {
        error.at(self.within, &self.path);
        error
    }

    /// Notes that a value doesn't fit.
    fn mismatch(&mut self, value: impl Into<String>, ty: &Type) {
        if self.failed.is_none() {
            self.failed = Some(self.located(DecodeError::new(value.into(), ty.go_name())));
        }
    }

    fn structure(&mut self, of: &Struct, node: &Node, into: &mut Value) -> Result<(), DecodeError> {
        let Node::Map(entries) = node else {
            if *node != Node::Null && self.failed.is_none() {
                let name = of.name.rsplit('/').next().unwrap_or(of.name).to_owned();
                let error = DecodeError::new(kind_of(node).to_owned(), name);
                self.failed = Some(self.located(error));
            }
            return Ok(());
        };
        let mut filled = map_of(into);
        let mut seen = vec![false; of.fields.len()];
        for (key, value) in entries {
            let Some((&index, field)) =
                of.by_name.get(&**key).and_then(|index| Some((index, of.fields.get(*index)?)))
            else {
                self.strict.add("unknown field", key);
                continue;
            };
            if let Some(seen) = seen.get_mut(index) {
                if *seen {
                    self.strict.add("duplicate field", key);
                }
                *seen = true;
            }
            let (outer, depth) = (self.within, self.path.len());
            self.within = of.short_name();
            self.path.extend(&field.within);
            self.path.push(field.name);
            let length = self.strict.enter(field.name);
            self.field(field, value, &mut filled)?;
            self.strict.leave(length);
            self.path.truncate(depth);
            self.within = outer;
        }
        *into = Value::Object(filled);
        Ok(())
    }

    fn field(
        &mut self,
        field: &Field,
        node: &Node,
        into: &mut Map<String, Value>,
    ) -> Result<(), DecodeError> {
        let unset = field.pointer
            || matches!(field.ty.underlying(), Type::List(_) | Type::Map(..) | Type::Bytes);
        if *node == Node::Null && unset {
            into.remove(field.name);
            return Ok(());
        }
        let slot = into.entry(field.name).or_insert(Value::Null);
        self.value(&field.ty, node, slot)
    }

    fn value(&mut self, ty: &Type, node: &Node, into: &mut Value) -> Result<(), DecodeError> {
        match (ty.underlying(), node) {
            // These ignore nulls.
            (Type::Own(Own::RawExtension | Own::FieldsV1 | Own::Json), Node::Null) => {}
            (Type::Own(own), node) => {
                *into = own::read(*own, node).map_err(|error| self.located(error))?;
            }
            (Type::Struct(of), node) => {
                if let Some(of) = of.get() {
                    self.structure(&of, node, into)?;
                }
            }
            // Lists, maps and bytes become nil; the rest keeps what it has.
            (Type::List(_) | Type::Map(..) | Type::Bytes, Node::Null) => *into = Value::Null,
            (_, Node::Null) => {}
            (Type::String, Node::String(text)) => *into = text.as_str().into(),
            (Type::Bool, Node::Bool(value)) => *into = (*value).into(),
            (Type::Int32 | Type::Int64 | Type::Float64, Node::Number(text)) => {
                match numeric(ty.underlying(), text) {
                    Some(number) => *into = number,
                    None => self.mismatch(format!("number {text}"), ty),
                }
            }
            (Type::Bytes, Node::String(text)) => match base64::canonical(text) {
                Ok(text) => *into = text.into(),
                Err(at) if self.failed.is_none() => {
                    let message = format!("illegal base64 data at input byte {at}");
                    self.failed = Some(DecodeError::Other(message));
                }
                Err(_) => {}
            },
            (Type::Bytes, Node::List(items)) => *into = self.bytes(items),
            (Type::List(item), Node::List(items)) => self.list(item, items, into)?,
            (Type::Map(_, value), Node::Map(entries)) => self.map(value, entries, into)?,
            (_, node) => self.mismatch(kind_of(node), ty),
        }
        Ok(())
    }

    /// Bytes from a list of numbers, which Go allows.
    fn bytes(&mut self, items: &[Node]) -> Value {
        let mut bytes = Vec::with_capacity(items.len());
        for item in items {
            let (value, byte) = match item {
                Node::Number(text) => (format!("number {text}"), text.parse().ok()),
                Node::Null => (String::new(), Some(0)),
                other => (kind_of(other).to_owned(), None),
            };
            if byte.is_none() && self.failed.is_none() {
                let error = DecodeError::new(value, "uint8".to_owned());
                self.failed = Some(self.located(error));
            }
            bytes.push(byte.unwrap_or(0));
        }
        base64::encode(&bytes).into()
    }

    /// Items that are there from an earlier field of the same name are filled again.
    fn list(&mut self, item: &Type, items: &[Node], into: &mut Value) -> Result<(), DecodeError> {
        self.empty |= items.is_empty();
        let mut list = match into.take() {
            Value::Array(list) => list,
            _ => Vec::with_capacity(items.len()),
        };
        list.resize(items.len(), Value::Null);
        for (index, (node, slot)) in items.iter().zip(&mut list).enumerate() {
            let length = self.strict.enter_index(index);
            self.value(item, node, slot)?;
            self.strict.leave(length);
        }
        *into = Value::Array(list);
        Ok(())
    }

    fn map(
        &mut self,
        value: &Type,
        entries: &[(String, Node)],
        into: &mut Value,
    ) -> Result<(), DecodeError> {
        self.empty |= entries.is_empty();
        let mut filled = map_of(into);
        let mut seen = BTreeSet::new();
        for (key, node) in entries {
            if !seen.insert(key) {
                self.strict.add("duplicate field", key);
            }
            let length = self.strict.enter(key);
            let mut slot = Value::Null;
            self.value(value, node, &mut slot)?;
            self.strict.leave(length);
            filled.insert(key.clone(), slot);
        }
        *into = Value::Object(filled);
        Ok(())
    }
}

/// A number in its type; `None` if it doesn't fit. Integers have no point and no exponent.
fn numeric(ty: &Type, text: &str) -> Option<Value> {
    match ty {
        Type::Int32 => text.parse::<i32>().ok().map(Value::from),
        Type::Int64 => text.parse::<i64>().ok().map(Value::from),
        _ => number::float(text).map(number::number),
    }
}

/// The map in a slot, taken out; a new one if there is none.
fn map_of(slot: &mut Value) -> Map<String, Value> {
    match slot.take() {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
