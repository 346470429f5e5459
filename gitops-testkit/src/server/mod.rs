//! A launcher for real servers: etcd and kube-apiserver, and on request kube-controller-manager and
//! kwok, on free ports of the loopback address, with their own certificates, stopped on drop.
//!
//! The programs come from a folder: see [`Assets`] for where it is looked for. Start one with
//! [`ControlPlane::start`] or [`ControlPlane::builder`]; [`shared`] keeps one for a whole test
//! binary, [`server_or_skip`] skips a test where the programs are missing.
//!
//! This is the one part of the testkit that works with real processes and therefore with real time
//! and the real environment: don't use it under a paused clock.

mod assets;
mod builder;
mod certificates;
mod control_plane;
mod error;
mod folder;
mod kubectl;
mod node;
mod process;
mod requests;
mod shared;

pub use assets::Assets;
pub use builder::ControlPlaneBuilder;
pub use control_plane::ControlPlane;
pub use error::ServerError;
pub use kubectl::Output;
pub use requests::{Audited, Request, Requests};
pub use shared::{server_or_skip, server_or_skip_with, shared};
