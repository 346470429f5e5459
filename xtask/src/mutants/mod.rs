//! Tests the tests of gitops-apiserver: each of a list of deviations must be noticed.

mod list;
mod plant;
mod run;

use crate::failure::Failure;
use list::Mutant;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Plants all deviations, wakes those that a word is in one after the other, and tells which of
/// them no test has noticed.
pub(crate) fn run(word: &str) -> Result<(), Failure> {
    let root = root();
    let mutants = list::read(&root)?;
    let copy = root.join("target/mutants/workspace");
    plant::copy(&root, &copy, &mutants)?;
    let tests = run::build(&copy, &root.join("target/mutants/target"))?;
    let chosen: Vec<(usize, &Mutant)> =
        mutants.iter().enumerate().filter(|(_, mutant)| mutant.deviation.contains(word)).collect();
    let mut filters: Vec<String> =
        chosen.iter().flat_map(|(_, mutant)| mutant.tests.iter().cloned()).collect();
    filters.sort();
    filters.dedup();
    if let run::Outcome::Failed(what) = tests.run(None, &filters)? {
        return Err(Failure(format!("without any deviation, tests fail: {what}")));
    }
    let mut survivors = 0;
    for (number, mutant) in &chosen {
        match tests.run(Some(*number), &mutant.tests)? {
            run::Outcome::Failed(what) => println!("caught    {}: {what}", mutant.deviation),
            run::Outcome::Passed => {
                survivors += 1;
                println!("SURVIVED  {}", mutant.deviation);
            }
        }
    }
    println!(
        "{} deviations, {} caught, {survivors} survived",
        chosen.len(),
        chosen.len() - survivors
    );
    match survivors {
        0 => Ok(()),
        _ => Err(Failure(format!("{survivors} deviations went unnoticed"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deviation_has_its_place() {
        let root = root();
        let mutants = list::read(&root).unwrap();
        assert!(mutants.len() >= 25);
        let lost = mutants.iter().filter_map(|mutant| {
            let source = plant::source(&root, &mutant.file).unwrap();
            mutant.place(&source).err()
        });
        let lost: Vec<String> = lost.map(|failure| failure.to_string()).collect();
        assert!(lost.is_empty(), "{lost:#?}");
    }
}
