//! How a case is written.
//!
//! `said` has the answers: to the object as a dry run and, where there is a `change`, to it as a dry
//! run too, after the object was created. A `change` is a JSON merge patch of the object, or of what
//! a subresource gives, that is then put.

use serde::{Deserialize, Serialize};
use serde_json::Value;

const FILES: [(&str, &str); 6] = [
    ("pods", include_str!("cases/pods.yaml")),
    ("paths", include_str!("cases/paths.yaml")),
    ("templates", include_str!("cases/templates.yaml")),
    ("services", include_str!("cases/services.yaml")),
    ("cluster", include_str!("cases/cluster.yaml")),
    ("secrets", include_str!("cases/secrets.yaml")),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) case: String,
    /// The path of the collection; `$` is the namespace.
    pub(super) at: String,
    pub(super) object: Value,
    #[serde(default)]
    pub(super) change: Option<Value>,
    /// The subresource that is changed.
    #[serde(default)]
    pub(super) by: String,
    pub(super) said: Vec<Said>,
}

/// A code, and the values of the headers `Warning` in their order.
#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    pub(super) code: u16,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
}

pub(super) fn all() -> Vec<Case> {
    let read = |(file, text)| -> Vec<Case> {
        serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}"))
    };
    FILES.into_iter().flat_map(read).collect()
}
