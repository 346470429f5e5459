//! How built-in kinds are written, beside the real server.

mod admission;
mod convert;
mod creates;
pub(crate) mod lab;
mod pods;
mod scale;
mod services;
mod table;
mod updates;
mod workloads;
