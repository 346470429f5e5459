//! Test doubles for GitOps reconcilers, a product of its own.
//!
//! [`fake`] holds in-memory stand-ins for every stage: strict where the real thing is strict,
//! scripted where it may fail, and with a record of every call. [`repo`] makes real Git repositories
//! and serves them, well or badly. `apiserver`, a feature, is a Kubernetes API server in memory;
//! `server`, another, starts real ones. [`corpora`] reads other projects' test cases.

#[cfg(feature = "apiserver")]
pub use gitops_apiserver as apiserver;

pub mod corpora;
pub mod fake;
pub mod repo;
#[cfg(feature = "server")]
pub mod server;
