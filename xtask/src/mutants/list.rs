//! The list of deviations.

use crate::failure::Failure;
use serde::Deserialize;
use std::{fs, ops::Range, path::Path};

/// One deviation from what the real server does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mutant {
    /// In words.
    pub(super) deviation: String,
    /// Below the root of the workspace.
    pub(super) file: String,
    /// Text of that file, with « and » around what is replaced.
    text: String,
    pub(super) instead: String,
    /// Names of tests, or parts of them.
    pub(super) tests: Vec<String>,
}

impl Mutant {
    /// Where in the file the deviation goes.
    ///
    /// # Errors
    /// The text is not there exactly once.
    pub(super) fn place(&self, source: &str) -> Result<Range<usize>, Failure> {
        let text = self.text.replace(['«', '»'], "");
        let mut found = source.match_indices(&text);
        let (Some((at, _)), None) = (found.next(), found.next()) else {
            let times = source.matches(&text).count();
            let (deviation, file) = (&self.deviation, &self.file);
            return Err(Failure(format!("{deviation:?}: its text is {times} times in {file}")));
        };
        let Some((before, rest)) = self.text.split_once('«') else {
            return Ok(at..at + text.len());
        };
        let inner = rest.split_once('»').map_or(rest, |(inner, _)| inner);
        let start = at + before.len();
        Ok(start..start + inner.len())
    }
}

/// Reads the list.
pub(super) fn read(root: &Path) -> Result<Vec<Mutant>, Failure> {
    let file = root.join("gitops-apiserver/tests/mutants.yaml");
    let shown = file.display();
    let text = fs::read_to_string(&file).map_err(Failure::io(format!("read {shown}")))?;
    serde_saphyr::from_str(&text).map_err(|error| Failure(format!("can't read {shown}: {error}")))
}
