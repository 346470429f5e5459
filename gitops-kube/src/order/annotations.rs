//! The annotations of a document, read without parsing the rest into a tree.

use gitops_core::{
    error::{Error, Result, Retry, Stage},
    model::{Document, ObjectId},
    reason,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The annotations of one object.
#[derive(Debug, Default)]
pub(super) struct Annotations(BTreeMap<String, String>);

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

impl Annotations {
    /// Reads the annotations. O(size), without building a tree.
    pub(super) fn read(id: &ObjectId, document: &Document) -> Result<Self> {
        let head: Head = serde_json::from_slice(document.bytes()).map_err(|error| {
            Error::new(
                Stage::Plan,
                Retry::Never,
                reason::INVALID_OBJECT,
                "metadata.annotations is not a map of texts",
            )
            .on(id)
            .with_source(error)
            .advise("put values such as numbers and true in quotes")
        })?;
        let annotations = head.metadata.and_then(|metadata| metadata.annotations);
        Ok(Annotations(annotations.unwrap_or_default()))
    }

    /// The value of an annotation.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}
