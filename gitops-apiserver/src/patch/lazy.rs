//! JSON that is taken apart only where a patch touches it.

use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A value; `None` for `null`.
pub(super) type Child = Option<Node>;

/// A value that isn't null.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// As it is written.
    Text(Box<str>),
    /// A `null` that an operation brought, which the server can't look into.
    Null,
    /// A map that was looked into.
    Map(BTreeMap<String, Child>),
    /// A list that was looked into.
    List(Vec<Child>),
}

/// A child of what was read.
fn child(raw: &RawValue) -> Child {
    (raw.get() != "null").then(|| Node::Text(raw.get().into()))
}

/// The members of a text that is a map.
pub(super) fn map(text: &str) -> Option<BTreeMap<String, Child>> {
    let map: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    Some(map.into_iter().map(|(key, raw)| (key, child(raw))).collect())
}

/// The items of a text that is a list.
pub(super) fn list(text: &str) -> Option<Vec<Child>> {
    let list: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(list.into_iter().map(child).collect())
}

impl Node {
    /// Looks into a map or list; nothing happens to anything else.
    pub(super) fn open(&mut self) -> &mut Self {
        if let Node::Text(text) = self {
            if text.starts_with('{')
                && let Some(map) = map(text)
            {
                *self = Node::Map(map);
            } else if text.starts_with('[')
                && let Some(list) = list(text)
            {
                *self = Node::List(list);
            }
        }
        self
    }

    /// Its members, if it is a map.
    pub(super) fn as_map(&mut self) -> Option<&mut BTreeMap<String, Child>> {
        match self.open() {
            Node::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Writes it as Go does: no spaces, sorted where it was looked into, safe within HTML.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Node::Text(text) => compact(text, true, out),
            Node::Null => out.push_str("null"),
            Node::Map(map) => {
                out.push('{');
                for (index, (key, value)) in map.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    compact(&serde_json::Value::from(key.as_str()).to_string(), true, out);
                    out.push(':');
                    write(value, out);
                }
                out.push('}');
            }
            Node::List(list) => {
                out.push('[');
                for (index, value) in list.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write(value, out);
                }
                out.push(']');
            }
        }
    }
}

/// Writes a child.
pub(super) fn write(child: &Child, out: &mut String) {
    match child {
        Some(node) => node.write(out),
        None => out.push_str("null"),
    }
}

/// Writes JSON without the spaces between its parts.
pub(super) fn compact(text: &str, html: bool, out: &mut String) {
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            ' ' | '\t' | '\r' | '\n' if !quoted => continue,
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if html => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
}

/// Whether two values are the same to the operation `test`: maps and lists part by part, anything
/// else by its text, so that `1` and `1.0` differ. `None` where the server's library breaks down.
pub(super) fn same(a: &mut Node, b: &mut Node) -> Option<bool> {
    a.open();
    match a {
        Node::Map(a) => {
            let Node::Map(b) = b.open() else { return Some(false) };
            if a.len() != b.len() {
                return Some(false);
            }
            for (key, a) in a {
                let equal = match (a, b.get_mut(key)) {
                    (Some(a), Some(Some(b))) => same(a, b)?,
                    (None, Some(None)) => true,
                    _ => false,
                };
                if !equal {
                    return Some(false);
                }
            }
            Some(true)
        }
        Node::List(a) => {
            let Node::List(b) = b.open() else { return Some(false) };
            if a.len() != b.len() {
                return Some(false);
            }
            for (a, b) in a.iter_mut().zip(b) {
                match (a, b) {
                    (Some(a), Some(b)) => {
                        if !same(a, b)? {
                            return Some(false);
                        }
                    }
                    // A null within a list is what it can't look into.
                    _ => return None,
                }
            }
            Some(true)
        }
        Node::Null => Some(matches!(b, Node::Null)),
        Node::Text(a) => match b {
            Node::Text(b) => Some(without_spaces(a) == without_spaces(b)),
            Node::Null | Node::Map(_) | Node::List(_) => Some(false),
        },
    }
}

fn without_spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    compact(text, false, &mut out);
    out
}
