//! Records what a stock kube-apiserver serves, in the files that gitops-apiserver is built from.

mod columns;
mod facts;
mod objects;
mod openapi;
mod parts;
pub(crate) mod server;
mod table;

use crate::failure::Failure;
use server::Server;
use std::{fs, path::Path};

/// Starts a server and writes every file.
pub(crate) fn record() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::io("start an async runtime"))?;
    runtime.block_on(async {
        let server = Server::start().await?;
        let table = table::table(&server).await?;
        write("resources.txt", table.as_bytes())?;
        write("bootstrap.txt", objects::objects(&server, &table).await?.as_bytes())?;
        write("server.txt", facts::facts(&server).await?.as_bytes())?;
        // Last: these make objects and definitions.
        write("columns.txt", columns::columns(&server, &table).await?.as_bytes())?;
        write("openapi.gz", &openapi::documents(&server).await?)
    })
}

fn write(name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gitops-apiserver/data");
    let file = folder.join(name);
    fs::write(&file, bytes).map_err(Failure::io(format!("write {}", file.display())))?;
    println!("{name}: {} bytes", bytes.len());
    Ok(())
}
