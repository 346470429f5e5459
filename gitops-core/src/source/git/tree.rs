//! The files of a commit, read from the object database when somebody asks.

use super::{
    cache::Generation,
    limits::Limits,
    links::{Found, Trail},
};
use crate::{
    error::{Error, Result, Retry, Stage},
    model::{ContentId, Digest, Entry, EntryKind, Tree, printable},
    reason,
};
use bytes::Bytes;
use gix::{ObjectId, bstr::ByteSlice, objs::tree::EntryKind as Mode};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// Entries of decoded directories that are kept in memory, about 100 bytes each.
const KEPT_ITEMS: usize = 100_000;

/// The first line of a Git LFS pointer, and the size that the LFS specification gives it at most.
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1";
const LFS_BYTES: usize = 1024;

/// The tree of one commit. Holds the repository that it reads from.
pub(super) struct GitTree {
    generation: Arc<Generation>,
    root: ObjectId,
    limits: Limits,
    place: String,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    directories: BTreeMap<ObjectId, Arc<Vec<Item>>>,
    items: usize,
}

/// One entry as the tree object has it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) mode: Mode,
    pub(super) id: ObjectId,
}

impl GitTree {
    pub(super) fn new(
        generation: Arc<Generation>,
        root: ObjectId,
        limits: Limits,
        place: String,
    ) -> Self {
        GitTree { generation, root, limits, place, kept: Mutex::default() }
    }

    /// The entry of this name in a tree object.
    pub(super) fn item(&self, tree: ObjectId, name: &str) -> Result<Option<Item>> {
        let items = self.items(tree)?;
        let index = items.binary_search_by(|item| item.name.as_str().cmp(name)).ok();
        Ok(index.and_then(|index| items.get(index)).cloned())
    }

    /// What a symlink says, unless it is nothing that a path can be.
    pub(super) fn link_target(&self, link: ObjectId) -> Result<Option<String>> {
        match self.blob(link, self.limits.path_bytes as u64)? {
            Ok(target) => Ok(String::from_utf8(target).ok()),
            Err(_) => Ok(None),
        }
    }

    /// The entries of a tree object, sorted by name.
    fn items(&self, tree: ObjectId) -> Result<Arc<Vec<Item>>> {
        let kept = self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .directories
            .get(&tree)
            .cloned();
        if let Some(items) = kept {
            return Ok(items);
        }
        let items = Arc::new(self.decode(tree)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.items + items.len() > KEPT_ITEMS {
            *kept = Kept::default();
        }
        if kept.directories.insert(tree, items.clone()).is_none() {
            kept.items += items.len();
        }
        Ok(items)
    }

    fn decode(&self, tree: ObjectId) -> Result<Vec<Item>> {
        let repo = self.generation.repo();
        let most = self.limits.tree_entries;
        let too_large = || {
            self.error(
                Retry::Never,
                reason::TOO_LARGE,
                format!("directory {tree} is over the limit of {most} entries"),
            )
            .advise("split it, or raise Limits::tree_entries if that is wanted")
        };
        let size = repo.find_header(tree).map_err(|error| self.damaged(tree, &error))?.size();
        // Mode, blank, name, NUL and id; a longer name than 255 bytes fits no file system.
        if size > (most as u64).saturating_mul(300) {
            return Err(too_large());
        }
        let object = repo.find_tree(tree).map_err(|error| self.damaged(tree, &error))?;
        let mut items = Vec::new();
        for entry in object.iter() {
            let entry = entry.map_err(|error| self.damaged(tree, &error))?;
            let name = entry.filename();
            if items.len() >= most {
                return Err(too_large());
            }
            if matches!(name.as_bytes(), b"" | b"." | b"..")
                || name.eq_ignore_ascii_case(b".git")
                || name.contains_str("/")
            {
                return Err(
                    self.hostile(tree, &format!("an entry named {:?}", name.to_str_lossy()))
                );
            }
            items.push(Item {
                name: name.to_str_lossy().into_owned(),
                mode: entry.mode().kind(),
                id: entry.object_id(),
            });
        }
        items.sort_by(|a, b| a.name.cmp(&b.name));
        let twice = items.iter().zip(items.iter().skip(1)).find(|(a, b)| a.name == b.name);
        match twice {
            Some((item, _)) => {
                Err(self.hostile(tree, &format!("two entries named {:?}", item.name)))
            }
            None => Ok(items),
        }
    }

    /// A blob, or its size when that is over the limit.
    fn blob(&self, id: ObjectId, most: u64) -> Result<Result<Vec<u8>, u64>> {
        let repo = self.generation.repo();
        let size = repo.find_header(id).map_err(|error| self.damaged(id, &error))?.size();
        if size > most {
            return Ok(Err(size));
        }
        let mut blob = repo.find_blob(id).map_err(|error| self.damaged(id, &error))?;
        Ok(Ok(blob.take_data()))
    }

    /// Walks to a path. The second part is what is left of the path below something that is no
    /// directory.
    fn locate(&self, path: &str) -> Result<(Found, Trail, bool)> {
        self.check(path)?;
        let mut trail = Trail::root(self.root);
        let mut found = Found::Directory(trail.spot.clone());
        let mut names = path.split('/').filter(|name| !name.is_empty());
        while let Some(name) = names.next() {
            found = trail.child(self, name)?;
            match &found {
                Found::Directory(spot) => trail.enter(spot.clone()),
                _ => {
                    let rest = names.next().is_some();
                    return Ok((found, trail, rest));
                }
            }
        }
        Ok((found, trail, false))
    }

    fn check(&self, path: &str) -> Result<()> {
        let segments = path.split('/').count();
        let limit = if path.len() > self.limits.path_bytes {
            format!("{} bytes", self.limits.path_bytes)
        } else if segments > self.limits.path_depth {
            format!("{} segments", self.limits.path_depth)
        } else if !path.is_empty()
            && path.split('/').any(|name| matches!(name, "" | "." | "..") || name.contains('\0'))
        {
            return Err(self
                .error(
                    Retry::Never,
                    reason::INVALID_CONFIGURATION,
                    format!("{:?} is not a path inside the repository", printable(path)),
                )
                .advise("write it relative to the root, without . and .., as in apps/web"));
        } else {
            return Ok(());
        };
        let shown: String = path.chars().take(80).collect();
        Err(self
            .error(
                Retry::Never,
                reason::TOO_LARGE,
                format!("the path {:?}… is over the limit of {limit}", printable(&shown)),
            )
            .advise("make it shorter, or raise Limits if that is wanted"))
    }

    fn to_entry(&self, name: &str, found: &Found, trail: &Trail) -> Option<Entry> {
        let kind = match found {
            Found::Directory(_) => EntryKind::Directory,
            Found::File(_) => EntryKind::File,
            Found::Submodule(_) => EntryKind::Submodule,
            Found::Broken(..) => EntryKind::BrokenLink,
            Found::Nothing => return None,
        };
        let id = match found {
            Found::Directory(_) => self.directory_id(found, trail),
            _ => found.mark(),
        };
        Some(Entry { name: name.to_owned(), kind, id: ContentId::from(id.as_str()) })
    }

    /// The id of a directory: that of its tree object and, where symlinks stand in it, of what
    /// they lead to. A tree object alone would not change when a link's end does.
    fn directory_id(&self, found: &Found, trail: &Trail) -> String {
        let mark = found.mark();
        let Found::Directory(spot) = found else { return mark };
        // What can't be read now is an error for who reads it, not for who reads its neighbour.
        let Ok(items) = self.items(spot.tree()) else { return mark };
        let mut inside = trail.clone();
        inside.enter(spot.clone());
        let ends: Vec<String> = items
            .iter()
            .filter(|item| item.mode == Mode::Link)
            .map(|item| match inside.clone().child(self, &item.name) {
                Ok(end) => format!("{}\0{}", item.name, end.mark()),
                Err(_) => item.name.clone(),
            })
            .collect();
        if ends.is_empty() {
            return mark;
        }
        let digest = Digest::of_parts(ends.iter().map(String::as_bytes));
        format!("{mark}+{digest}")
    }

    fn error(&self, retry: Retry, reason: &'static str, what: String) -> Error {
        Error::new(Stage::Source, retry, reason, format!("{}: {what}", self.place))
    }

    fn damaged(&self, id: ObjectId, error: &dyn fmt::Display) -> Error {
        self.generation.mark_damaged();
        self.error(
            Retry::Backoff,
            reason::CORRUPT,
            format!("object {id} of the cache can't be read: {}", printable(&error.to_string())),
        )
        .advise("the cache is fetched anew the next time")
    }

    fn hostile(&self, tree: ObjectId, what: &str) -> Error {
        self.error(
            Retry::Never,
            reason::CORRUPT,
            format!("directory {tree} has {}, which git itself refuses", printable(what)),
        )
        .advise("run git fsck on the repository, and remove the entry")
    }

    /// Why there is nothing to read at a path.
    fn refused(&self, path: &str, found: &Found) -> Error {
        let shown = printable(path);
        let (reason, what, advice) = match found {
            Found::Broken(_, why) => (
                reason::SYMLINK_REFUSED,
                format!("{shown}: the symlink {why}"),
                "put the file itself there, or a link to a path inside the repository",
            ),
            Found::Submodule(id) => (
                reason::SUBMODULE_REFUSED,
                format!("{shown}: a submodule (commit {id}) stands where files are wanted"),
                "make it a source of its own, or leave it out of the paths",
            ),
            Found::Directory(_) => (
                reason::PATH_NOT_FOUND,
                format!("{shown} is a directory, not a file"),
                "name a file in it",
            ),
            Found::File(_) => (
                reason::PATH_NOT_FOUND,
                format!("{shown} is a file, not a directory"),
                "name its directory",
            ),
            Found::Nothing => (
                reason::PATH_NOT_FOUND,
                format!("{shown} does not exist in this revision"),
                "check spelling and case",
            ),
        };
        self.error(Retry::Never, reason, what).advise(advice)
    }
}

impl Tree for GitTree {
    fn entry(&self, path: &str) -> Result<Option<Entry>> {
        let (found, trail, rest) = self.locate(path)?;
        let name = path.rsplit('/').next().unwrap_or_default();
        Ok(if rest { None } else { self.to_entry(name, &found, &trail) })
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>> {
        let (found, trail, rest) = self.locate(path)?;
        let Found::Directory(spot) = &found else {
            let lost = rest && matches!(found, Found::File(_));
            return Err(self.refused(path, if lost { &Found::Nothing } else { &found }));
        };
        let items = self.items(spot.tree())?;
        let mut entries = Vec::with_capacity(items.len());
        for item in items.iter() {
            let mut here = trail.clone();
            let child = here.child(self, &item.name)?;
            entries.extend(self.to_entry(&item.name, &child, &trail));
        }
        Ok(entries)
    }

    fn read(&self, path: &str) -> Result<Bytes> {
        let (found, _, rest) = self.locate(path)?;
        let Found::File(id) = found else { return Err(self.refused(path, &found)) };
        if rest {
            return Err(self.refused(path, &Found::Nothing));
        }
        let most = self.limits.file_bytes;
        let data = self.blob(id, most)?.map_err(|size| {
            self.error(
                Retry::Never,
                reason::TOO_LARGE,
                format!("{}: {size} bytes are over the limit of {most} bytes", printable(path)),
            )
            .advise("split the file, or raise Limits::file_bytes if that is wanted")
        })?;
        if data.len() <= LFS_BYTES && data.starts_with(LFS) {
            return Err(self
                .error(
                    Retry::Never,
                    reason::LFS_POINTER,
                    format!(
                        "{}: a Git LFS pointer stands where content is wanted",
                        printable(path)
                    ),
                )
                .advise("store the file in Git itself (git lfs untrack), or leave it out"));
        }
        Ok(data.into())
    }
}

impl fmt::Debug for GitTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitTree({})", self.root)
    }
}
