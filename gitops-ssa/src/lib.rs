//! x
pub mod fields;
pub mod managed;
pub mod schema;
pub mod typed;
pub mod update;
