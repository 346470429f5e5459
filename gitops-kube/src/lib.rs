//! Kubernetes stages for [`gitops_core`], on `kube`.

pub mod applyset;
pub mod diff;
pub mod events;
pub mod fields;
pub mod fingerprint;
pub mod health;
pub mod migrate;
pub mod order;
pub mod repair;

mod error;
