//! Records the types that the API server has in memory, in a file that gitops-apiserver is built
//! from.

use crate::{failure::Failure, go};
use std::{fs, path::Path};

const NOTATION: &str = "\
# Internal types of the API server of Kubernetes 1.37.2
# Written by `cargo xtask internal`. Sorted: it is searched by halves.
#
#   package.Type Field[=json][?]:type ...
#
# `=` comes before the name that a field has in JSON, `?` says that it is left out when empty. Most
# have none: messages show them by the name in Go, and always. `<` marks metadata, which is spread
# into the struct around it.
";

/// Runs the Go program, and writes the table.
pub(crate) fn record() -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = format!("{NOTATION}{}", go::run(&root.join("assets/internal"))?);
    let file = root.join("../gitops-apiserver/data/internal.txt");
    fs::write(&file, &table).map_err(Failure::io(format!("write {}", file.display())))?;
    println!("internal.txt: {} bytes", table.len());
    Ok(())
}
