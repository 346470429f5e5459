//! Test doubles for GitOps reconcilers, a product of its own.
//!
//! [`fake`] holds in-memory stand-ins for every stage: strict where the real thing is strict,
//! scripted where it may fail, and with a record of every call. [`repo`] makes real Git repositories
//! and serves them, well or badly. `server`, a feature, starts real servers;
//! [`corpora`] reads other projects' test cases.

pub mod corpora;
pub mod fake;
pub mod repo;
#[cfg(feature = "server")]
pub mod server;
