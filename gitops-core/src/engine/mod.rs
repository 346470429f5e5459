//! What runs the stages.
mod permit;
pub use permit::Permit;
