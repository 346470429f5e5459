//! A Kubernetes API server in memory, for tests.
//!
//! It starts in well under a millisecond, needs no binaries, runs under a paused clock, does the
//! same with the same seed, and goes wrong when you tell it to. It answers as kube-apiserver 1.37
//! does: server-side apply with owners and conflicts, all patches, optimistic locking, writes that
//! change nothing, finalizers, pages, expired watches, bookmarks, defaults and validation of the
//! built-in kinds, definitions with structural schemas, discovery, OpenAPI, tables. kubectl, helm
//! and clients in other languages work with it unchanged.
//!
//! # The first test
//!
//! ```
//! use gitops_apiserver::ApiServer;
//! use k8s_openapi::api::core::v1::ConfigMap;
//! use kube::{Api, Client, api::{Patch, PatchParams}};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), kube::Error> {
//! let server = ApiServer::new();
//! let maps: Api<ConfigMap> = Api::default_namespaced(Client::new(server.service(), "default"));
//!
//! let config = json!({
//!     "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"key": "1"},
//! });
//! let ours = PatchParams::apply("ours");
//! let first = maps.patch("a", &ours, &Patch::Apply(&config)).await?;
//! let again = maps.patch("a", &ours, &Patch::Apply(&config)).await?;
//! assert_eq!(first, again, "the second one changes nothing, not even the resourceVersion");
//! assert_eq!(server.requests().count(|request| request.is_apply()), 2);
//! # Ok(())
//! # }
//! ```
//!
//! In a test, `#[tokio::test(start_paused = true)]` makes time virtual: a timeout of an hour takes
//! no time.
//!
//! # Where to go on
//!
//! - [`cookbook`]: faults, watches, definitions, users, admission, kubectl, histories.
//! - [`semantics`]: what is modelled, partly or not, and how it differs.
//! - [`ApiServer`]: everything that a test can tell the server.
//!
//! # How it is made
//!
//! Requests come in by a [`door`], are read, authorized by [`access`], and answered from the
//! [`store`], which keeps every object as the JSON that is sent. What differs from kind to kind is
//! data: the tables of [`builtin`], taken from a real server, and the schemas of [`custom`]
//! definitions. Writes are worked out on values without holding anything and stored if nobody wrote
//! in between. The server has no thread and no task of its own.

pub mod access;
pub mod admission;
mod answer;
mod api_server;
pub mod behavior;
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
mod route;
mod services;
pub mod status;
pub mod store;
pub mod table;
mod time;
mod write;

#[doc = include_str!("../COOKBOOK.md")]
pub mod cookbook {}
#[doc = include_str!("../SEMANTICS.md")]
pub mod semantics {}

pub use answer::{ApiBody, BodyError};
pub use api_server::{ApiServer, ApiServerBuilder, Bootstrap};
