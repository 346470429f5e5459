//! Kubernetes stages for [`gitops_core`]: observe, diff, apply, inventory and health on `kube`.
//!
//! A [`Cluster`] is one API server with what is known of it (kinds, watches); an [`App`] on it
//! gives the stages of one app. Several clusters in one process are several values.
//!
//! ```no_run
//! # async fn doc() -> gitops_core::Result<()> {
//! use gitops_kube::{App, Cluster};
//!
//! # let config = kube::Config::new("https://127.0.0.1".parse().expect("a URL"));
//! let cluster = Cluster::connect(config)?;
//! let app = cluster.app(App::new("shop", "shop"))?;
//! let (observer, applier) = (app.observer(), app.applier());
//! # Ok(())
//! # }
//! ```

pub mod applyset;
pub mod diff;
pub mod events;
pub mod fingerprint;
pub mod health;
pub mod migrate;
pub mod order;
pub mod repair;

mod app;
mod apply;
mod cluster;
mod discovery;
mod error;
mod escape;
mod namespaced;
mod observe;
mod options;
mod pipeline;
mod resource;
mod transport;
mod watch;

pub use app::{App, ConflictPolicy, FieldValidation};
pub use apply::KubeApplier;
pub use cluster::{AppOnCluster, Cluster};

pub use gitops_ssa::fields;
pub use namespaced::Namespaced;
pub use observe::KubeObserver;
pub use options::Options;
pub use pipeline::KubeStages;
pub use resource::Resource;
