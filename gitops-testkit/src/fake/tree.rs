//! A tree of files in memory.

use bytes::Bytes;
use gitops_core::{
    error::{Error, Result, Retry, Stage},
    model::{ContentId, Digest, Entry, EntryKind, Tree},
    reason,
};
use std::{collections::BTreeMap, fmt};

/// The files of one revision, in memory: paths and bytes, and whatever else a tree can hold.
///
/// Directories exist as far as something is in them, as in Git; the root always does. Ids are
/// digests of content, so that equal content has equal ids.
///
/// **Not modelled:** working symlinks (put the content at both paths), file modes, limits on size
/// or number, Git LFS pointers (script them with [`fail`](Self::fail)).
///
/// ```
/// use gitops_core::model::{EntryKind, Tree};
/// use gitops_testkit::fake::MemoryTree;
///
/// let tree = MemoryTree::from([("apps/web.yaml", "kind: Web")]);
/// assert_eq!(tree.read("apps/web.yaml")?, "kind: Web");
/// assert_eq!(tree.entry("apps")?.map(|entry| entry.kind), Some(EntryKind::Directory));
/// assert_eq!(tree.entry("elsewhere")?, None);
/// # Ok::<(), gitops_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryTree {
    nodes: BTreeMap<String, Node>,
}

#[derive(Clone)]
enum Node {
    File(Bytes, ContentId),
    BrokenLink,
    Submodule,
    Failing(Error),
}

impl MemoryTree {
    /// A tree without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a file; what was at the path, or stands in its way, is gone.
    pub fn write(&mut self, path: &str, content: impl Into<Bytes>) -> &mut Self {
        let content = content.into();
        let id = content_id(&content);
        self.insert(path, Node::File(content, id))
    }

    /// Puts a symlink here that can't be followed: listed as such, refused when read.
    pub fn broken_link(&mut self, path: &str) -> &mut Self {
        self.insert(path, Node::BrokenLink)
    }

    /// Puts another repository here, whose files are not at hand.
    pub fn submodule(&mut self, path: &str) -> &mut Self {
        self.insert(path, Node::Submodule)
    }

    /// Puts a file here that is listed, and fails with this error when it is read.
    pub fn fail(&mut self, path: &str, error: Error) -> &mut Self {
        self.insert(path, Node::Failing(error))
    }

    /// Removes what is at this path, with everything below it. Nothing there: nothing happens.
    pub fn remove(&mut self, path: &str) -> &mut Self {
        self.nodes.remove(path);
        let prefix = prefix(path);
        let below: Vec<String> =
            self.below(&prefix).map(|(name, _)| format!("{prefix}{name}")).collect();
        for path in below {
            self.nodes.remove(&path);
        }
        self
    }

    /// The paths of everything but directories, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.nodes.keys().map(String::as_str)
    }

    /// The digest of all of it: equal digests, equal trees.
    pub fn digest(&self) -> Digest {
        self.digest_below("")
    }

    fn insert(&mut self, path: &str, node: Node) -> &mut Self {
        self.remove(path);
        // A file where this path needs a directory gives way.
        for (end, _) in path.match_indices('/') {
            self.nodes.remove(&path[..end]);
        }
        self.nodes.insert(path.to_owned(), node);
        self
    }

    /// Everything below a directory given as `""` or `a/b/`, with paths relative to it.
    fn below(&self, prefix: &str) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes
            .range(prefix.to_owned()..)
            .map_while(move |(path, node)| Some((path.strip_prefix(prefix)?, node)))
    }

    fn digest_below(&self, prefix: &str) -> Digest {
        let parts: Vec<String> = self
            .below(prefix)
            .flat_map(|(path, node)| [path.to_owned(), node.id().to_string()])
            .collect();
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }
}

impl Node {
    fn id(&self) -> ContentId {
        match self {
            Node::File(_, id) => id.clone(),
            Node::BrokenLink => ContentId::new("broken-link"),
            Node::Submodule => ContentId::new("submodule"),
            Node::Failing(error) => content_id(error.to_string().as_bytes()),
        }
    }

    fn kind(&self) -> EntryKind {
        match self {
            Node::File(..) | Node::Failing(_) => EntryKind::File,
            Node::BrokenLink => EntryKind::BrokenLink,
            Node::Submodule => EntryKind::Submodule,
        }
    }
}

fn content_id(bytes: &[u8]) -> ContentId {
    ContentId::new(Digest::of(bytes).to_string())
}

fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}/") }
}

fn name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

fn refuse(reason: &'static str, message: String) -> Error {
    Error::new(Stage::Source, Retry::Never, reason, message)
}

impl Tree for MemoryTree {
    fn entry(&self, path: &str) -> Result<Option<Entry>> {
        if let Some(node) = self.nodes.get(path) {
            return Ok(Some(Entry { name: name(path), kind: node.kind(), id: node.id() }));
        }
        let prefix = prefix(path);
        if !path.is_empty() && self.below(&prefix).next().is_none() {
            return Ok(None);
        }
        let id = ContentId::new(format!("tree:{}", self.digest_below(&prefix)));
        Ok(Some(Entry { name: name(path), kind: EntryKind::Directory, id }))
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>> {
        let prefix = prefix(path);
        let mut names: Vec<&str> = self
            .below(&prefix)
            .map(|(path, _)| path.split_once('/').map_or(path, |(name, _)| name))
            .collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() && !path.is_empty() {
            return Err(refuse(reason::PATH_NOT_FOUND, format!("no directory at {path}")));
        }
        let entries = names.into_iter().map(|name| self.entry(&format!("{prefix}{name}")));
        Ok(entries.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    fn read(&self, path: &str) -> Result<Bytes> {
        match self.nodes.get(path) {
            Some(Node::File(content, _)) => Ok(content.clone()),
            Some(Node::Failing(error)) => Err(error.clone()),
            Some(Node::BrokenLink) => Err(refuse(
                reason::SYMLINK_REFUSED,
                format!("{path} is a symlink that can't be followed"),
            )),
            Some(Node::Submodule) => {
                Err(refuse(reason::SUBMODULE_REFUSED, format!("{path} is a submodule")))
            }
            None => Err(refuse(reason::PATH_NOT_FOUND, format!("no file at {path}"))),
        }
    }
}

impl<P: AsRef<str>, C: Into<Bytes>> FromIterator<(P, C)> for MemoryTree {
    fn from_iter<I: IntoIterator<Item = (P, C)>>(files: I) -> Self {
        let mut tree = MemoryTree::new();
        for (path, content) in files {
            tree.write(path.as_ref(), content);
        }
        tree
    }
}

impl<P: AsRef<str>, C: Into<Bytes>, const N: usize> From<[(P, C); N]> for MemoryTree {
    fn from(files: [(P, C); N]) -> Self {
        files.into_iter().collect()
    }
}

impl fmt::Debug for MemoryTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.paths()).finish()
    }
}
