//! From JSON to messages, byte for byte as Go writes the same struct: fields by number, maps by key,
//! and everything but pointers and empty lists and maps, also where it is zero.

use super::{
    NotRepresentable,
    layout::{self, Field, Form, Message, Omitted, Shape, Type},
    special,
    wire::{FIXED64, VARINT, put_bytes, put_tag, put_varint},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

/// Adds the message of a value.
pub(super) fn message(
    message: &Message,
    value: &Value,
    out: &mut Vec<u8>,
) -> Result<(), NotRepresentable> {
    if message.form == Form::Json {
        if !value.is_null() {
            put_bytes(out, 1, value.to_string().as_bytes());
        }
        return Ok(());
    }
    match (message.form, value) {
        // The usual case needs no copy.
        (Form::Object, Value::Object(members)) => fields(message, members, out),
        (form, value) => match special::unfold(form, value)? {
            Some(members) => fields(message, &members, out),
            None => Ok(()),
        },
    }
}

fn fields(
    message: &Message,
    members: &Map<String, Value>,
    out: &mut Vec<u8>,
) -> Result<(), NotRepresentable> {
    for field in &message.fields {
        let written = match (field.omitted, field.of) {
            (Omitted::Inline, Type::Message(name)) => {
                let mut inner = Vec::new();
                let written = fields(named(name)?, members, &mut inner);
                put_bytes(out, field.number, &inner);
                written
            }
            _ => one(field, members.get(field.json), out),
        };
        written.map_err(|NotRepresentable(why)| {
            NotRepresentable(format!("{}.{}: {why}", message.name, field.go))
        })?;
    }
    Ok(())
}

fn one(field: &Field, value: Option<&Value>, out: &mut Vec<u8>) -> Result<(), NotRepresentable> {
    match (field.shape, value.unwrap_or(&Value::Null)) {
        // A pointer to no time at all, which is null in JSON, too.
        (Shape::Optional, Value::Null) if value.is_some() && is_time(field)? => {
            put_bytes(out, field.number, &[]);
            Ok(())
        }
        (Shape::Optional | Shape::List | Shape::Map, Value::Null) => Ok(()),
        (Shape::One | Shape::Optional, value) => put(field.of, field.number, value, out),
        (Shape::List, Value::Array(items)) => {
            items.iter().try_for_each(|item| put(field.of, field.number, item, out))
        }
        (Shape::Map, Value::Object(entries)) => entries.iter().try_for_each(|(key, value)| {
            let mut entry = Vec::new();
            put_bytes(&mut entry, 1, key.as_bytes());
            put(field.of, 2, value, &mut entry)?;
            put_bytes(out, field.number, &entry);
            Ok(())
        }),
        (_, value) => {
            Err(mismatch(value, if field.shape == Shape::List { "a list" } else { "a map" }))
        }
    }
}

fn is_time(field: &Field) -> Result<bool, NotRepresentable> {
    let Type::Message(name) = field.of else { return Ok(false) };
    Ok(matches!(named(name)?.form, Form::Time | Form::MicroTime))
}

fn put(of: Type, number: u32, value: &Value, out: &mut Vec<u8>) -> Result<(), NotRepresentable> {
    match of {
        Type::Message(name) => {
            let mut inner = Vec::new();
            message(named(name)?, value, &mut inner)?;
            put_bytes(out, number, &inner);
        }
        Type::String => put_bytes(out, number, string(value)?.as_bytes()),
        Type::Bytes if value.is_null() => {}
        Type::Bytes => {
            let bytes = BASE64_STANDARD.decode(string(value)?);
            put_bytes(out, number, &bytes.map_err(|_| mismatch(value, "base64"))?);
        }
        Type::Bool => {
            let bool = match value {
                Value::Null => false,
                value => value.as_bool().ok_or_else(|| mismatch(value, "a boolean"))?,
            };
            put_tag(out, number, VARINT);
            put_varint(out, bool.into());
        }
        Type::Int32 | Type::Int64 => {
            let integer = match value {
                Value::Null => 0,
                value => value.as_i64().ok_or_else(|| mismatch(value, "an integer"))?,
            };
            if of == Type::Int32 && i32::try_from(integer).is_err() {
                return Err(mismatch(value, "an integer of 32 bits"));
            }
            put_tag(out, number, VARINT);
            // Negative numbers have their sign stretched to 64 bits.
            put_varint(out, integer as u64);
        }
        Type::Double => {
            let double = match value {
                Value::Null => 0.0,
                value => value.as_f64().ok_or_else(|| mismatch(value, "a number"))?,
            };
            put_tag(out, number, FIXED64);
            out.extend_from_slice(&double.to_le_bytes());
        }
    }
    Ok(())
}

fn string(value: &Value) -> Result<&str, NotRepresentable> {
    match value {
        Value::Null => Ok(""),
        value => value.as_str().ok_or_else(|| mismatch(value, "a string")),
    }
}

fn mismatch(value: &Value, wanted: &str) -> NotRepresentable {
    let what = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    NotRepresentable(format!("{what} isn't {wanted}"))
}

fn named(name: &str) -> Result<&'static Message, NotRepresentable> {
    // A test holds that the table has every message that it mentions.
    layout::message(name).ok_or_else(|| NotRepresentable(format!("no message {name}")))
}
