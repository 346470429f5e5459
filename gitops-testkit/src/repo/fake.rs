//! A repository that is made by code.

use super::{RepoError, git};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A real, bare Git repository in a temporary directory, which goes when this is dropped.
///
/// Edits ([`write`](Self::write), [`remove`](Self::remove), …) are collected and become one
/// [`commit`](Self::commit) on the branch that was chosen with [`on`](Self::on), `main` at first.
/// The same sequence of calls gives the same ids.
#[derive(Debug)]
pub struct FakeRepo {
    dir: tempfile::TempDir,
    state: Mutex<State>,
    ticks: AtomicU64,
}

#[derive(Debug)]
struct State {
    branch: String,
    /// Commands of a `git fast-import` stream.
    edits: Vec<u8>,
}

impl FakeRepo {
    /// An empty repository.
    ///
    /// # Errors
    /// When git is missing or the temporary directory can't be written.
    pub fn new() -> Result<Self, RepoError> {
        let dir = tempfile::tempdir().map_err(RepoError::io("no temporary directory"))?;
        let state = Mutex::new(State { branch: "main".to_owned(), edits: Vec::new() });
        let repo = FakeRepo { dir, state, ticks: AtomicU64::new(0) };
        let path = repo.path();
        let init =
            ["init", "--quiet", "--bare", "--template=", "--initial-branch=main"].map(OsStr::new);
        let init = [&init[..], &[path.as_os_str()]].concat();
        git::run(repo.dir.path(), 0, &init, &[], b"")?;
        // Tests decide when anything moves.
        repo.git(["config", "gc.auto", "0"])?;
        Ok(repo)
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("repo.git")
    }

    /// Its `file` URL.
    pub fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// Chooses the branch for what follows. A branch that doesn't exist yet begins, with its first
    /// commit, where the branch before it stands.
    pub fn on(&self, branch: &str) -> &Self {
        let new = self.id(branch).is_err();
        let before = self.state().branch.clone();
        if new && let Ok(tip) = self.id(&before) {
            // It can fail only for a name that no branch can have: the commit will say so.
            let _ = self.git(["update-ref", &format!("refs/heads/{branch}"), &tip]);
        }
        self.state().branch = branch.to_owned();
        self
    }

    /// Writes a file.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.edit("100644", path, content.as_ref())
    }

    /// Makes a symlink.
    pub fn symlink(&self, path: &str, target: &str) -> &Self {
        self.edit("120000", path, target.as_bytes())
    }

    /// Puts a submodule at a path, standing at a commit (any 40 hexadecimal digits).
    pub fn submodule(&self, path: &str, commit: &str) -> &Self {
        self.command(format!("M 160000 {commit} {}\n", quoted(path)).as_bytes())
    }

    /// Removes a file or directory.
    pub fn remove(&self, path: &str) -> &Self {
        self.command(format!("D {}\n", quoted(path)).as_bytes())
    }

    /// Removes everything.
    pub fn clear(&self) -> &Self {
        self.command(b"deleteall\n")
    }

    /// Makes a commit of the edits since the last one; none is fine. Returns its id.
    ///
    /// # Errors
    /// When git refuses an edit. The edits are gone then.
    pub fn commit(&self, message: &str) -> Result<String, RepoError> {
        let tick = self.tick();
        let (branch, edits) = {
            let mut state = self.state();
            (format!("refs/heads/{}", state.branch), std::mem::take(&mut state.edits))
        };
        let mut stream = format!(
            "commit {branch}\ncommitter Fake <fake@example.com> {}\ndata {}\n{message}\n",
            git::moment(tick),
            message.len(),
        )
        .into_bytes();
        if let Ok(tip) = self.id(&branch) {
            stream.extend_from_slice(format!("from {tip}\n").as_bytes());
        }
        stream.extend_from_slice(&edits);
        self.run(tick, &["fast-import", "--quiet", "--force"], &[], &stream)?;
        self.id(&branch)
    }

    /// Merges a branch into the current one, with a merge commit. Returns its id.
    ///
    /// # Errors
    /// When they conflict.
    pub fn merge(&self, branch: &str) -> Result<String, RepoError> {
        let (ours, theirs) = (self.id("")?, self.id(branch)?);
        let tree = self.git(["merge-tree", "--write-tree", &ours, &theirs])?;
        self.commit_of_tree(&tree, &[&ours, &theirs], &format!("Merge {branch}"))
    }

    /// Undoes what one commit did, with a new commit on the current branch. Returns its id.
    ///
    /// # Errors
    /// When later commits stand in the way.
    pub fn revert(&self, commit: &str) -> Result<String, RepoError> {
        let tip = self.id("")?;
        let index = self.dir.path().join("index");
        let index = [("GIT_INDEX_FILE", index.as_os_str())];
        let back = format!("{commit}^");
        let mut patch = self.run(0, &["diff-tree", "-p", "--binary", commit, &back], &[], b"")?;
        patch.push('\n');
        self.run(0, &["read-tree", &tip], &index, b"")?;
        self.run(0, &["apply", "--cached", "--allow-empty"], &index, patch.as_bytes())?;
        let tree = self.run(0, &["write-tree"], &index, b"")?;
        self.commit_of_tree(&tree, &[&tip], &format!("Revert {commit}"))
    }

    /// Points the current branch at any commit, as a force-push does.
    ///
    /// # Errors
    /// When there is no such commit.
    pub fn reset(&self, commit: &str) -> Result<(), RepoError> {
        let branch = format!("refs/heads/{}", self.state().branch);
        self.git(["update-ref", &branch, commit]).map(drop)
    }

    /// Deletes a branch.
    ///
    /// # Errors
    /// When there is none.
    pub fn delete_branch(&self, branch: &str) -> Result<(), RepoError> {
        self.git(["update-ref", "-d", &format!("refs/heads/{branch}")]).map(drop)
    }

    /// Tags the tip of the current branch, or moves the tag there.
    ///
    /// # Errors
    /// When the name is not valid or there is no commit.
    pub fn tag(&self, name: &str) -> Result<(), RepoError> {
        self.git(["tag", "--force", name, &self.id("")?]).map(drop)
    }

    /// The same with a tag object of its own. Returns the commit that it leads to.
    ///
    /// # Errors
    /// When the name is not valid or there is no commit.
    pub fn annotated_tag(&self, name: &str, message: &str) -> Result<String, RepoError> {
        let (tick, tip) = (self.tick(), self.id("")?);
        self.run(tick, &["tag", "--force", "--annotate", "-m", message, name, &tip], &[], b"")?;
        Ok(tip)
    }

    /// Deletes a tag.
    ///
    /// # Errors
    /// When there is none.
    pub fn delete_tag(&self, name: &str) -> Result<(), RepoError> {
        self.git(["tag", "--delete", name]).map(drop)
    }

    /// The commit of a branch, tag or anything that git understands; `""` is the current branch.
    ///
    /// # Errors
    /// When there is none.
    pub fn id(&self, name: &str) -> Result<String, RepoError> {
        let branch = self.state().branch.clone();
        let name = if name.is_empty() { &branch } else { name };
        let heads = format!("refs/heads/{name}^{{commit}}");
        let any = format!("{name}^{{commit}}");
        self.git(["rev-parse", "--quiet", "--verify", &heads])
            .or_else(|_| self.git(["rev-parse", "--quiet", "--verify", &any]))
    }

    /// Stores any object as it is, also one that git would never write, and returns its id: for
    /// hostile trees. `kind` is `blob`, `tree`, `commit` or `tag`.
    ///
    /// # Errors
    /// When git can't store it.
    pub fn raw_object(&self, kind: &str, bytes: &[u8]) -> Result<String, RepoError> {
        self.run(0, &["hash-object", "-w", "--literally", "--stdin", "-t", kind], &[], bytes)
    }

    /// A commit of a tree object with these parents on the current branch. Returns its id.
    ///
    /// # Errors
    /// When one of them does not exist.
    pub fn commit_of_tree(
        &self,
        tree: &str,
        parents: &[&str],
        message: &str,
    ) -> Result<String, RepoError> {
        let mut arguments = vec!["commit-tree", tree, "-m", message];
        for parent in parents {
            arguments.extend(["-p", parent]);
        }
        let commit = self.run(self.tick(), &arguments, &[], b"")?;
        self.reset(&commit)?;
        Ok(commit)
    }

    /// Runs any git command in the repository and returns what it prints.
    ///
    /// # Errors
    /// When git fails.
    pub fn git<const N: usize>(&self, arguments: [&str; N]) -> Result<String, RepoError> {
        self.run(self.ticks.load(Ordering::Relaxed), &arguments, &[], b"")
    }

    fn run(
        &self,
        tick: u64,
        arguments: &[&str],
        extra: &[(&str, &OsStr)],
        input: &[u8],
    ) -> Result<String, RepoError> {
        git::run(&self.path(), tick, arguments, extra, input)
    }

    fn edit(&self, mode: &str, path: &str, content: &[u8]) -> &Self {
        let head = format!("M {mode} inline {}\ndata {}\n", quoted(path), content.len());
        self.command(&[head.as_bytes(), content, b"\n"].concat())
    }

    fn command(&self, command: &[u8]) -> &Self {
        self.state().edits.extend_from_slice(command);
        self
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsRef<Path> for FakeRepo {
    fn as_ref(&self) -> &Path {
        self.dir.path()
    }
}

/// A path as fast-import reads it: a C string.
fn quoted(path: &str) -> String {
    let mut out = String::from("\"");
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('"');
    out
}
