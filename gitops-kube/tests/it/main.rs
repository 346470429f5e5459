//! Integration tests of gitops-kube: one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs
)]

mod apply_server;
mod apply_wire;
mod applyset_faults;
mod applyset_kubectl;
mod applyset_store;
mod bad_answers;
mod drift_corpus;
mod drift_corpus_fields;
mod e2e_applyset;
mod e2e_clusters;
mod e2e_health;
mod e2e_kill;
mod e2e_lab;
mod e2e_mortal;
mod e2e_workloads;
mod events_kubectl;
mod health_cases;
mod health_corpora;
mod law_flux;
mod law_lab;
mod law_migrate;
mod law_mutations;
mod law_noop;
mod law_owned;
mod law_traps;
mod namespaced_wire;
mod observe_wire;
mod order_corpora;
mod wire;
mod wire_errors;

#[path = "../story/mod.rs"]
mod story;
