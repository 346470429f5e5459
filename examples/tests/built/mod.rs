//! Where the examples are, once built.

use std::{fs, path::Path, path::PathBuf};

/// The program of an example. Cargo builds examples with the tests, into the folder beside theirs; but
/// not when it is told which targets to test (`--test`, `--tests`): then this would be an old one.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(2).unwrap();
    let file = target.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let time = |file: &Path| fs::metadata(file).and_then(|file| file.modified());
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let sources = match fs::read_dir(examples.join(name)) {
        Ok(files) => files.map(|file| file.unwrap().path()).collect(),
        Err(_) => vec![examples.join(format!("{name}.rs"))],
    };
    let newest = sources.iter().map(|source| time(source).unwrap()).max().unwrap();
    let fresh = time(&file).is_ok_and(|built| newest <= built);
    assert!(fresh, "{name} is not built: run `cargo test -p gitops-examples`");
    file
}
