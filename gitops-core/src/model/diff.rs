//! The difference between desired and live, as data.

use super::ObjectId;
use crate::error::Error;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// What differs, for every desired object. Made by a Differ.
#[derive(Debug, Clone, Default)]
pub struct Diff(BTreeMap<ObjectId, Delta>);

impl Diff {
    /// A diff from its deltas.
    pub fn new(deltas: impl IntoIterator<Item = (ObjectId, Delta)>) -> Self {
        Diff(deltas.into_iter().collect())
    }

    /// What differs in one object; `None` when it was not compared.
    pub fn get(&self, id: &ObjectId) -> Option<&Delta> {
        self.0.get(id)
    }

    /// All deltas, in order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectId, &Delta)> {
        self.0.iter()
    }

    /// Whether everything compared is in sync: applying would change nothing.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|delta| matches!(delta, Delta::InSync))
    }
}

/// How one object differs.
#[derive(Debug, Clone)]
pub enum Delta {
    /// Applying it would change nothing.
    InSync,
    /// It is not there.
    Missing,
    /// Applying it would change these fields. Empty when the target can't say which.
    Drifted(Vec<FieldChange>),
    /// A field that can't be changed differs, and the object asks to be replaced in this case:
    /// deleted and created anew.
    Replace(Vec<FieldChange>),
    /// The target would refuse it.
    Refused(Error),
}

/// One field that an apply would change. Secret values must be masked by the Differ that makes it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FieldChange {
    /// The path as kubectl writes it: `.spec.template.spec.containers[name="app"].image`.
    pub path: String,
    /// The live value; `None` when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value after applying; `None` when the field goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = super::printable(&self.path);
        match (self.before.as_ref().map(brief), self.after.as_ref().map(brief)) {
            (Some(before), Some(after)) => write!(f, "{path}: {before} -> {after}"),
            (None, Some(after)) => write!(f, "{path}: + {after}"),
            (Some(before), None) => write!(f, "{path}: - {before}"),
            (None, None) => write!(f, "{path}"),
        }
    }
}

/// A value as JSON on one line, cut after 120 characters. JSON escapes control characters; the
/// rest is made printable.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    let short: String = text.chars().take(120).collect();
    let cut = if short.len() < text.len() { "…" } else { "" };
    format!("{}{cut}", super::printable(&short))
}
