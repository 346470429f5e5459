//! The patches that are no applies: JSON patch, merge patch, strategic merge patch.
//!
//! JSON and merge patches work on texts, as the server's library does: what a patch doesn't touch
//! stays as it is written, and `test` compares texts. [`Patched::text`] is what the server decodes
//! next and quotes when it can't.

mod go;
mod json;
mod lazy;
mod merge;
mod strategic;
mod types;

pub use json::json;
pub use merge::merge;
pub use strategic::{FieldSchema, PatchSchema, Strategic, strategic};

use crate::{builtin::types::json::parse, status::Status};

/// Refuses bodies that are no JSON. The server does so before it looks for the object.
///
/// # Errors
/// 400.
pub fn valid(body: &[u8]) -> Result<(), Status> {
    match parse(body) {
        Ok(_) => Ok(()),
        Err(_) => Err(Status::bad_request("invalid JSON patch")),
    }
}

/// A patched document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patched {
    /// Its JSON.
    pub text: String,
    /// What strict validation finds wrong with the patch itself, such as fields that are there
    /// twice. Empty if that wasn't asked for.
    pub strict: Vec<String>,
}
