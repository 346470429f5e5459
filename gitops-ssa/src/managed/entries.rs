//! Reading and writing `metadata.managedFields`.

use super::Identity;
use crate::{
    fields::{Fields, Operation, managed},
    update::{Owned, Owners},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// `metadata.managedFields` can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EntriesError(String);

/// The owners of an object's fields, by [`Identity`], with the times of their entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// Who owns what.
    pub owners: Owners,
    /// When each last changed something, RFC 3339 in seconds and UTC. Not all have a time.
    pub times: BTreeMap<String, String>,
}

impl Entries {
    /// Reads the entries of an object; none if it has none. O(size).
    ///
    /// # Errors
    /// An entry has an unknown operation or format, no API version, or fields that can't be read.
    pub fn of(object: &Value) -> Result<Self, EntriesError> {
        let fail = |message: String| Err(EntriesError(message));
        let mut out = Entries::default();
        for (index, entry) in managed(object).enumerate() {
            let Some(operation) = entry.operation else {
                return fail("operation must be `Apply` or `Update`".to_owned());
            };
            if entry.api_version.is_empty() {
                return fail("apiVersion must not be empty".to_owned());
            }
            match entry.raw.get("fieldsType").and_then(Value::as_str).unwrap_or_default() {
                "FieldsV1" => {}
                "" => return fail(format!("missing fieldsType in managed fields entry {index}")),
                other => {
                    return fail(format!(
                        "invalid fieldsType {other:?} in managed fields entry {index}"
                    ));
                }
            }
            let fields = match entry.fields() {
                Ok(fields) => fields,
                Err(error) => return fail(format!("managed fields entry {index}: {error}")),
            };
            let identity =
                Identity::new(entry.manager, operation, entry.api_version, entry.subresource);
            let applied = operation == Operation::Apply;
            let version = entry.api_version.into();
            let name = identity.as_str();
            out.owners.insert(name, Owned { fields, version, applied });
            match entry.raw.get("time").and_then(Value::as_str) {
                Some(time) => out.times.insert(name.to_owned(), time.to_owned()),
                None => out.times.remove(name),
            };
        }
        Ok(out)
    }

    /// The value of `metadata.managedFields`, sorted as the server sorts it: applies first, then
    /// by time, manager, version and subresource. O(size).
    pub fn to_value(&self) -> Value {
        let mut lines: Vec<Line<'_>> = self
            .owners
            .iter()
            .map(|(name, owned)| Line {
                operation: if owned.applied { "Apply" } else { "Update" },
                time: self.times.get(name).map(String::as_str).unwrap_or_default(),
                manager: Identity::part(name, "manager"),
                version: &owned.version,
                subresource: Identity::part(name, "subresource"),
                fields: &owned.fields,
            })
            .collect();
        lines.sort_by(|left, right| left.order().cmp(&right.order()));
        lines.iter().map(Line::to_value).collect()
    }

    /// Puts the entries into an object, or takes the field away if there are none.
    pub(super) fn write(&self, object: &mut Value) {
        if self.owners.is_empty() {
            return strip(object);
        }
        let Some(map) = object.as_object_mut() else { return };
        let meta = map.entry("metadata").or_insert_with(|| json!({}));
        if let Some(meta) = meta.as_object_mut() {
            meta.insert("managedFields".to_owned(), self.to_value());
        }
    }
}

/// One entry.
struct Line<'a> {
    operation: &'a str,
    time: &'a str,
    manager: String,
    version: &'a str,
    subresource: String,
    fields: &'a Fields,
}

impl Line<'_> {
    fn order(&self) -> impl Ord {
        (self.operation, self.time, &*self.manager, self.version, &*self.subresource)
    }

    fn to_value(&self) -> Value {
        let parts = [
            ("manager", &*self.manager),
            ("operation", self.operation),
            ("apiVersion", self.version),
            ("time", self.time),
            ("subresource", &*self.subresource),
        ];
        let mut entry: Map<String, Value> = parts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        entry.insert("fieldsType".to_owned(), json!("FieldsV1"));
        entry.insert("fieldsV1".to_owned(), self.fields.to_value());
        Value::Object(entry)
    }
}

/// Takes `metadata.managedFields` away.
pub(super) fn strip(object: &mut Value) {
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
    }
}

/// Whether a write asks to forget all owners: an empty list, or one empty entry.
pub(super) fn is_reset(object: &Value) -> bool {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    entries.is_some_and(|entries| match &**entries {
        [] => true,
        [entry] => entry.as_object().is_some_and(Map::is_empty),
        _ => false,
    })
}
