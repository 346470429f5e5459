//! Integration tests of gitops-kube: one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs
)]

mod applyset_faults;
mod applyset_kubectl;
mod applyset_store;
mod events_kubectl;
mod health_cases;
mod health_corpora;
mod order_corpora;
