//! The API server in memory beside a real one. `cargo bench --bench apiserver`, with the folder of the
//! real server's programs in `KUBEBUILDER_ASSETS`; without it only ours is measured.
#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "benchmarks")]

mod flat;
mod memory;
mod peer;
mod requests;
mod start;

use gitops_benches::Bench;
use gitops_testkit::{apiserver::ApiServer, server::ControlPlane};
use kube::Client;
use peer::Side;
use tokio::runtime::Runtime;

fn main() {
    let bench = Bench::from_args();
    // The real server runs beside us and talks while we wait.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    // First: memory that others have freed would not count.
    memory::run(&bench, &runtime);
    start::run(&bench, &runtime);
    let (_real, theirs) = match runtime.block_on(ControlPlane::start()) {
        Ok(real) => {
            let client = runtime.block_on(real.client()).unwrap();
            (Some(real), Some(client))
        }
        Err(error) => {
            println!("no real server beside ours: {error}");
            (None, None)
        }
    };
    requests::run(
        &bench,
        &Side::ours(&runtime),
        theirs.map(|client| Side::new(&runtime, client)).as_ref(),
    );
    flat::run(&bench, &runtime);
}

/// A server in memory with a client.
fn ours(runtime: &Runtime) -> (ApiServer, Client) {
    let _inside = runtime.enter();
    let server = ApiServer::new();
    let client = Client::new(server.service(), "default");
    (server, client)
}
