//! Label selectors: the text of the query parameter `labelSelector`, and the objects
//! `{matchLabels, matchExpressions}` in specs.

mod lexer;
mod object;
mod parser;
mod requirement;

pub use requirement::{Operator, Requirement};

use crate::status::FieldError;
use serde_json::{Map, Value};
use std::fmt;

/// Why a selector is none, in the server's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SelectorError(pub(crate) String);

impl From<FieldError> for SelectorError {
    fn from(error: FieldError) -> Self {
        SelectorError(error.to_string())
    }
}

impl From<&[FieldError]> for SelectorError {
    /// Several problems as one: each message once, in brackets if there are several.
    fn from(errors: &[FieldError]) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for text in errors.iter().map(ToString::to_string) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        SelectorError(match &*texts {
            [one] => one.clone(),
            texts => format!("[{}]", texts.join(", ")),
        })
    }
}

/// Conditions on labels, all of which must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
    nothing: bool,
}

impl LabelSelector {
    /// Matches everything.
    pub fn everything() -> Self {
        Self::default()
    }

    /// Matches nothing.
    pub fn nothing() -> Self {
        LabelSelector { requirements: Vec::new(), nothing: true }
    }

    /// All of these conditions.
    pub fn new(mut requirements: Vec<Requirement>) -> Self {
        requirements.sort_by(|a, b| a.key().cmp(b.key()));
        LabelSelector { requirements, nothing: false }
    }

    /// Reads a query parameter, such as `app=web,tier in (a,b),!old`.
    ///
    /// # Errors
    /// In the words of the server, which answers 400 `BadRequest` with them.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        parser::parse(text).map(Self::new)
    }

    /// Whether it matches everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty() && !self.nothing
    }

    /// Its conditions, sorted by key.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether labels, as a lookup by key, meet it.
    pub fn matches<'a>(&self, label: &dyn Fn(&str) -> Option<&'a str>) -> bool {
        !self.nothing && self.requirements.iter().all(|one| one.matches(label))
    }

    /// Whether an object's `metadata.labels` meet it.
    pub fn matches_object(&self, object: &Value) -> bool {
        let labels = object.get("metadata").and_then(|meta| meta.get("labels"));
        self.matches_labels(labels.and_then(Value::as_object))
    }

    /// Whether labels as JSON meet it.
    pub fn matches_labels(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.matches(&|key| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str))
    }
}

impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.requirements.iter().map(ToString::to_string).collect();
        f.write_str(&all.join(","))
    }
}
