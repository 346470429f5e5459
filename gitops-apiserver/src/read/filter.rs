//! Which objects a list or a watch shows.

use crate::{
    kind::Kind,
    names::{FieldSelector, LabelSelector},
    request::ListOptions,
    status::Status,
    store::Stored,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The conditions of a list or a watch.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    labels: LabelSelector,
    fields: FieldSelector,
}

/// The part of an object that label selectors look at: the rest is not read.
#[derive(Deserialize)]
struct Labelled {
    #[serde(default)]
    metadata: Labels,
}

#[derive(Deserialize, Default)]
struct Labels {
    #[serde(default)]
    labels: Option<Map<String, Value>>,
}

impl Filter {
    /// Reads the selectors of a request. `name` is that of a path, which selects as a field does.
    pub(crate) fn new(kind: &Kind, options: &ListOptions, name: &str) -> Result<Self, Status> {
        let bad = |why: String| Status::bad_request(why);
        let labels = LabelSelector::parse(&options.label_selector)
            .map_err(|error| bad(error.to_string()))?;
        let mut fields = FieldSelector::parse(&options.field_selector)
            .map_err(|error| bad(error.to_string()))?;
        let selectable = kind.model.selectable();
        if let Some(term) = fields.terms.iter().find(|term| !selectable.knows(&term.field)) {
            return Err(bad(selectable.unknown(&kind.info, &term.field)));
        }
        if !name.is_empty() {
            if fields.is_empty() {
                fields =
                    FieldSelector::parse(&format!("metadata.name={}", crate::names::escape(name)))
                        .map_err(|error| bad(error.to_string()))?;
            } else if fields.demands("metadata.name") != Some(name) {
                return Err(bad(
                    "fieldSelector metadata.name doesn't match requested name".to_owned()
                ));
            }
        }
        Ok(Filter { labels, fields })
    }

    /// Whether it shows everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether it shows an object. O(size of the object), O(1) without conditions.
    pub(crate) fn shows(&self, kind: &Kind, stored: &Stored) -> bool {
        if self.is_empty() {
            return true;
        }
        if self.fields.is_empty() {
            let read: Result<Labelled, _> = serde_json::from_slice(&stored.bytes);
            return read
                .is_ok_and(|object| self.labels.matches_labels(object.metadata.labels.as_ref()));
        }
        let Ok(object) = kind.read(&stored.bytes) else { return false };
        let selectable = kind.model.selectable();
        let holds = self
            .fields
            .terms
            .iter()
            .all(|term| (selectable.value(&object, &term.field) == term.value) != term.negated);
        holds && self.labels.matches_object(&object)
    }
}
