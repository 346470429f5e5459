//! Field sets: which paths of an object a field manager owns.
//!
//! The API server keeps one set per manager in `metadata.managedFields`, in the format FieldsV1 of
//! server-side apply (KEP-555; `fieldpath` of structured-merge-diff): a trie of [`PathElement`]s in
//! which every path is a *member* (owned itself) or only leads to members. The sets carry the keys
//! of keyed lists, so that no schema is needed to walk an object as the server does.
//!
//! Everything here is pure and total: hostile input is a [`ParseFieldsError`], never a panic.

mod element;
mod list;
mod managed;
mod parse;
mod print;
mod set;

pub use element::{Key, PathElement, Scalar};
pub use list::{KeyNames, places};
pub use managed::{Managed, Operation, managed};
pub use parse::ParseFieldsError;
pub use set::{Fields, Node};

#[cfg(test)]
mod tests;
