//! Which files are read.

use super::{Limits, misconfigured, refuse};
use crate::{
    Error, Result,
    model::{ContentId, Entry, EntryKind, Origin, Snapshot},
    reason,
};
use globset::{GlobBuilder, GlobMatcher};
use std::collections::BTreeSet;

/// Paths and globs, and globs of what is left out.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    wanted: Vec<Wanted>,
    excluded: Vec<GlobMatcher>,
}

#[derive(Debug, Clone)]
enum Wanted {
    Path(String),
    Glob { text: String, base: String, matcher: GlobMatcher },
}

impl Selection {
    pub(super) fn new<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Result<Self> {
        let wanted =
            paths.into_iter().map(|path| wanted(path.as_ref())).collect::<Result<Vec<_>>>()?;
        if wanted.is_empty() {
            return Err(misconfigured("no path to render").advise("name the root with \"\""));
        }
        Ok(Selection { wanted, excluded: Vec::new() })
    }

    pub(super) fn exclude<P: AsRef<str>>(
        &mut self,
        globs: impl IntoIterator<Item = P>,
    ) -> Result<()> {
        for text in globs {
            self.excluded.push(glob(&normal(text.as_ref())?)?);
        }
        Ok(())
    }

    /// The files to read, each once, in order. All errors found are joined.
    pub(super) fn files(&self, snapshot: &Snapshot, limits: &Limits) -> Result<BTreeSet<String>> {
        let mut walk = Walk {
            snapshot,
            limits,
            excluded: &self.excluded,
            files: BTreeSet::new(),
            directories: 0,
            above: Vec::new(),
            errors: Vec::new(),
        };
        for wanted in &self.wanted {
            if let Err(error) = walk.take(wanted) {
                walk.errors.push(error);
            }
        }
        walk.errors.truncate(limits.errors.max(1));
        match Error::join(walk.errors) {
            Some(error) => Err(error),
            None => Ok(walk.files),
        }
    }
}

fn wanted(text: &str) -> Result<Wanted> {
    let path = normal(text)?;
    let Some(meta) = path.find(['*', '?', '[', '{']) else { return Ok(Wanted::Path(path)) };
    // The directories before the first special character are walked, nothing else.
    let base = path.get(..meta).and_then(|literal| literal.rsplit_once('/'));
    let base = base.map_or("", |(base, _)| base).to_owned();
    let matcher = glob(&path)?;
    Ok(Wanted::Glob { text: path, base, matcher })
}

/// The path without `./`, doubled and trailing slashes.
fn normal(text: &str) -> Result<String> {
    let segments: Vec<&str> =
        text.split('/').filter(|segment| !segment.is_empty() && *segment != ".").collect();
    if segments.contains(&"..") {
        return Err(misconfigured(format!("the path {text:?} leaves the tree"))
            .advise("paths are relative to the root of the repository"));
    }
    Ok(segments.join("/"))
}

fn glob(text: &str) -> Result<GlobMatcher> {
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    let glob = glob.map_err(|error| {
        misconfigured(format!("the glob {text:?} can't be read")).with_source(error)
    })?;
    Ok(glob.compile_matcher())
}

/// The error, placed in this file unless it says better.
pub(super) fn place(error: Error, path: &str) -> Error {
    if error.origin().is_some() { error } else { error.at(&Origin::new(path, 0)) }
}

fn is_manifest(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "yaml" | "yml" | "json")
}

struct Walk<'a> {
    snapshot: &'a Snapshot,
    limits: &'a Limits,
    excluded: &'a [GlobMatcher],
    files: BTreeSet<String>,
    directories: usize,
    /// The ids of the directories above: a tree can't contain itself, unless by a symlink.
    above: Vec<ContentId>,
    errors: Vec<Error>,
}

impl Walk<'_> {
    fn take(&mut self, wanted: &Wanted) -> Result<()> {
        match wanted {
            Wanted::Path(path) => {
                let entry = self.snapshot.entry(path).map_err(|error| place(error, path))?;
                match entry {
                    None => Err(refuse(
                        reason::PATH_NOT_FOUND,
                        format!("there is no {path:?} in {}", self.snapshot.revision()),
                    )
                    .advise("correct the path, or restore the directory")),
                    Some(entry) if entry.kind == EntryKind::Directory => {
                        self.directory(path, &entry.id, None)
                    }
                    // Named explicitly: whatever its name, and refused when it can't be read.
                    Some(_) => self.file(path.clone()),
                }
            }
            Wanted::Glob { text, base, matcher } => {
                let before = self.files.len();
                let entry = self.snapshot.entry(base).map_err(|error| place(error, base))?;
                if let Some(entry) = entry.filter(|entry| entry.kind == EntryKind::Directory) {
                    self.directory(base, &entry.id, Some(matcher))?;
                }
                if self.files.len() == before && !self.matches_known(matcher) {
                    return Err(refuse(
                        reason::PATH_NOT_FOUND,
                        format!("nothing matches {text:?} in {}", self.snapshot.revision()),
                    )
                    .advise("correct the glob, or restore the files"));
                }
                Ok(())
            }
        }
    }

    /// Whether a glob matches files that another path brought in already.
    fn matches_known(&self, matcher: &GlobMatcher) -> bool {
        self.files.iter().any(|path| matcher.is_match(path))
    }

    fn directory(
        &mut self,
        path: &str,
        id: &ContentId,
        matcher: Option<&GlobMatcher>,
    ) -> Result<()> {
        if self.above.contains(id) {
            return Err(refuse(reason::SYMLINK_REFUSED, "the directory contains itself")
                .at(&Origin::new(path, 0))
                .advise("remove the symlink, or exclude it"));
        }
        self.directories += 1;
        if self.directories > self.limits.files {
            return Err(self.too_many("directories"));
        }
        self.above.push(id.clone());
        let entries = self.snapshot.list(path).map_err(|error| place(error, path))?;
        for entry in entries {
            let below =
                if path.is_empty() { entry.name.clone() } else { format!("{path}/{}", entry.name) };
            let skipped = entry.name.starts_with('.')
                || self.excluded.iter().any(|glob| glob.is_match(&below));
            if !skipped {
                self.entry(below, &entry, matcher)?;
            }
        }
        self.above.pop();
        Ok(())
    }

    fn entry(&mut self, path: String, entry: &Entry, matcher: Option<&GlobMatcher>) -> Result<()> {
        let matches = |path: &str| match matcher {
            Some(matcher) => matcher.is_match(path),
            None => is_manifest(&entry.name),
        };
        match entry.kind {
            EntryKind::Directory => self.directory(&path, &entry.id, matcher),
            EntryKind::File if matches(&path) => self.file(path),
            EntryKind::File => Ok(()),
            // Manifests may be missing here, and missing manifests must not look removed.
            EntryKind::Submodule => {
                let error =
                    refuse(reason::SUBMODULE_REFUSED, "a submodule: its files are not here")
                        .at(&Origin::new(path, 0))
                        .advise("exclude it, or make it a source of its own");
                self.errors.push(error);
                Ok(())
            }
            // The name of a link to a file says what it would be; one without an extension may
            // stand for a directory.
            EntryKind::BrokenLink if matches(&path) || !entry.name.contains('.') => {
                let error = refuse(reason::SYMLINK_REFUSED, "a symlink that can't be followed")
                    .at(&Origin::new(path, 0))
                    .advise("links must stay within the repository: replace it, or exclude it");
                self.errors.push(error);
                Ok(())
            }
            EntryKind::BrokenLink => Ok(()),
        }
    }

    fn file(&mut self, path: String) -> Result<()> {
        self.files.insert(path);
        if self.files.len() > self.limits.files { Err(self.too_many("files")) } else { Ok(()) }
    }

    fn too_many(&self, what: &str) -> Error {
        refuse(reason::TOO_LARGE, format!("more than {} {what} to read", self.limits.files))
            .advise("render fewer directories at once, or raise Limits::files")
    }
}
