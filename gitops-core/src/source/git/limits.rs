//! How much a repository may ask of us.

/// Limits on what a repository holds; going over one is `TooLarge` and names it.
///
/// ```
/// use gitops_core::source::git::Limits;
/// let limits = Limits { file_bytes: 1 << 20, ..Limits::default() };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file that is read. Default 16 MiB.
    pub file_bytes: u64,
    /// Entries of one directory. Default 50,000.
    pub tree_entries: usize,
    /// Bytes of a path. Default 4096.
    pub path_bytes: usize,
    /// Segments of a path; it also ends walks through nested directories. Default 64.
    pub path_depth: usize,
    /// Bytes received from the server in one attempt. Default 2 GiB.
    pub transfer_bytes: u64,
    /// Bytes of memory for one unpacked object while a pack is received, also of files that
    /// nobody reads. Default 512 MiB.
    pub object_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes: 16 << 20,
            tree_entries: 50_000,
            path_bytes: 4096,
            path_depth: 64,
            transfer_bytes: 2 << 30,
            object_bytes: 512 << 20,
        }
    }
}
