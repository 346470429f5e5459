//! Tests of the test doubles themselves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod fake_laws;
mod fake_source;
mod fake_system;
mod repo;
#[cfg(feature = "server")]
mod server;
