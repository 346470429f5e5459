//! Kubernetes stages for `gitops-core`, on `kube`.

pub mod order;
