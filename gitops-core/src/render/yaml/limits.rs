//! How much of a repository is read.

/// Limits on what is read, so that no file can take the process down. Going over one is a
/// `TooLarge` error that names the file and the limit.
///
/// The defaults are far above what real repositories hold: the largest known bundles of custom
/// resource definitions have some megabytes and 100,000 nodes. An alias bomb is refused within
/// about a second; lower the number of nodes where even that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: usize,
    /// Files of one render, and directories too.
    pub files: usize,
    /// Documents in one file.
    pub documents: usize,
    /// Nodes (mappings, lists and scalars) in one file, each alias counted as what it stands for:
    /// this is what stops an alias bomb.
    pub nodes: usize,
    /// Bytes of scalars in one file, aliases counted as above.
    pub scalar_bytes: usize,
    /// Mappings and lists within each other. At most [`Limits::MAX_DEPTH`] is used.
    pub depth: usize,
    /// Errors that one render reports.
    pub errors: usize,
}

impl Limits {
    /// The deepest nesting of any document. The parser recurses, and an overflown stack would take
    /// the process down: this much fits a thread of 2 MiB in a build without optimisation. The
    /// deepest resource definitions known have some 30 levels.
    pub const MAX_DEPTH: usize = 64;

    pub(super) fn deepest(&self) -> usize {
        self.depth.min(Limits::MAX_DEPTH)
    }

    pub(super) fn documents_limit(&self) -> String {
        format!("{} documents (Limits::documents)", self.documents)
    }

    pub(super) fn nodes_limit(&self) -> String {
        format!("{} nodes (Limits::nodes, aliases counted)", self.nodes)
    }

    pub(super) fn depth_limit(&self) -> String {
        format!("{} levels of nesting (Limits::depth)", self.deepest())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes: 16 << 20,
            files: 20_000,
            documents: 20_000,
            nodes: 500_000,
            scalar_bytes: 32 << 20,
            depth: Limits::MAX_DEPTH,
            errors: 50,
        }
    }
}

/// What a key given twice in one mapping means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DuplicateKeys {
    /// An error: one of the two values is dead, and nobody can tell which was meant.
    #[default]
    Refused,
    /// The last one counts, as with kubectl.
    LastWins,
}
