//! A Kubernetes API server in memory, for tests.

pub mod access;
pub mod admission;
mod answer;
mod api_server;
mod behavior;
pub mod builtin;
mod core;
pub mod custom;
pub mod discovery;
mod dispatch;
pub mod door;
mod effects;
pub mod fault;
mod kind;
pub mod names;
mod object;
pub mod patch;
pub mod protobuf;
mod read;
pub mod record;
mod request;
pub mod resource;
mod services;
pub mod status;
pub mod store;
pub mod table;
mod time;
mod write;

pub use answer::{ApiBody, BodyError};
pub use api_server::{ApiServer, ApiServerBuilder, Bootstrap};
