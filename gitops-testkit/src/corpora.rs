//! Test cases and real repositories of other projects, from a folder beside a checkout.
//!
//! The folder is no part of this project: [`corpora`] finds it by the environment variable
//! `GITOPS_CORPORA`, and a test without it says so and returns. One file `NAME.jsonl` holds a case a
//! line; `workloads/NAME.tar.gz` is a whole repository.

use base64::Engine as _;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// The folder of test cases.
#[derive(Debug, Clone)]
pub struct Corpora {
    folder: PathBuf,
}

/// The folder that `GITOPS_CORPORA` names, or `None` after saying on standard output that tests of
/// `what` are skipped.
#[allow(
    clippy::disallowed_methods,
    reason = "tests alone call this, and cargo hands them nothing but the environment"
)]
pub fn corpora(what: &str) -> Option<Corpora> {
    let folder = std::env::var_os("GITOPS_CORPORA").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        println!("skipped: {what}: GITOPS_CORPORA names no folder of test cases");
    }
    folder.map(Corpora::at)
}

impl Corpora {
    /// The test cases in `folder`.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The cases of `NAME.jsonl`, in order.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] names the line; iteration may go on after it.
    pub fn cases(&self, name: &str) -> io::Result<impl Iterator<Item = io::Result<Case>> + use<>> {
        let path = self.folder.join(format!("{name}.jsonl"));
        let lines = BufReader::new(File::open(&path).map_err(|error| about(&path, error))?).lines();
        Ok(lines.enumerate().map(move |(index, line)| {
            line.and_then(|line| Case::parse(&line))
                .map_err(|error| about(format!("{}:{}", path.display(), index + 1), error))
        }))
    }

    /// Unpacks `workloads/NAME.tar.gz` into a temporary folder, with the program `tar`.
    ///
    /// # Errors
    /// If there is no such workload, or `tar` can't unpack it.
    pub fn workload(&self, name: &str) -> io::Result<Workload> {
        let archive = self.folder.join("workloads").join(format!("{name}.tar.gz"));
        let dir = tempfile::tempdir()?;
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(&archive).arg("-C").arg(dir.path());
        let output = tar.output().map_err(|error| about("tar", error))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(about(&archive, io::Error::other(complaint)));
        }
        Ok(Workload { root: dir.path().join(name), _dir: dir })
    }
}

/// A repository on disk, removed on drop.
#[derive(Debug)]
pub struct Workload {
    root: PathBuf,
    _dir: TempDir,
}

impl Workload {
    /// The repository's own files.
    pub fn tree(&self) -> PathBuf {
        self.root.join("tree")
    }

    /// What kustomize makes of each of its kustomizations, where it has some.
    pub fn renders(&self) -> PathBuf {
        self.root.join("renders")
    }
}

/// One test case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its id, unique in its file.
    pub id: String,
    /// Where it comes from and what kind of case it is.
    pub meta: Value,
    /// Its files by path.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Case {
    fn parse(line: &str) -> io::Result<Self> {
        let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        let mut line: Value = serde_json::from_str(line)?;
        let Some(id) = line["case"].as_str().map(str::to_owned) else {
            return Err(invalid("a case without `case`".into()));
        };
        let mut files = BTreeMap::new();
        for (path, content) in line["files"].as_object().into_iter().flatten() {
            let bytes = match (content.as_str(), content["base64"].as_str()) {
                (Some(text), _) => text.as_bytes().to_vec(),
                (None, Some(text)) => base64::engine::general_purpose::STANDARD
                    .decode(text)
                    .map_err(|error| invalid(format!("{id}: {path}: {error}")))?,
                (None, None) => return Err(invalid(format!("{id}: {path} is no text"))),
            };
            files.insert(path.clone(), bytes);
        }
        Ok(Self { id, meta: line["meta"].take(), files })
    }

    /// A file as text; `None` if it isn't there or isn't UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }
}

fn about(what: impl AsRef<Path>, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", what.as_ref().display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_read_and_bad_lines_named() {
        let dir = tempfile::tempdir().unwrap();
        let lines = [
            r#"{"case": "a", "meta": {"kind": "x"}, "files": {"in": "text", "raw": {"base64": "/w=="}}}"#,
            r#"{"meta": {}}"#,
            r#"{"case": "c", "files": {"in": 1}}"#,
        ];
        std::fs::write(dir.path().join("x.jsonl"), lines.join("\n")).unwrap();
        let corpora = Corpora::at(dir.path());
        let mut cases = corpora.cases("x").unwrap();
        let case = cases.next().unwrap().unwrap();
        assert_eq!((case.id.as_str(), case.text("in")), ("a", Some("text")));
        assert_eq!((case.files["raw"].as_slice(), case.text("raw")), (&[0xff][..], None));
        assert_eq!(case.meta["kind"], "x");
        let error = cases.next().unwrap().unwrap_err().to_string();
        assert!(error.contains("x.jsonl:2: a case without `case`"), "{error}");
        assert!(cases.next().unwrap().unwrap_err().to_string().contains("x.jsonl:3: c: in"));
        assert!(cases.next().is_none());
        assert!(corpora.cases("y").is_err());
        assert!(corpora.workload("y").unwrap_err().to_string().contains("y.tar.gz"));
    }

    #[test]
    fn every_file_of_the_real_folder_can_be_read() {
        let Some(corpora) = corpora("reading them") else { return };
        let cases = corpora.cases("cliutils").unwrap().collect::<io::Result<Vec<_>>>().unwrap();
        assert!(cases.len() >= 64, "{}", cases.len());
        assert!(corpora.workload("kube-prometheus").unwrap().tree().join("manifests").is_dir());
    }
}
