//! Documents in protobuf, as gnostic encodes them.
//!
//! A table says which key of the JSON is which field of which message; its head explains it.

use super::yaml;
use serde_json::Value;
use std::{collections::BTreeMap, sync::LazyLock};

const TABLE: &str = include_str!("../../../data/openapi-protobuf.txt");

static MESSAGES: LazyLock<BTreeMap<(&str, &str), Message>> = LazyLock::new(|| {
    let (mut release, mut message) = ("", "");
    let mut messages: BTreeMap<(&str, &str), Message> = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        match *line.split(' ').collect::<Vec<_>>().as_slice() {
            ["release", name] => release = name,
            [kind @ ("message" | "choice"), name] => {
                message = name;
                let empty = Message { choice: kind == "choice", fields: Vec::new() };
                messages.insert((release, message), empty);
            }
            [number, place, kind] => {
                let number = number.parse().unwrap_or_default();
                if let Some(message) = messages.get_mut(&(release, message)) {
                    message.fields.push(Field { number, place, kind });
                }
            }
            _ => {}
        }
    }
    messages
});

#[derive(Debug)]
struct Message {
    choice: bool,
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    number: u32,
    place: &'static str,
    kind: &'static str,
}

/// A whole document of a release, `v2` or `v3`.
pub(super) fn encode(release: &'static str, document: &Value) -> Vec<u8> {
    Encoder { release }.message("Document", document)
}

#[derive(Clone, Copy)]
struct Encoder {
    release: &'static str,
}

impl Encoder {
    fn message(self, name: &'static str, value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        let Some(message) = MESSAGES.get(&(self.release, name)) else { return out };
        if message.choice {
            let chosen = message.fields.iter().find(|field| decides(field.place, value));
            // A chosen field is written even if it is zero.
            if let Some(field) = chosen {
                self.value(&mut out, field.number, field.kind, value, true);
            }
            return out;
        }
        for Field { number, place, kind } in &message.fields {
            if *place == "." {
                self.value(&mut out, *number, kind, value, false);
            } else if let Some(name) = place.strip_prefix('.') {
                if let Some(value) = value.get(name) {
                    self.value(&mut out, *number, kind, value, false);
                }
            } else {
                let all = value.as_object().into_iter().flatten();
                for (name, value) in all.filter(|(name, _)| belongs(place, name)) {
                    self.named(&mut out, *number, kind, name, value);
                }
            }
        }
        out
    }

    /// A field of a type from the table.
    fn value(
        self,
        out: &mut Vec<u8>,
        number: u32,
        kind: &'static str,
        value: &Value,
        even_zero: bool,
    ) {
        if let Some(kind) = kind.strip_suffix('*') {
            match value {
                Value::Array(items) => {
                    items.iter().for_each(|item| self.value(out, number, kind, item, true));
                }
                lone => self.value(out, number, kind, lone, true),
            }
        } else if let Some(kind) = kind.strip_prefix('{').and_then(|kind| kind.strip_suffix('}')) {
            let mut inner = Vec::new();
            for (name, value) in value.as_object().into_iter().flatten() {
                self.named(&mut inner, 1, kind, name, value);
            }
            bytes(out, number, &inner);
        } else {
            self.single(out, number, kind, value, even_zero);
        }
    }

    fn single(
        self,
        out: &mut Vec<u8>,
        number: u32,
        kind: &'static str,
        value: &Value,
        even_zero: bool,
    ) {
        match kind {
            "string" => {
                let text = value.as_str().unwrap_or_default();
                if even_zero || !text.is_empty() {
                    bytes(out, number, text.as_bytes());
                }
            }
            "bool" => {
                let flag = value.as_bool().unwrap_or_default();
                if even_zero || flag {
                    tag(out, number, 0);
                    out.push(flag.into());
                }
            }
            "int64" => {
                let count = value.as_i64().unwrap_or_default();
                if even_zero || count != 0 {
                    tag(out, number, 0);
                    varint(out, count.cast_unsigned());
                }
            }
            "double" => {
                let size = value.as_f64().unwrap_or_default();
                if even_zero || size != 0.0 {
                    tag(out, number, 1);
                    out.extend(size.to_le_bytes());
                }
            }
            "any" => {
                let mut any = Vec::new();
                bytes(&mut any, 2, yaml::text(value).as_bytes());
                bytes(out, number, &any);
            }
            message => bytes(out, number, &self.message(message, value)),
        }
    }

    /// A message of a name and a value.
    fn named(self, out: &mut Vec<u8>, number: u32, kind: &'static str, name: &str, value: &Value) {
        let mut pair = Vec::new();
        bytes(&mut pair, 1, name.as_bytes());
        self.value(&mut pair, 2, kind, value, false);
        bytes(out, number, &pair);
    }
}

/// Whether an alternative fits.
fn decides(what: &str, value: &Value) -> bool {
    match what {
        "else" => true,
        "bool" => value.is_boolean(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        _ => match (what.strip_prefix('?'), what.split_once('=')) {
            (Some(name), _) => value.get(name).is_some(),
            (None, Some((name, wanted))) => value[name] == wanted,
            (None, None) => false,
        },
    }
}

/// Whether a key is one of those that a place is about.
fn belongs(place: &str, name: &str) -> bool {
    match place {
        "^000" => {
            name == "default" || (name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_digit()))
        }
        _ => place.strip_prefix('^').is_some_and(|beginning| name.starts_with(beginning)),
    }
}

fn bytes(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    tag(out, number, 2);
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn tag(out: &mut Vec<u8>, number: u32, wire_type: u32) {
    varint(out, u64::from((number << 3) | wire_type));
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
