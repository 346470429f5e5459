//! What stands in the columns of built-in kinds, in the order of the columns.

mod access;
mod cluster;
mod devices;
mod events;
mod network;
mod pods;
mod scaling;
mod storage;
mod workloads;

use super::{human, selector};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An object that becomes a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) object: &'a Value,
    pub(super) now: Timestamp,
    /// In a list of a kind of which one can be the default: that one's name.
    pub(super) default: Option<&'a str>,
}

/// How to make a cell. Paths are JSON pointers into the object.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell {
    /// The object's name.
    Name,
    /// How long ago it was created.
    Age,
    /// A string, empty where it isn't set.
    Text(&'static str),
    /// A string, or what stands for none.
    TextOr(&'static str, &'static str),
    /// An integer, 0 where it isn't set.
    Number(&'static str),
    /// A boolean, or what it is where it isn't set.
    Flag(&'static str, bool),
    /// How many entries a list or map has.
    Count(&'static str),
    /// `a=b,c=d`, or `<none>`.
    Labels(&'static str),
    /// A label selector's text, or `<none>`.
    Selector(&'static str),
    /// Names of the containers of the pod spec there.
    Containers(&'static str),
    /// Their images.
    Images(&'static str),
    /// Whatever else.
    Of(fn(&Row<'_>) -> Value),
}

/// The cells of a kind.
pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    let families = [
        access::of,
        cluster::of,
        devices::of,
        events::of,
        network::of,
        pods::of,
        scaling::of,
        storage::of,
        workloads::of,
    ];
    families.iter().find_map(|of| of(group, kind))
}

/// Brings the objects of a list in the order in which their table shows them.
pub(super) fn sort(kind: &str, objects: &mut [&Value]) {
    if kind == "FlowSchema" {
        objects.sort_by_key(|object| {
            let precedence = object.pointer("/spec/matchingPrecedence").and_then(Value::as_i64);
            (precedence, object.pointer("/metadata/name").and_then(Value::as_str))
        });
    }
}

/// The name of the object that a list's table marks as the default.
pub(super) fn default_of(kind: &str, objects: &[&Value]) -> Option<String> {
    if kind == "StorageClass" { storage::default_of(objects) } else { None }
}

/// What is said of a whole row.
pub(super) fn condition(kind: &str, object: &Value) -> Option<Value> {
    if kind == "Pod" { pods::condition(object) } else { None }
}

impl Cell {
    pub(super) fn show(self, row: &Row<'_>) -> Value {
        match self {
            Cell::Name => row.name().into(),
            Cell::Age => row.age("/metadata/creationTimestamp").into(),
            Cell::Text(path) => row.text(path).into(),
            Cell::TextOr(path, none) => row.text_or(path, none).into(),
            Cell::Number(path) => row.number(path).into(),
            Cell::Flag(path, unset) => {
                row.at(path).and_then(Value::as_bool).unwrap_or(unset).into()
            }
            Cell::Count(path) => row.count(path).into(),
            Cell::Labels(path) => selector::labels(row.at(path)).into(),
            Cell::Selector(path) => selector::shown(row.at(path)).into(),
            Cell::Containers(path) => row.containers(path, "name").into(),
            Cell::Images(path) => row.containers(path, "image").into(),
            Cell::Of(make) => make(row),
        }
    }
}

impl<'a> Row<'a> {
    /// What is there, and isn't null.
    pub(super) fn at(&self, path: &str) -> Option<&'a Value> {
        self.object.pointer(path).filter(|value| !value.is_null())
    }

    pub(super) fn name(&self) -> &'a str {
        self.text("/metadata/name")
    }

    pub(super) fn text(&self, path: &str) -> &'a str {
        self.at(path).and_then(Value::as_str).unwrap_or("")
    }

    /// `none` for nothing and for an empty string.
    pub(super) fn text_or(&self, path: &str, none: &'a str) -> &'a str {
        Some(self.text(path)).filter(|text| !text.is_empty()).unwrap_or(none)
    }

    pub(super) fn number(&self, path: &str) -> i64 {
        self.at(path).and_then(Value::as_i64).unwrap_or(0)
    }

    pub(super) fn list(&self, path: &str) -> &'a [Value] {
        self.at(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn count(&self, path: &str) -> usize {
        match self.at(path) {
            Some(Value::Array(items)) => items.len(),
            Some(Value::Object(members)) => members.len(),
            _ => 0,
        }
    }

    /// How long ago the time there was.
    pub(super) fn age(&self, path: &str) -> String {
        human::age(self.at(path).and_then(Value::as_str), self.now)
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.at("/metadata/deletionTimestamp").is_some()
    }

    /// An annotation; its name has slashes, which pointers would have to escape.
    pub(super) fn annotation(&self, name: &str) -> Option<&'a str> {
        self.at("/metadata/annotations")?.get(name)?.as_str()
    }

    /// The condition of a type in `/status/conditions`.
    pub(super) fn condition(&self, kind: &str) -> Option<&'a Value> {
        self.list("/status/conditions").iter().find(|one| text(one, "type") == kind)
    }

    fn containers(&self, path: &str, member: &str) -> String {
        joined(self.list(path), member, ",")
    }
}

/// A string member, empty where it isn't set.
fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or("")
}

/// An integer member, 0 where it isn't set.
fn number(value: &Value, member: &str) -> i64 {
    value.get(member).and_then(Value::as_i64).unwrap_or(0)
}

/// A string member of each, put together.
fn joined(values: &[Value], member: &str, between: &str) -> String {
    let texts: Vec<&str> = values.iter().map(|value| text(value, member)).collect();
    texts.join(between)
}

/// An int-or-string, as text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The first of many, and how many more there are.
fn first(all: &[String], max: usize, none: &str) -> Value {
    let shown = all.get(..max.min(all.len())).unwrap_or_default().join(",");
    match all.len().checked_sub(max) {
        Some(more) if more > 0 => json!(format!("{shown} + {more} more...")),
        _ if shown.is_empty() => json!(none),
        _ => json!(shown),
    }
}
