//! Integration tests of gitops-core, in one binary.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod engine;
