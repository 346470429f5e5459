//! Records the Go types of the built-in kinds, in the file that gitops-apiserver is built from.

mod marks;

use crate::{failure::Failure, go, resources::server::Server};
use marks::Marks;
use std::{
    fs,
    path::{Path, PathBuf},
};

const NOTATION: &str = "\
# Written by `cargo xtask builtin`. Sorted: it is searched by halves.
#
#   group/version/Kind = type
#   type[;atomic] field:type field:type ...
#   type = underlying type
#
# Fields come in the order of the Go struct, types in Go's notation. `?` after a field's name is
# omitempty, `~` omitzero; `<` before it marks a struct that is spread into the one around it.
# After a field's type: ;patch= and ;key= of strategic merge patch, ;list=, ;atomic and
# ;granular of server-side apply, ;default= where it isn't the zero of a field
# that is always there.
";

/// Builds the Go program.
pub(crate) fn program(file: &Path) -> Result<(), Failure> {
    go::build_program(&module(), file)
}

fn module() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/types")
}

/// Runs the Go program, starts a server, and writes the table.
pub(crate) fn record() -> Result<(), Failure> {
    let types = go::run(&module())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::io("start an async runtime"))?;
    let (version, marks) = runtime.block_on(async {
        let server = Server::start().await?;
        let version = server.json("/version").await?["gitVersion"].as_str().map(str::to_owned);
        let version = version.ok_or_else(|| Failure("/version: no version".into()))?;
        Ok::<_, Failure>((version, Marks::of(&server).await?))
    })?;
    let table = format!(
        "# Go types of Kubernetes {}\n{NOTATION}{}",
        version.trim_start_matches('v'),
        marks.add(&types)?
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gitops-apiserver/data/types.txt");
    fs::write(&file, &table).map_err(Failure::io(format!("write {}", file.display())))?;
    println!("types.txt: {} bytes", table.len());
    Ok(())
}
