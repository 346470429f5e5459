//! The kinds of a stock cluster.

pub mod bootstrap;
pub mod defaults;
pub mod resources;
pub mod strategy;
pub mod types;
pub mod validation;
pub(crate) mod warnings;
