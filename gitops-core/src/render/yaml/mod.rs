//! Plain manifests: the YAML and JSON files of directories, as `kubectl apply -R -f` reads them.
//!
//! ```text
//! paths, globs ─select─▶ files ─parse─▶ documents with lines ─manifest─▶ objects with ids
//! ```

mod limits;
mod manifest;
mod node;
mod parse;
mod select;

#[cfg(test)]
mod tests;

pub use limits::{DuplicateKeys, Limits};

use crate::{
    Error, Result, Retry, Stage, async_trait,
    model::{Desired, Object, Snapshot},
    reason,
    stage::Renderer,
};
use select::Selection;

/// Renders the manifests of directories, files and globs: nothing is templated, nothing is added.
///
/// A directory is walked with everything below it; `.yaml`, `.yml` and `.json` files count, other
/// files don't. Names that begin with a dot (`.github`) are skipped, which kubectl does not do. A
/// path that is not there is an error, and so is a glob that matches nothing: *nothing there* and
/// *nothing wanted* must not look alike. A directory without manifests renders to an empty state;
/// the engine's guards judge that.
///
/// **Files** hold any number of documents; empty and `null` ones are skipped. An object whose kind
/// ends in `List` and that has a list of `items` stands for its items. YAML is read as kubectl
/// reads it, which is YAML 1.1 as far as values go: `yes` and `on` are booleans, `0644` is octal,
/// `<<` merges, a number without a fraction is an integer. Files that are JSON are read as such.
/// Known differences, each held by a test against kubectl: a key spelled `yes` or `True` keeps its
/// spelling (kubectl: `"true"`), so that no key changes by being read; `oN` is a boolean and
/// `1_0.5` a string (kubectl: the other way round); bytes of `!!binary` that are no text and `1e999`
/// are refused; a key given twice is an error unless [`duplicate_keys`](Self::duplicate_keys) says
/// otherwise.
///
/// **Every document must be an object** with `apiVersion`, `kind` and `metadata.name`. Other YAML
/// (Helm values, CI files) is an error that names the file, never skipped: a manifest with a typo
/// in `kind` would otherwise look like one that was removed. Leave such files out with
/// [`exclude`](Self::exclude). The same goes for kustomizations, which this renderer does not
/// build.
///
/// # Errors
/// All with `Never`: `PathNotFound`, `InvalidSyntax` (with file, line and column), `InvalidObject`,
/// `DuplicateObject` (with both places), `TooLarge` (with the limit), `SymlinkRefused`,
/// `SubmoduleRefused`; and those of the tree. The errors of all files are joined, as many as
/// [`Limits::errors`]. Messages never hold values of documents, which may be secret.
///
/// ```
/// use gitops_core::{model::Snapshot, render::Yaml, stage::Renderer};
///
/// # async fn example(snapshot: &Snapshot) -> gitops_core::Result<()> {
/// let renderer = Yaml::new(["apps/web", "crds/*.yaml"])?.exclude(["**/values.yaml"])?;
/// for object in renderer.render(snapshot).await?.objects() {
///     if let Some(origin) = object.origin() {
///         println!("{} from {origin}", object.id());
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Yaml {
    selection: Selection,
    limits: Limits,
    duplicate_keys: DuplicateKeys,
}

impl Yaml {
    /// Renders these directories, files and globs, relative to the root of the snapshot; `""` is
    /// the root itself. In a glob `*` and `?` stay within a directory and `**` does not; a
    /// directory that a glob matches is not walked, its files have to match.
    ///
    /// # Errors
    /// `InvalidConfiguration` for a glob that can't be read, a path that leaves the tree, or no
    /// path at all.
    pub fn new<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Result<Self> {
        Ok(Yaml {
            selection: Selection::new(paths)?,
            limits: Limits::default(),
            duplicate_keys: DuplicateKeys::default(),
        })
    }

    /// Leaves out files and directories that match one of these globs, wherever they come from.
    ///
    /// # Errors
    /// `InvalidConfiguration` for a glob that can't be read.
    pub fn exclude<P: AsRef<str>>(mut self, globs: impl IntoIterator<Item = P>) -> Result<Self> {
        self.selection.exclude(globs)?;
        Ok(self)
    }

    /// Sets the limits on what is read.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Says what a key given twice in one mapping means.
    #[must_use]
    pub fn duplicate_keys(mut self, duplicate_keys: DuplicateKeys) -> Self {
        self.duplicate_keys = duplicate_keys;
        self
    }

    fn read(&self, snapshot: &Snapshot, path: &str) -> Result<Vec<Object>, Vec<Error>> {
        let content = snapshot.read(path).map_err(|error| vec![select::place(error, path)])?;
        let documents = parse::documents(path, &content, &self.limits, self.duplicate_keys)
            .map_err(|error| vec![error])?;
        let mut objects = Vec::with_capacity(documents.len());
        let mut errors = Vec::new();
        for document in documents {
            manifest::objects(path, document, &mut objects, &mut errors);
        }
        if errors.is_empty() { Ok(objects) } else { Err(errors) }
    }
}

#[async_trait]
impl Renderer for Yaml {
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
        let files = self.selection.files(snapshot, &self.limits)?;
        let mut objects = Vec::new();
        let mut errors = Vec::new();
        for path in &files {
            match self.read(snapshot, path) {
                Ok(found) => objects.extend(found),
                Err(found) => errors.extend(found),
            }
            if errors.len() >= self.limits.errors {
                errors.truncate(self.limits.errors.max(1));
                break;
            }
            tokio::task::yield_now().await;
        }
        match Error::join(errors) {
            Some(error) => Err(error),
            None => Desired::new(snapshot.revision().clone(), objects),
        }
    }
}

/// An error of this renderer: only another revision, or another configuration, can help.
fn refuse(reason: &'static str, message: impl Into<String>) -> Error {
    Error::new(Stage::Render, Retry::Never, reason, message)
}

fn misconfigured(message: impl Into<String>) -> Error {
    refuse(reason::INVALID_CONFIGURATION, message)
}
