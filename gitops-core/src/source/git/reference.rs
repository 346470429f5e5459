//! Which revision is wanted.

use super::{fault::Fault, range::SemverRange};
use crate::{
    error::Result,
    model::{Revision, printable},
};
use gix::ObjectId;

/// What to follow in a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// The tip of a branch, wherever it moves: force-pushes are followed.
    Branch(String),
    /// A tag, light or annotated. A tag that is moved is followed.
    Tag(String),
    /// The highest version among the tags that match a range, such as `>=1.2.0 <2.0.0` or `1.x`:
    /// see [`SemverRange`].
    Semver(String),
    /// One commit, by its full hexadecimal id.
    Commit(String),
}

impl Reference {
    /// A branch.
    pub fn branch(name: impl Into<String>) -> Self {
        Reference::Branch(name.into())
    }

    /// A tag.
    pub fn tag(name: impl Into<String>) -> Self {
        Reference::Tag(name.into())
    }

    /// A semver range over tags.
    pub fn semver(range: impl Into<String>) -> Self {
        Reference::Semver(range.into())
    }

    /// A commit.
    pub fn commit(id: impl Into<String>) -> Self {
        Reference::Commit(id.into())
    }
}

/// A checked [`Reference`].
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// One ref with its full name and the name people know it by.
    Ref {
        full: String,
        short: String,
    },
    Semver(SemverRange),
    Commit(ObjectId),
}

/// A ref as the server lists it; `commit` is what an annotated tag peels to.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) commit: ObjectId,
}

impl Wanted {
    pub(super) fn new(reference: &Reference) -> Result<Self> {
        let named = |kind: &str, space: &str, name: &str| {
            let full = format!("{space}{name}");
            match gix::validate::reference::name(full.as_str().into()) {
                Ok(_) => Ok(Wanted::Ref { full, short: name.to_owned() }),
                Err(_) => Err(Fault::invalid(format!(
                    "{:?} is no valid name of a {kind}",
                    printable(name)
                ))),
            }
        };
        match reference {
            Reference::Branch(name) => named("branch", "refs/heads/", name),
            Reference::Tag(name) => named("tag", "refs/tags/", name),
            Reference::Semver(range) => Ok(Wanted::Semver(range.parse()?)),
            Reference::Commit(id) => match ObjectId::from_hex(id.as_bytes()) {
                Ok(id) => Ok(Wanted::Commit(id)),
                Err(_) => Err(Fault::invalid(format!(
                    "{:?} is no commit id: expected 40 hexadecimal digits",
                    printable(id)
                ))),
            },
        }
    }

    /// What the server is asked to list, or nothing when it need not be asked.
    pub(super) fn prefix(&self) -> Option<&str> {
        match self {
            Wanted::Ref { full, .. } => Some(full),
            Wanted::Semver(_) => Some("refs/tags/"),
            Wanted::Commit(_) => None,
        }
    }

    /// The revision among the refs that the server has.
    pub(super) fn choose(&self, refs: &[Listed]) -> Result<Revision, Fault> {
        match self {
            Wanted::Commit(id) => Ok(revision("", *id)),
            Wanted::Ref { full, short } => refs
                .iter()
                .find(|listed| listed.name == *full)
                .map(|listed| revision(short, listed.commit))
                .ok_or_else(|| Fault::NoSuchRef {
                    what: format!("{full} does not exist"),
                    advice: "check the name; a deleted branch has to be replaced in the \
                             configuration",
                }),
            Wanted::Semver(range) => {
                let tags = refs.iter().filter_map(|listed| {
                    listed.name.strip_prefix("refs/tags/").map(|tag| (tag, listed.commit))
                });
                let mut seen = 0_usize;
                let mut best: Option<(semver::Version, &str, ObjectId)> = None;
                for (tag, commit) in tags {
                    seen += 1;
                    if let Some(version) = range.version_of(tag)
                        && best
                            .as_ref()
                            .is_none_or(|(high, name, _)| (&version, tag) > (high, *name))
                    {
                        best = Some((version, tag, commit));
                    }
                }
                best.map(|(_, tag, commit)| revision(tag, commit)).ok_or_else(|| Fault::NoSuchRef {
                    what: format!("none of {seen} tags is a version in the range {range}"),
                    advice: "tags must be whole versions such as 1.2.3 or v1.2.3; prereleases \
                                 match only a range that names one, such as >=1.0.0-0",
                })
            }
        }
    }
}

fn revision(name: &str, commit: ObjectId) -> Revision {
    Revision::new(name, format!("sha1:{commit}"))
}

/// The commit that a revision's id names.
pub(super) fn commit_of(revision: &Revision) -> Result<ObjectId, Fault> {
    revision
        .id()
        .strip_prefix("sha1:")
        .and_then(|hex| ObjectId::from_hex(hex.as_bytes()).ok())
        .ok_or_else(|| Fault::NoSuchRef {
            what: format!("{} is no revision of a Git repository", printable(revision.id())),
            advice: "fetch what resolve named",
        })
}
