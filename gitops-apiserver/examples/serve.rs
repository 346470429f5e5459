//! An API server for kubectl and any other client, until Ctrl-C:
//!
//! ```text
//! cargo run -p gitops-apiserver --features listen --example serve -- /tmp/kubeconfig
//! kubectl --kubeconfig /tmp/kubeconfig get namespaces
//! ```

use gitops_apiserver::{ApiServer, Bootstrap};
use std::{error::Error, path::PathBuf};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "kubeconfig".into()));
    let server = ApiServer::builder().wall_clock().bootstrap(Bootstrap::Full).build();
    let listener = server.listener().https().start().await?;
    listener.write_kubeconfig(&path)?;
    println!("listening on {}; export KUBECONFIG={}", listener.url(), path.display());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
