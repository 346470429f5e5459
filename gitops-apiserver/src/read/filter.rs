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
use std::borrow::Cow;

const NAME: &str = "metadata.name";
const NAMESPACE: &str = "metadata.namespace";

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
            return Err(bad(selectable.unknown(&term.field)));
        }
        if !name.is_empty() {
            if fields.is_empty() {
                fields =
                    FieldSelector::parse(&format!("metadata.name={}", crate::names::escape(name)))
                        .map_err(|error| bad(error.to_string()))?;
            } else if fields.demands(NAME) != Some(name) {
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

    /// The beginning of the keys that it can show below a prefix: one key, if it demands a name and
    /// the prefix says the rest.
    pub(crate) fn narrowed<'a>(&self, kind: &Kind, prefix: &'a str) -> Cow<'a, str> {
        let complete = !kind.info.namespaced || !prefix.is_empty();
        match self.fields.demands(NAME).filter(|_| complete) {
            Some(name) => format!("{prefix}{name}").into(),
            None => prefix.into(),
        }
    }

    /// Whether it shows an object. O(size of the object), O(1) without conditions but those on its
    /// name and namespace, which its key says.
    pub(crate) fn shows(&self, kind: &Kind, key: &str, stored: &Stored) -> bool {
        let (namespace, name) = key.rsplit_once('/').unwrap_or(("", key));
        let mut reads = false;
        for term in &self.fields.terms {
            let value = match &*term.field {
                NAME => name,
                NAMESPACE => namespace,
                _ => {
                    reads = true;
                    continue;
                }
            };
            if (value == term.value) == term.negated {
                return false;
            }
        }
        if !reads {
            return self.labels.is_empty() || self.shows_labels(stored);
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

    fn shows_labels(&self, stored: &Stored) -> bool {
        let read: Result<Labelled, _> = serde_json::from_slice(&stored.bytes);
        read.is_ok_and(|object| self.labels.matches_labels(object.metadata.labels.as_ref()))
    }
}
