//! How messages are laid out: the table that `cargo xtask protobuf` writes.
//!
//! A line `=VERSION KIND MESSAGE` names the message of a kind (`*` for every version), a line without
//! indent begins a message, and each indented line is a field: number, Go's name, JSON name, when JSON
//! leaves it out, type.

use std::{collections::BTreeMap, sync::OnceLock};

static TABLE: &str = include_str!("../../data/protobuf.txt");

/// A message: what a Go struct is on the wire and in JSON.
#[derive(Debug)]
pub(super) struct Message {
    /// Go's name, for error messages.
    pub(super) name: &'static str,
    pub(super) form: Form,
    /// By ascending number, which is the order they are written in.
    pub(super) fields: Vec<Field>,
}

/// What a message is in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// An object with a member for each field.
    Object,
    /// The items of its one field.
    List,
    /// RFC 3339 with seconds, or null.
    Time,
    /// RFC 3339 with microseconds, or null.
    MicroTime,
    /// A string.
    Quantity,
    /// A number or a string.
    IntOrString,
    /// Any JSON, whose text is in its one field.
    Json,
    /// Any of its fields: see [`special`](super::special).
    SchemaOrArray,
    /// As above.
    SchemaOrBool,
    /// As above.
    SchemaOrStrings,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    /// Go's name, for error messages.
    pub(super) go: &'static str,
    /// Name of the member in JSON.
    pub(super) json: &'static str,
    pub(super) omitted: Omitted,
    pub(super) shape: Shape,
    pub(super) of: Type,
}

/// When JSON leaves a field out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Omitted {
    Never,
    /// Nil, empty, zero or false; structs are never empty.
    Empty,
    /// Its zero value, which is null for the only type that has this.
    Zero,
    /// Its members stand in the outer object.
    Inline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Always on the wire.
    One,
    /// A pointer in Go: on the wire where it is set.
    Optional,
    List,
    /// Keyed by strings.
    Map,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    String,
    Bool,
    Int32,
    Int64,
    Double,
    Bytes,
    /// The message of this name.
    Message(&'static str),
}

struct Layout {
    kinds: BTreeMap<(&'static str, &'static str), &'static str>,
    messages: BTreeMap<&'static str, Entry>,
}

/// The lines of a message, and what they say once somebody has asked.
struct Entry {
    lines: Vec<&'static str>,
    parsed: OnceLock<Message>,
}

/// The message of a kind.
pub(super) fn kind(api_version: &str, kind: &str) -> Option<&'static Message> {
    let kinds = &layout().kinds;
    let name = kinds.get(&(api_version, kind)).or_else(|| kinds.get(&("*", kind)))?;
    message(name)
}

/// The message of this name.
pub(super) fn message(name: &str) -> Option<&'static Message> {
    let (name, entry) = layout().messages.get_key_value(name)?;
    Some(entry.parsed.get_or_init(|| Message {
        name: name.rsplit_once('.').map_or(*name, |(_, short)| short),
        form: form(name),
        fields: entry.lines.iter().filter_map(|line| field(line)).collect(),
    }))
}

fn layout() -> &'static Layout {
    static LAYOUT: OnceLock<Layout> = OnceLock::new();
    LAYOUT.get_or_init(|| {
        let mut kinds = BTreeMap::new();
        let mut messages = BTreeMap::new();
        let mut current = "";
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            if let Some(line) = line.strip_prefix('=') {
                let mut words = line.split(' ');
                if let (Some(version), Some(kind), Some(name)) =
                    (words.next(), words.next(), words.next())
                {
                    kinds.insert((version, kind), name);
                }
            } else if let Some(line) = line.strip_prefix(' ') {
                let entry: Option<&mut Entry> = messages.get_mut(current);
                entry.into_iter().for_each(|entry| entry.lines.push(line));
            } else {
                current = line;
                messages.insert(line, Entry { lines: Vec::new(), parsed: OnceLock::new() });
            }
        }
        Layout { kinds, messages }
    })
}

fn form(name: &str) -> Form {
    match name {
        "meta/v1.Time" => Form::Time,
        "meta/v1.MicroTime" => Form::MicroTime,
        "api/resource.Quantity" => Form::Quantity,
        "util/intstr.IntOrString" => Form::IntOrString,
        "meta/v1.FieldsV1" | "pkg/runtime.RawExtension" | "apiextensions/v1.JSON" => Form::Json,
        "apiextensions/v1.JSONSchemaPropsOrArray" => Form::SchemaOrArray,
        "apiextensions/v1.JSONSchemaPropsOrBool" => Form::SchemaOrBool,
        "apiextensions/v1.JSONSchemaPropsOrStringArray" => Form::SchemaOrStrings,
        "meta/v1.Verbs" => Form::List,
        name if name.ends_with(".ExtraValue") => Form::List,
        _ => Form::Object,
    }
}

fn field(line: &'static str) -> Option<Field> {
    let mut words = line.split(' ');
    let number = words.next()?.parse().ok()?;
    let (go, json) = (words.next()?, words.next()?);
    let omitted = match words.next()? {
        "-" => Omitted::Never,
        "?" => Omitted::Empty,
        "!" => Omitted::Zero,
        "+" => Omitted::Inline,
        _ => return None,
    };
    let of = words.next()?;
    let prefixed = [("*", Shape::Optional), ("[]", Shape::List), ("{}", Shape::Map)]
        .into_iter()
        .find_map(|(prefix, shape)| Some((of.strip_prefix(prefix)?, shape)));
    let (of, shape) = prefixed.unwrap_or((of, Shape::One));
    let of = match of {
        "string" => Type::String,
        "bool" => Type::Bool,
        "int32" => Type::Int32,
        "int64" => Type::Int64,
        "double" => Type::Double,
        "bytes" => Type::Bytes,
        name => Type::Message(name),
    };
    Some(Field { number, go, json, omitted, shape, of })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let layout = layout();
        for (name, entry) in &layout.messages {
            let message = message(name).unwrap();
            assert_eq!(message.fields.len(), entry.lines.len(), "{name}");
            assert!(message.fields.is_sorted_by_key(|field| field.number), "{name}");
            for field in &message.fields {
                if let Type::Message(of) = field.of {
                    assert!(layout.messages.contains_key(of), "{name}.{} is {of}", field.go);
                }
            }
        }
        assert!(layout.kinds.values().all(|name| layout.messages.contains_key(name)));
        assert!(layout.kinds.len() > 300 && layout.messages.len() > 800);
    }
}
