//! A kind, as the server serves it.

use crate::escape::escape;
use gitops_core::{Error, Retry, Stage, model::ObjectId, reason};

/// A kind as the server serves it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version, such as `v1`.
    pub version: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The name in paths, such as `deployments`.
    pub plural: String,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
    /// What the server lets one do with it, such as `list` and `watch`.
    pub verbs: Vec<String>,
}

impl Resource {
    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether the server lists this verb.
    pub fn allows(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }

    /// `deployments.apps`, as kubectl and the server's messages write it.
    pub(crate) fn full_name(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// The path of all objects of the cluster.
    pub(crate) fn all(&self) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        format!("{root}/{}/{}", self.api_version(), self.plural)
    }

    /// The path of the collection that an object is created in.
    pub(crate) fn collection(&self, id: &ObjectId) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let version = self.api_version();
        if self.namespaced {
            format!("{root}/{version}/namespaces/{}/{}", escape(id.namespace()), self.plural)
        } else {
            format!("{root}/{version}/{}", self.plural)
        }
    }

    /// The path of one object.
    pub(crate) fn one(&self, id: &ObjectId) -> String {
        format!("{}/{}", self.collection(id), escape(id.name()))
    }

    /// Says what is wrong with an id of this kind: its scope, or a name that is no path segment.
    pub(crate) fn check(&self, stage: Stage, id: &ObjectId) -> gitops_core::Result<()> {
        let wrong = |message: String, advice: &str| {
            Err(Error::new(stage, Retry::Never, reason::INVALID_OBJECT, message)
                .on(id)
                .advise(advice.to_owned()))
        };
        // The rule of path segment names in apimachinery (IsValidPathSegmentName).
        let segment = |text: &str| !matches!(text, "" | "." | "..") && !text.contains(['/', '%']);
        if !segment(id.name()) {
            return wrong("the name can't stand in a path".to_owned(), "give it a valid name");
        }
        match (self.namespaced, id.namespace()) {
            (true, "") => wrong(
                format!("{} live in namespaces, and it names none", self.full_name()),
                "set metadata.namespace, or wrap the renderer in Namespaced",
            ),
            (true, namespace) if !segment(namespace) => {
                wrong("the namespace can't stand in a path".to_owned(), "give it a valid name")
            }
            (true, _) | (false, "") => Ok(()),
            (false, _) => wrong(
                format!("{} don't live in namespaces, and it names one", self.full_name()),
                "remove metadata.namespace, or wrap the renderer in Namespaced",
            ),
        }
    }
}
