//! Integration tests of the core, on the testkit.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

#[cfg(feature = "git")]
mod bad_input;
mod engine;
#[cfg(feature = "git")]
mod git;
mod layer;
mod store;
mod yaml;
