//! Values as the server has them in memory.
//!
//! Messages show strings and numbers as everyone writes them. But where a whole struct is at fault,
//! they show it as the server's internal types print it: fields by their names in Go, in Go's
//! order, and all of them. A table, written by `cargo xtask internal`, knows the types.

use crate::status::Bad;
use serde_json::Value;

const TABLE: &str = include_str!("../../../data/internal.txt");

/// The line of a type. O(log types).
fn line(ty: &str) -> Option<&'static str> {
    let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let mut rest = TABLE;
    loop {
        let middle = rest.len() / 2;
        let start = rest.get(..middle)?.rfind('\n').map_or(0, |at| at + 1);
        let end = rest.get(start..)?.find('\n').map_or(rest.len(), |at| start + at);
        let line = rest.get(start..end)?;
        let (before, after) = (rest.get(..start)?, rest.get(end..)?.trim_start_matches('\n'));
        if line.starts_with('#') {
            rest = after;
        } else {
            match ty.cmp(&name(line)) {
                std::cmp::Ordering::Equal => return Some(line),
                std::cmp::Ordering::Less => rest = before,
                std::cmp::Ordering::Greater => rest = after,
            }
        }
        if rest.is_empty() {
            return None;
        }
    }
}

/// Names that fields have in memory only.
const RENAMED: &[(&str, &str)] = &[
    ("DeprecatedServiceAccount", "serviceAccount"),
    ("CephMonitors", "monitors"),
    ("RBDImage", "image"),
    ("RBDPool", "pool"),
    ("RadosUser", "user"),
    ("DiscoveryCHAPAuth", "chapAuthDiscovery"),
    ("SessionCHAPAuth", "chapAuthSession"),
    ("EndpointsName", "endpoints"),
    ("DataDiskURI", "diskURI"),
    ("DefaultBackend", "defaultBackend"),
    ("IntValue", "int"),
    ("BoolValue", "bool"),
    ("StringValue", "string"),
    ("VersionValue", "version"),
];

/// A value in memory, whose structs keep the order of their fields.
enum Memory {
    Text(String),
    List(Vec<Memory>),
    Struct(Vec<(String, Memory)>),
}

/// JSON text as Go writes it, which spares the signs of HTML.
fn scalar(value: &Value) -> String {
    let mut text = value.to_string();
    let spared = [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026")];
    for (sign, code) in spared.into_iter().chain([('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")])
    {
        text = text.replace(sign, code);
    }
    text
}

fn memory(value: &Value, ty: &str) -> Memory {
    let null = || Memory::Text("null".to_owned());
    if let Some(ty) = ty.strip_prefix('*') {
        return if value.is_null() { null() } else { memory(value, ty) };
    }
    if let Some(ty) = ty.strip_prefix("[]") {
        let Some(items) = value.as_array() else { return null() };
        return Memory::List(items.iter().map(|item| memory(item, ty)).collect());
    }
    if let Some(ty) = ty.strip_prefix("map:") {
        let Some(entries) = value.as_object() else { return null() };
        let entry = |(key, value): (&String, &Value)| (key.clone(), memory(value, ty));
        return Memory::Struct(entries.iter().map(entry).collect());
    }
    if ty.contains('.') {
        return structure(value, ty);
    }
    let zero = match ty {
        _ if !value.is_null() => return Memory::Text(scalar(value)),
        "string" => "\"\"",
        "bool" => "false",
        "Quantity" => "\"0\"",
        "Time" | "bytes" | "RawExtension" => "null",
        _ => "0",
    };
    Memory::Text(zero.to_owned())
}

fn structure(value: &Value, ty: &str) -> Memory {
    let mut out = Vec::new();
    for field in line(ty).unwrap_or_default().split(' ').skip(1) {
        let Some((name, ty)) = field.split_once(':') else { continue };
        if name == "<metadata" {
            if let Memory::Struct(fields) =
                memory(value.get("metadata").unwrap_or(&Value::Null), ty)
            {
                out.extend(fields);
            }
            continue;
        }
        let omitted = name.ends_with('?');
        let (name, json) = match name.trim_end_matches('?').split_once('=') {
            Some((name, json)) => (name, Some(json)),
            None => (name, None),
        };
        let found = match json {
            Some(json) => value.get(json),
            None => untagged(value, name),
        };
        let found = found.unwrap_or(&Value::Null);
        let gone = if ty.starts_with('*') { found.is_null() } else { empty(found) };
        if omitted && gone {
            continue;
        }
        out.push((json.unwrap_or(name).to_owned(), memory(found, ty)));
    }
    Memory::Struct(out)
}

/// The field that clients know by another case, or another name.
fn untagged<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let renamed = RENAMED.iter().find(|(go, _)| *go == name).map_or(name, |(_, json)| json);
    let fields = value.as_object()?;
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(renamed)).map(|(_, value)| value)
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Bool(true) => false,
    }
}

fn write(memory: &Memory, out: &mut String, depth: Option<usize>) {
    let line = |out: &mut String, depth: Option<usize>| {
        if let Some(depth) = depth {
            out.push('\n');
            out.push_str(&" ".repeat(depth));
        }
    };
    let deeper = depth.map(|depth| depth + 1);
    match memory {
        Memory::Text(text) => out.push_str(text),
        Memory::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                line(out, deeper);
                write(item, out, deeper);
            }
            if !items.is_empty() {
                line(out, depth);
            }
            out.push(']');
        }
        Memory::Struct(fields) => {
            out.push('{');
            for (index, (name, value)) in fields.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                line(out, deeper);
                out.push_str(&scalar(&name.as_str().into()));
                out.push_str(if depth.is_some() { ": " } else { ":" });
                write(value, out, deeper);
            }
            if !fields.is_empty() {
                line(out, depth);
            }
            out.push('}');
        }
    }
}

/// A value of a type, such as `core.SecurityContext` or `[]core.Volume`, as messages show it.
pub(super) fn shown(value: &Value, ty: &str) -> Bad {
    let mut out = String::new();
    write(&memory(value, ty), &mut out, None);
    Bad::Text(out)
}

/// The lines of a value, one a field.
fn lines(value: &Value, ty: &str) -> Vec<String> {
    let mut out = String::new();
    write(&memory(value, ty), &mut out, Some(0));
    out.lines().map(str::to_owned).collect()
}

/// What has changed between two values, as messages show it.
pub(super) fn changes(old: &Value, new: &Value, ty: &str) -> String {
    super::diff::unified(&lines(old, ty), &lines(new, ty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_type_is_found_and_knows_its_fields_types() {
        let types = TABLE.lines().filter(|line| !line.starts_with('#'));
        for text in types {
            let name = text.split(' ').next().unwrap();
            assert_eq!(line(name), Some(text));
            for field in text.split(' ').skip(1) {
                let ty = field.split_once(':').unwrap().1;
                let ty = ty.trim_start_matches("[]").trim_start_matches('*');
                let ty = ty.trim_start_matches("map:").trim_start_matches("[]");
                assert!(!ty.contains('.') || line(ty).is_some(), "{ty}");
            }
        }
        assert_eq!(line("core.Nothing"), None);
    }

    #[test]
    fn structs_show_all_fields_in_order() {
        let toleration = json!({"operator": "Exists", "key": "<k>"});
        let shown = shown(&toleration, "core.Toleration");
        let expected = r#"{"Key":"\u003ck\u003e","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":null}"#;
        assert_eq!(shown, Bad::Text(expected.to_owned()));
    }
}
