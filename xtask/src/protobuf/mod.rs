//! Writes the table of protobuf messages that gitops-apiserver reads, from the Go types of the
//! Kubernetes version that the test servers are built from.

use crate::{failure::Failure, go};
use std::{fs, path::Path};

const HEADER: &str = "\
# The protobuf messages of built-in kinds, of Kubernetes VERSION. Written by `cargo xtask protobuf`.
# =API-VERSION KIND MESSAGE, or a message's name followed by its fields: number, Go's name, JSON name,
# when JSON omits it (- never, ? empty, ! zero, + its members stand in the outer object), type.
";

/// Writes `gitops-apiserver/data/protobuf.txt` anew.
pub(crate) fn write(version: &str) -> Result<(), Failure> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let module = here.join("assets/kubernetes");
    go::check(&module)?;
    let table = go::run_file(&module, &here.join("src/protobuf/messages.go"))?;
    let path = here.join("../gitops-apiserver/data/protobuf.txt");
    fs::write(&path, HEADER.replace("VERSION", version) + &table)
        .map_err(Failure::io(format!("write {}", path.display())))
}
