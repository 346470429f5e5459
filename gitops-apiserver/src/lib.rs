//! A Kubernetes API server in memory, for tests.

pub mod access;
pub mod builtin;
pub mod custom;
pub mod discovery;
pub mod names;
pub mod patch;
pub mod protobuf;
mod request;
pub mod resource;
pub mod status;
pub mod store;
pub mod table;
