//! The GitOps reconcile loop, in parts.
//!
//! ```text
#![doc = include_str!("dataflow.txt")]
//! ```
//!
//! Read the modules in this order: what flows ([`model`]), what you implement ([`stage`]), what
//! runs it ([`engine`]), what wraps it ([`layer`]), what it needs from the world ([`mod@env`]); then the
//! parts that ship here: [`source`], [`render`] and [`store`].

pub mod error;
pub mod model;
pub mod stage;

pub mod engine;
pub mod layer;

pub mod env;
pub mod reason;

pub mod render;
pub mod source;
pub mod store;

pub use async_trait::async_trait;
pub use error::{Error, Result, Retry, Stage};
