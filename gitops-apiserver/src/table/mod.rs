//! Objects as tables, as `kubectl get` shows them, and as metadata alone.
//!
//! A client asks for these by its `Accept` header. The columns of built-in kinds are data
//! (`data/columns.txt`, written by `cargo xtask resources`); what stands in their cells is in
//! `cells`, a list of cells for each kind.

mod cells;
mod columns;
mod human;
mod partial;
mod selector;

pub use columns::{Column, Columns};
pub use human::age;
pub use partial::{partial, partial_list};

use crate::status::{FieldError, Status};
use cells::Row;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// What a row says of its object besides the cells: the parameter `includeObject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

impl Include {
    /// The parameter's value; an empty one is [`Include::Metadata`].
    ///
    /// # Errors
    /// A bad request, for everything else.
    pub fn parse(value: &str) -> Result<Self, Status> {
        match value {
            "" | "Metadata" => Ok(Include::Metadata),
            "None" => Ok(Include::None),
            "Object" => Ok(Include::Object),
            other => {
                let detail = "must be 'Metadata', 'Object', 'None', or empty";
                let error = FieldError::invalid("includeObject", other, detail);
                let message = format!("Unable to convert to Table as requested: {error}");
                Err(Status::bad_request(message))
            }
        }
    }
}

/// How to make a table.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// What rows say of their objects.
    pub include: Include,
    /// Whether to describe the columns: not again after the first event of a watch.
    pub headers: bool,
    /// The table's API version, as asked for: `meta.k8s.io/v1` or `meta.k8s.io/v1beta1`.
    pub api_version: &'a str,
    /// Time since 1970, for ages.
    pub now: Duration,
}

/// The `Table` of an object, or of a list of them.
///
/// Linear in the objects' size. Objects that lack what a cell shows, or have it at a wrong type, show
/// what the server shows where nothing is set.
pub fn table(columns: &Columns<'_>, object: &Value, options: &Options<'_>) -> Value {
    let items = object.get("items").and_then(Value::as_array);
    let in_list = items.is_some();
    let mut objects: Vec<&Value> = match items {
        Some(items) => items.iter().collect(),
        None => vec![object],
    };
    columns.sort(&mut objects);
    let default = if in_list { columns.default_of(&objects) } else { None };
    let now = Timestamp::from_nanosecond(options.now.as_nanos() as i128).unwrap_or(Timestamp::MAX);
    let rows: Vec<Value> = objects
        .into_iter()
        .map(|object| {
            let row = Row { object, now, default: default.as_deref() };
            let mut made = Map::new();
            made.insert("cells".to_owned(), columns.cells(&row).into());
            if let Some(condition) = columns.condition(object) {
                made.insert("conditions".to_owned(), json!([condition]));
            }
            made.insert("object".to_owned(), included(object, options));
            Value::Object(made)
        })
        .collect();
    let rows = if rows.is_empty() { columns.no_rows() } else { rows.into() };
    json!({
        "kind": "Table",
        "apiVersion": options.api_version,
        "metadata": list_metadata(object),
        "columnDefinitions": if options.headers { columns.definitions() } else { Value::Null },
        "rows": rows,
    })
}

fn included(object: &Value, options: &Options<'_>) -> Value {
    // The bookmark that ends the first events of a watch is known by its annotation.
    let ends = object.pointer("/metadata/annotations/k8s.io~1initial-events-end").is_some();
    match options.include {
        Include::Object => object.clone(),
        Include::None if !ends => Value::Null,
        Include::None | Include::Metadata => partial(object, options.api_version),
    }
}

/// Of the metadata of an object or a list, what a list can have.
fn list_metadata(object: &Value) -> Value {
    let mut kept = Map::new();
    let is_list = object.get("items").is_some();
    for name in ["resourceVersion", "continue", "remainingItemCount"] {
        let found = object.get("metadata").and_then(|metadata| metadata.get(name));
        if let Some(found) = found.filter(|_| is_list || name == "resourceVersion") {
            kept.insert(name.to_owned(), found.clone());
        }
    }
    kept.into()
}
