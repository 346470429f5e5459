//! Custom resources: definitions and what their structural schemas ask for.
//!
//! [`crd`] has the definitions as objects. A stored one is compiled into a [`Definition`], whose
//! [`Version`]s decode, validate and convert objects. All are functions from data to data.

pub(crate) mod cel;
pub mod crd;
mod definition;
mod json_path;
mod metadata;
mod object;
mod path;
mod pattern;
mod priority;
mod schema;
mod strategy;
mod validate;
mod wording;

pub use definition::{Column, Definition, Names, Scale, Version};
pub use object::Decoded;
pub use priority::compare_versions;
pub use strategy::{CREATE_WHILE_TERMINATING, Validity, unconditional_update};
