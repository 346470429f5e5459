//! Histories that once showed a difference, in `regressions`: one file each.

use super::step::History;
use std::path::Path;

/// All of them, by name of the file.
pub(super) fn all() -> Vec<(String, History)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/histories/regressions");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let read = files.into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let history = serde_json::from_str(&text);
        (name, history.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    });
    read.collect()
}
