//! The doors: how requests come in.

#[cfg(feature = "listen")]
mod kubeconfig;
#[cfg(feature = "listen")]
mod listener;
mod service;
#[cfg(feature = "listen")]
mod tls;

#[cfg(feature = "listen")]
pub use listener::{ListenError, Listener, ListenerBuilder};
pub use service::{ConnectionReset, Service};
#[cfg(feature = "listen")]
use tls::Certified;
