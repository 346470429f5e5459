//! Field sets: which paths of an object a field manager owns.
//!
//! The API server keeps one set per manager in `metadata.managedFields`, in the format FieldsV1 of
//! server-side apply (KEP-555; `fieldpath` of structured-merge-diff): a trie of [`PathElement`]s in
//! which every path is a *member* (owned itself) or only leads to members. The sets carry the keys
//! of keyed lists, so that no schema is needed to walk an object as the server does.
//!
//! Everything here is pure and total: hostile input is a [`ParseFieldsError`], never a panic.

mod algebra;
pub(crate) mod canonical;
mod element;
mod filter;
mod guess;
mod list;
mod managed;
mod parse;
mod path;
mod print;
mod set;

pub use element::{Key, PathElement, Scalar};
pub use filter::{Filter, Match, Pattern};
pub use list::{KeyNames, places};
pub use managed::{Managed, Operation, managed};
pub use parse::ParseFieldsError;
pub use path::dotted;
pub use set::{Fields, Node};

#[cfg(test)]
mod tests;
