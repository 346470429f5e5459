//! The kinds of a stock cluster.

pub mod defaults;
pub mod strategy;
pub mod types;
pub mod validation;
