//! The workloads. `cargo bench`, or `cargo bench -- load pass` for some of them.
#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "benchmarks")]

mod fetch;
mod load;
mod pass;
mod plan;

use gitops_benches::Bench;

fn main() {
    let bench = Bench::from_args();
    load::run(&bench);
    plan::run(&bench);
    pass::run(&bench);
    fetch::run(&bench);
}

/// A runtime of one thread: the workloads are sequential.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
