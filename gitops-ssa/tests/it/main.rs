//! Integration tests of server-side apply.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

mod kinds;
mod laws;
mod real_server;
mod smd_corpus;
