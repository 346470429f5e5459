//! The doors: how requests come in.

mod service;

pub use service::Service;
