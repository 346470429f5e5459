//! How built-in kinds are written, beside the real server.

mod creates;
pub(crate) mod lab;
mod services;
mod table;
mod updates;
mod workloads;
