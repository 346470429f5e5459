//! Under whose name a set is kept.

/// The tool that a set says it is managed by. Tools refuse sets of other tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tooling {
    /// kubectl's name, so that kubectl and this store accept each other's sets.
    #[default]
    Kubectl,
    /// Another name: kubectl then refuses to touch the set.
    Named {
        /// The tool's name.
        name: String,
        /// Its version.
        version: String,
    },
}

impl Tooling {
    pub(super) fn name(&self) -> &str {
        match self {
            Tooling::Kubectl => "kubectl",
            Tooling::Named { name, .. } => name,
        }
    }

    /// What this store writes in the annotation. For kubectl: the version whose protocol it
    /// follows, and who wrote it in the build part. kubectl looks at the name only.
    pub(super) fn stamp(&self) -> String {
        match self {
            Tooling::Kubectl => {
                format!("kubectl/v1.37.0+gitops-kube.{}", env!("CARGO_PKG_VERSION"))
            }
            Tooling::Named { name, version } => format!("{name}/{version}"),
        }
    }

    /// The field manager of the parent's labels and annotations (KEP-3659: `<tool>-applyset`).
    pub(super) fn field_manager(&self) -> String {
        format!("{}-applyset", self.name())
    }
}

/// The tool's name in the annotation's value: all but the version, which is the last part.
pub(super) fn base_name(annotation: &str) -> &str {
    annotation.rsplit_once('/').map_or(annotation, |(name, _)| name)
}
