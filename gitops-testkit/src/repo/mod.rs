//! Fake repositories: real Git repositories in a temporary directory, made in a few lines, and a
//! server that gives them out over http or https and misbehaves on request.
//!
//! ```
//! use gitops_testkit::repo::FakeRepo;
//!
//! # fn main() -> Result<(), gitops_testkit::repo::RepoError> {
//! let repo = FakeRepo::new()?;
//! let first = repo.write("apps/web.yaml", "kind: ConfigMap\n").commit("first")?;
//! repo.on("feature").write("apps/api.yaml", "kind: Secret\n").commit("more")?;
//! repo.on("main").merge("feature")?;
//! repo.annotated_tag("v1.0.0", "release")?;
//! repo.reset(&first)?; // what a force-push does
//! # Ok(()) }
//! ```
//!
//! Authors and dates are fixed: the same code makes the same commit ids, on any machine.

mod error;
mod fake;
mod git;
mod server;

pub use error::RepoError;
pub use fake::FakeRepo;
pub use server::{At, Fault, RepoServer, Request};
