//! A copy of the workspace with all deviations in it, each asleep.
//!
//! Each place has what was there and what is there instead, and an environment variable decides: so
//! that one build serves for all of them.

use super::list::Mutant;
use crate::failure::Failure;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The number of the deviation that is awake.
pub(super) const VARIABLE: &str = "GITOPS_MUTANT";

/// Copies the files that git knows or would add, with the deviations. Files that are the same
/// already are left alone: what is built stays built.
pub(super) fn copy(root: &Path, to: &Path, mutants: &[Mutant]) -> Result<(), Failure> {
    let mut changed = changed(root, mutants)?;
    for path in files(root)? {
        let content = match changed.remove(&path) {
            Some(text) => text.into_bytes(),
            None => match fs::read(root.join(&path)) {
                Ok(content) => content,
                // It is deleted, and not yet for git.
                Err(_) => continue,
            },
        };
        let target = to.join(&path);
        if fs::read(&target).is_ok_and(|there| there == content) {
            continue;
        }
        let failed = || Failure::io(format!("write {}", target.display()));
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(failed())?;
        }
        fs::write(&target, content).map_err(failed())?;
    }
    match changed.keys().next() {
        Some(path) => Err(Failure(format!("git doesn't know {}", path.display()))),
        None => Ok(()),
    }
}

fn files(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).current_dir(root);
    let output = git.output().map_err(Failure::io("run git"))?;
    if !output.status.success() {
        return Err(Failure(format!("git: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}

/// The texts of the files that deviations change.
fn changed(root: &Path, mutants: &[Mutant]) -> Result<BTreeMap<PathBuf, String>, Failure> {
    let mut places: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in mutants.iter().enumerate() {
        places.entry(&mutant.file).or_default().push((number, mutant));
    }
    let mut texts = BTreeMap::new();
    let mut libraries = BTreeSet::new();
    for (file, mutants) in places {
        texts.insert(PathBuf::from(file), planted(source(root, file)?, &mutants)?);
        let member = Path::new(file).iter().next().unwrap_or_default();
        libraries.insert(Path::new(member).join("src/lib.rs"));
    }
    for library in libraries {
        let text = match texts.remove(&library) {
            Some(text) => text,
            None => source_of(root, &library)?,
        };
        // Warnings of what is planted are nobody's business.
        texts.insert(library, format!("#![allow(warnings)]\n{text}\n{SWITCH}"));
    }
    Ok(texts)
}

/// The text of a file of the workspace.
pub(super) fn source(root: &Path, file: &str) -> Result<String, Failure> {
    source_of(root, Path::new(file))
}

fn source_of(root: &Path, file: &Path) -> Result<String, Failure> {
    fs::read_to_string(root.join(file)).map_err(Failure::io(format!("read {}", file.display())))
}

const SWITCH: &str = r#"
pub(crate) fn mutant(number: usize) -> bool {
    static AWAKE: std::sync::LazyLock<Option<usize>> =
        std::sync::LazyLock::new(|| std::env::var("GITOPS_MUTANT").ok()?.parse().ok());
    *AWAKE == Some(number)
}
"#;

fn planted(mut source: String, mutants: &[(usize, &Mutant)]) -> Result<String, Failure> {
    let mut places = Vec::new();
    for (number, mutant) in mutants {
        places.push((mutant.place(&source)?, *number, &*mutant.instead));
    }
    // From the last to the first, and of two at one place the inner first: the others stay where
    // they are.
    places.sort_by_key(|(place, ..)| (std::cmp::Reverse(place.start), place.end));
    let mut ends: Vec<(usize, usize)> = Vec::new();
    for (place, number, instead) in places {
        // What was planted inside has made it longer.
        let grown: usize =
            ends.iter().filter(|(at, _)| place.contains(at)).map(|(_, grown)| grown).sum();
        let end = place.end + grown;
        let was = source.get(place.start..end).unwrap_or_default();
        let text = format!("if crate::mutant({number}) {{ {instead} }} else {{ {was} }}");
        // An expression can stand anywhere, with parentheses.
        let text = if was.ends_with(';') { format!("{{ {text} }}") } else { format!("({text})") };
        ends.push((place.start, text.len() - (end - place.start)));
        source.replace_range(place.start..end, &text);
    }
    Ok(source)
}
