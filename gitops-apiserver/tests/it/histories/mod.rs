//! The same histories of requests on two servers: all answers, stored objects and watches must be
//! the same.
//!
//! Histories are random; `GITOPS_SEED` repeats a run, `GITOPS_HISTORY` one history of it,
//! `GITOPS_HISTORIES` sets how many there are, `GITOPS_KINDS=pods,jobs` of which kinds;
//! `GITOPS_DIFFERENCES` names a folder that gets all differences as they are found. One that shows a
//! difference is shrunk and printed as JSON; put into `regressions` it is played in every run.

mod definitions;
mod fill;
pub(crate) mod kinds;
pub(crate) mod make;
pub(crate) mod mask;
pub(crate) mod memory;
pub(crate) mod play;
pub(crate) mod real;
mod regressions;
mod run;
mod shrink;
mod step;
pub(crate) mod target;

use gitops_testkit::server::{ControlPlane, server_or_skip_with};
use memory::Memory;
use real::Real;
use std::sync::Arc;

/// A server of their own: they leave nodes and volumes behind, which others would see.
async fn server() -> Option<Real> {
    let server = server_or_skip_with(ControlPlane::builder()).await?;
    Some(Real::new(Arc::new(server)).await)
}

/// The masks hide nothing that differs by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_server_agrees_with_itself() {
    let Some(one) = server().await else { return };
    run::random(&one, &one, "self", 20).await;
}

/// New histories each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_in_memory_answers_as_the_real_one() {
    let Some(real) = server().await else { return };
    run::random(&Memory::new(), &real, "memory", 100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_different_once_is_the_same() {
    let Some(real) = server().await else { return };
    run::kept(&Memory::new(), &real, regressions::all()).await;
}
