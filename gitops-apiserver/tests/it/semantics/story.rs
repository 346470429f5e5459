//! How a story is written.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A few requests that show one rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    /// The rule.
    pub(super) story: String,
    /// It needs what a real server can't be told to do, or does only after a while.
    #[serde(default)]
    pub(super) only_memory: bool,
    pub(super) steps: Vec<Step>,
}

/// One request and what its answer has.
///
/// Texts may name what is known as `$name`: `$ns`, the story's own namespace; `$v1`, the path of
/// that namespace in the core group, and `$apps`, `$rbac`, `$example` in others; and what earlier
/// steps `keep`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// Method and path with the query.
    #[serde(default)]
    pub(super) ask: String,
    /// What is done to the server in memory instead.
    #[serde(default)]
    pub(super) cue: Option<Cue>,
    /// Who asks, if not the administrator.
    #[serde(default)]
    pub(super) user: String,
    /// The media type of the body, in short; JSON if nothing is said.
    #[serde(default, rename = "as")]
    pub(super) media: Media,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(default)]
    pub(super) body: Option<Value>,
    /// A body of other text.
    #[serde(default)]
    pub(super) text: Option<String>,
    /// A body of bytes in hex, with spaces.
    #[serde(default)]
    pub(super) hex: Option<String>,
    #[serde(default)]
    pub(super) code: u16,
    /// What the body of the answer has, and maybe more; null is what it doesn't have.
    #[serde(default)]
    pub(super) has: Value,
    /// The body, where it is plain text.
    #[serde(default)]
    pub(super) says: Option<String>,
    /// What headers contain; empty: there is no such header.
    #[serde(default)]
    pub(super) gives: BTreeMap<String, String>,
    /// All events of a watch, each as in `has`. Bookmarks only count if one is expected.
    #[serde(default)]
    pub(super) events: Option<Vec<Value>>,
    /// Names for parts of the answer, by JSON pointers.
    #[serde(default)]
    pub(super) keep: BTreeMap<String, String>,
    /// The kept version that the answer's is newer than.
    #[serde(default)]
    pub(super) newer: Option<String>,
}

/// What can be done to a server in memory.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Cue {
    /// Its past is forgotten.
    Compact,
    /// It refuses the next request, as a server does that has too many.
    Overload,
}

/// Media types of bodies.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Media {
    #[default]
    Json,
    Yaml,
    Protobuf,
    Apply,
    Merge,
    Strategic,
    Patch,
}

impl Media {
    pub(super) fn name(self) -> &'static str {
        match self {
            Media::Json => "application/json",
            Media::Yaml => "application/yaml",
            Media::Protobuf => "application/vnd.kubernetes.protobuf",
            Media::Apply => "application/apply-patch+yaml",
            Media::Merge => "application/merge-patch+json",
            Media::Strategic => "application/strategic-merge-patch+json",
            Media::Patch => "application/json-patch+json",
        }
    }
}

const STORIES: [(&str, &str); 10] = [
    ("access", include_str!("stories/access.yaml")),
    ("apply", include_str!("stories/apply.yaml")),
    ("custom", include_str!("stories/custom.yaml")),
    ("delete", include_str!("stories/delete.yaml")),
    ("kinds", include_str!("stories/kinds.yaml")),
    ("rare", include_str!("stories/rare.yaml")),
    ("reads", include_str!("stories/reads.yaml")),
    ("tokens", include_str!("stories/tokens.yaml")),
    ("watches", include_str!("stories/watches.yaml")),
    ("writes", include_str!("stories/writes.yaml")),
];

/// All stories.
pub(super) fn all() -> Vec<Story> {
    let read = |(topic, text): (&str, &str)| {
        let stories: Vec<Story> =
            serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{topic}: {error}"));
        stories
    };
    STORIES.into_iter().flat_map(read).collect()
}

/// The definitions of the kinds that stories use.
pub(super) fn definitions() -> Vec<Value> {
    serde_saphyr::from_str(include_str!("definitions.yaml")).unwrap()
}
