//! From messages to JSON: what Go prints for the struct that it reads.

use super::{
    Malformed,
    layout::{self, Field, Form, Message, Omitted, Shape, Type},
    special,
    wire::{FIXED64, LENGTH, Reader, Tag, VARINT},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Messages inside messages, at most. JSON stops at the same depth.
pub(super) const DEPTH: usize = 128;

/// What was seen of a field.
enum Seen<'a> {
    Nothing,
    Scalar(Value),
    /// A message that occurs again is merged, which is what its bytes one after the other mean.
    Message(Cow<'a, [u8]>),
    List(Vec<Value>),
    Map(Map<String, Value>),
}

/// A message's JSON.
pub(super) fn message(message: &Message, bytes: &[u8], depth: usize) -> Result<Value, Malformed> {
    let depth = depth.checked_sub(1).ok_or_else(|| {
        Malformed::new(format!("proto: messages are nested more than {DEPTH} deep"))
    })?;
    match message.form {
        Form::Json => return special::json(message, bytes),
        Form::Time | Form::MicroTime if bytes.is_empty() => return Ok(Value::Null),
        _ => {}
    }
    let mut seen: Vec<Seen> = message.fields.iter().map(|_| Seen::Nothing).collect();
    let mut reader = Reader::new(bytes);
    while let Some(tag) = reader.tag(message.name)? {
        let fields = message.fields.iter().zip(seen.iter_mut());
        match fields.into_iter().find(|(field, _)| field.number == tag.number) {
            Some((field, seen)) => field_value(field, tag, &mut reader, seen, depth)?,
            None => reader.skip(tag)?,
        }
    }
    let mut object = Map::new();
    for (field, seen) in message.fields.iter().zip(seen) {
        put(field, seen, &mut object, depth)?;
    }
    special::fold(message.form, object)
}

fn field_value<'a>(
    field: &Field,
    tag: Tag,
    reader: &mut Reader<'a>,
    seen: &mut Seen<'a>,
    depth: usize,
) -> Result<(), Malformed> {
    let wanted = match (field.shape, field.of) {
        (Shape::Map, _) => LENGTH,
        (_, Type::Bool | Type::Int32 | Type::Int64) => VARINT,
        (_, Type::Double) => FIXED64,
        (_, Type::String | Type::Bytes | Type::Message(_)) => LENGTH,
    };
    let packed = field.shape == Shape::List && wanted == VARINT && tag.wire == LENGTH;
    if tag.wire != wanted && !packed {
        return Err(Malformed::new(format!(
            "proto: wrong wireType = {} for field {}",
            tag.wire, field.go
        )));
    }
    match (field.shape, field.of) {
        (Shape::List, of) => {
            if !matches!(seen, Seen::List(_)) {
                *seen = Seen::List(Vec::new());
            }
            let Seen::List(items) = seen else { return Ok(()) };
            if packed {
                let mut inner = Reader::new(reader.bytes()?);
                while !inner.is_empty() {
                    items.push(value(of, &mut inner, depth)?);
                }
            } else {
                items.push(value(of, reader, depth)?);
            }
        }
        (Shape::Map, of) => {
            let (key, value) = entry(field, reader.bytes()?, of, depth)?;
            match seen {
                Seen::Map(map) => drop(map.insert(key, value)),
                _ => *seen = Seen::Map(Map::from_iter([(key, value)])),
            }
        }
        (Shape::One | Shape::Optional, Type::Message(_)) => {
            let bytes = reader.bytes()?;
            match seen {
                Seen::Message(all) => all.to_mut().extend_from_slice(bytes),
                _ => *seen = Seen::Message(Cow::Borrowed(bytes)),
            }
        }
        (Shape::One | Shape::Optional, of) => *seen = Seen::Scalar(value(of, reader, depth)?),
    }
    Ok(())
}

fn entry(
    field: &Field,
    bytes: &[u8],
    of: Type,
    depth: usize,
) -> Result<(String, Value), Malformed> {
    let (mut key, mut item) = (String::new(), None);
    let mut reader = Reader::new(bytes);
    while let Some(tag) = reader.tag(field.go)? {
        match tag.number {
            1 => key = text(reader.bytes()?),
            2 => item = Some(value(of, &mut reader, depth)?),
            _ => reader.skip(tag)?,
        }
    }
    let item = match (item, of) {
        (Some(item), _) => item,
        (None, Type::Bytes) => json!(""),
        (None, of) => zero(of, depth)?,
    };
    Ok((key, item))
}

fn value(of: Type, reader: &mut Reader<'_>, depth: usize) -> Result<Value, Malformed> {
    Ok(match of {
        Type::String => text(reader.bytes()?).into(),
        Type::Bytes => BASE64_STANDARD.encode(reader.bytes()?).into(),
        Type::Bool => (reader.varint()? != 0).into(),
        Type::Int32 => (reader.varint()? as i32).into(),
        Type::Int64 => (reader.varint()? as i64).into(),
        Type::Double => double(f64::from_bits(reader.fixed64()?))?,
        Type::Message(name) => message(named(name)?, reader.bytes()?, depth)?,
    })
}

fn zero(of: Type, depth: usize) -> Result<Value, Malformed> {
    Ok(match of {
        Type::String => json!(""),
        Type::Bytes => Value::Null,
        Type::Bool => json!(false),
        Type::Int32 | Type::Int64 | Type::Double => json!(0),
        Type::Message(name) => message(named(name)?, &[], depth)?,
    })
}

/// Adds a field to its object, or not, as Go's encoder does.
fn put(
    field: &Field,
    seen: Seen<'_>,
    object: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), Malformed> {
    let value = match (seen, field.shape) {
        (Seen::Nothing, Shape::One) => zero(field.of, depth)?,
        (Seen::Nothing, _) if field.omitted == Omitted::Never => Value::Null,
        (Seen::Nothing, _) => return Ok(()),
        (Seen::Scalar(value), _) => value,
        (Seen::Message(bytes), _) => match field.of {
            Type::Message(name) => message(named(name)?, &bytes, depth)?,
            _ => return Ok(()),
        },
        (Seen::List(items), _) => items.into(),
        (Seen::Map(map), _) => map.into(),
    };
    let omitted = match field.omitted {
        Omitted::Never => false,
        Omitted::Zero => value.is_null(),
        Omitted::Empty => {
            let scalar = !matches!(field.of, Type::Message(_));
            field.shape == Shape::One && scalar && is_empty(&value)
        }
        Omitted::Inline => {
            if let Value::Object(members) = value {
                object.extend(members);
            }
            return Ok(());
        }
    };
    if !omitted {
        object.insert(field.json.to_owned(), value);
    }
    Ok(())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// Go prints a whole number without a point.
fn double(number: f64) -> Result<Value, Malformed> {
    let whole = number as i64;
    if whole as f64 == number && number.abs() < 1e15 {
        return Ok(whole.into());
    }
    let printed = serde_json::Number::from_f64(number).map(Value::Number);
    printed.ok_or_else(|| Malformed::new(format!("json: unsupported value: {number}")))
}

/// Go's encoder prints each byte that isn't UTF-8 as a replacement character.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

fn named(name: &str) -> Result<&'static Message, Malformed> {
    // A test holds that the table has every message that it mentions.
    layout::message(name).ok_or_else(|| Malformed::new(format!("proto: no message {name}")))
}
