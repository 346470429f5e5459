//! What a history is made of: requests with placeholders for what only the answers tell.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// Requests, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct History {
    /// Why it is kept, for one that is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) why: String,
    pub(super) steps: Vec<Step>,
}

/// One request.
///
/// Path, query, headers and body may hold placeholders, so that a step means the same on each
/// server:
///
/// - `{{ns}}`: the history's own namespace, and the beginning of its cluster-scoped names
/// - `{{rv}}`, `{{uid}}`: of the object at this path, as it was last seen
/// - `{{rv N}}`, `{{uid N}}`, `{{name N}}`, `{{continue N}}`: from the answer to step N
/// - `{{rv max}}`, `{{rv future}}`: the highest that was seen, and one that nobody has yet
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    /// By which other steps refer to it; it stays when steps before it are left out.
    pub(super) id: u32,
    /// Method and path.
    pub(super) request: String,
    /// `key=value`, not escaped yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) query: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Value>,
    /// A body of other bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// Whether the answer is a stream, and when it is read.
    #[serde(default, skip_serializing_if = "Stream::is_no")]
    pub(super) stream: Stream,
}

/// Whether an answer is a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stream {
    /// It ends by itself.
    #[default]
    No,
    /// What is in it so far is read at once.
    Now,
    /// It stays open and is read after the last step.
    Open,
}

impl Stream {
    fn is_no(&self) -> bool {
        *self == Stream::No
    }
}

impl Step {
    pub(super) fn new(id: u32, method: &str, path: &str) -> Self {
        Step {
            id,
            request: format!("{method} {path}"),
            query: Vec::new(),
            headers: BTreeMap::new(),
            body: None,
            text: None,
            stream: Stream::No,
        }
    }

    pub(super) fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.query.push(format!("{key}={value}"));
        self
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn text(mut self, body: impl Into<String>) -> Self {
        self.text = Some(body.into());
        self
    }

    pub(super) fn method(&self) -> &str {
        self.request.split(' ').next().unwrap_or_default()
    }

    pub(super) fn path(&self) -> &str {
        self.request.split_once(' ').map_or("", |(_, path)| path)
    }
}
