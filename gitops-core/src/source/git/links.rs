//! Finding a path, symlinks followed inside the tree and nowhere else.

use super::tree::{GitTree, Item};
use crate::error::Result;
use gix::{ObjectId, objs::tree::EntryKind as Mode};

/// Symlinks that one path may lead through, as in Linux.
const MOST_LINKS: usize = 40;

/// A directory: the names that lead to it from the root, without any symlink, and their trees.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    names: Vec<String>,
    trees: Vec<ObjectId>,
    root: ObjectId,
}

impl Spot {
    pub(super) fn root(root: ObjectId) -> Self {
        Spot { names: Vec::new(), trees: Vec::new(), root }
    }

    pub(super) fn tree(&self) -> ObjectId {
        self.trees.last().copied().unwrap_or(self.root)
    }

    fn enter(&self, name: &str, tree: ObjectId) -> Self {
        let mut inner = self.clone();
        inner.names.push(name.to_owned());
        inner.trees.push(tree);
        inner
    }

    fn leave(mut self) -> Option<Self> {
        self.names.pop()?;
        self.trees.pop();
        Some(self)
    }
}

/// What is at a path.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Directory(Spot),
    File(ObjectId),
    Submodule(ObjectId),
    /// A symlink that is not followed, and why.
    Broken(ObjectId, &'static str),
    Nothing,
}

impl Found {
    /// The object, marked with what it is: equal marks, equal content.
    pub(super) fn mark(&self) -> String {
        match self {
            Found::Directory(spot) => format!("tree:{}", spot.tree()),
            Found::File(id) => format!("blob:{id}"),
            Found::Submodule(id) => format!("commit:{id}"),
            Found::Broken(id, _) => format!("link:{id}"),
            Found::Nothing => String::new(),
        }
    }
}

/// The way that a path took: where it stands, through which directories, over how many symlinks.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    pub(super) spot: Spot,
    passed: Vec<Vec<String>>,
    links: usize,
}

impl Trail {
    pub(super) fn root(root: ObjectId) -> Self {
        Trail { spot: Spot::root(root), passed: vec![Vec::new()], links: 0 }
    }

    /// What is at a name in the directory where the trail stands.
    ///
    /// A symlink back to a directory that the path came through would let a walk go round for
    /// ever: it counts as broken.
    pub(super) fn child(&mut self, tree: &GitTree, name: &str) -> Result<Found> {
        let Some(item) = tree.item(self.spot.tree(), name)? else { return Ok(Found::Nothing) };
        let found = step(tree, &self.spot, &item, &mut self.links)?;
        Ok(match found {
            Found::Directory(spot)
                if item.mode == Mode::Link && self.passed.contains(&spot.names) =>
            {
                Found::Broken(item.id, "goes in a circle")
            }
            found => found,
        })
    }

    pub(super) fn enter(&mut self, spot: Spot) {
        self.passed.push(spot.names.clone());
        self.spot = spot;
    }
}

fn step(tree: &GitTree, from: &Spot, item: &Item, links: &mut usize) -> Result<Found> {
    Ok(match item.mode {
        Mode::Tree => Found::Directory(from.enter(&item.name, item.id)),
        Mode::Blob | Mode::BlobExecutable => Found::File(item.id),
        Mode::Commit => Found::Submodule(item.id),
        Mode::Link => follow(tree, from, item, links)?,
    })
}

fn follow(tree: &GitTree, from: &Spot, link: &Item, links: &mut usize) -> Result<Found> {
    let broken = |why| Ok(Found::Broken(link.id, why));
    *links += 1;
    if *links > MOST_LINKS {
        return broken("goes in a circle");
    }
    let Some(target) = tree.link_target(link.id)? else {
        return broken("is longer than a path may be, or not UTF-8");
    };
    if target.starts_with('/') {
        return broken("is absolute, so it leaves the repository");
    }
    let mut found = Found::Directory(from.clone());
    for part in target.split('/') {
        let Found::Directory(spot) = found else { return broken("leads to nothing") };
        found = match part {
            "" | "." => Found::Directory(spot),
            ".." => match spot.leave() {
                Some(outer) => Found::Directory(outer),
                None => return broken("leaves the repository"),
            },
            name => match tree.item(spot.tree(), name)? {
                Some(item) => step(tree, &spot, &item, links)?,
                None => return broken("leads to nothing"),
            },
        };
        if let Found::Broken(_, why) = found {
            return broken(why);
        }
    }
    Ok(if target.is_empty() { Found::Broken(link.id, "leads to nothing") } else { found })
}
