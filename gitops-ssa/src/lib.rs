//! x
pub mod fields;
pub mod schema;
pub mod typed;
pub mod update;
