//! Kubernetes stages for `gitops-core`, on `kube`.

pub mod health;
pub mod order;
