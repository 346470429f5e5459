//! Integration tests of gitops-kube that need all processors for themselves, and no program but this.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs
)]

mod every_request;

#[path = "../story/mod.rs"]
mod story;
