//! Definitions as objects: `CustomResourceDefinition` of `apiextensions.k8s.io/v1`.
//!
//! The functions work on objects that were decoded as Go's type, in the order of a request:
//! [`apply_defaults`], [`prepare_create`] or [`prepare_update`], [`validate_create`] or
//! [`validate_update`]. What the server's controllers do afterwards is one function each:
//! [`accept_names`], [`establish`], [`judge_approval`], [`begin_deletion`], [`delete_instances`],
//! [`finish_deletion`].

mod conditions;
mod defaults;
mod deletion;
mod strategy;
pub(crate) mod validation;
mod warnings;

pub(crate) use conditions::names_are_open;
pub use conditions::{accept_names, establish, judge_approval};
pub use defaults::{apply_defaults, written};
pub use deletion::{
    CLEANUP_FINALIZER, begin_deletion, delete_instances, finish_deletion, overlaps_built_in,
};
pub use strategy::{prepare_create, prepare_status_update, prepare_update};
pub(crate) use validation::{holds_pem, is_certificate_bundle};
pub use validation::{validate_create, validate_status_update, validate_update};
pub use warnings::{warnings_on_create, warnings_on_update};
