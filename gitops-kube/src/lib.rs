//! Kubernetes stages for [`gitops_core`].

pub mod diff;
pub mod fields;
pub mod fingerprint;
pub mod migrate;
pub mod repair;
