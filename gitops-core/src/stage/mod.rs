//! The seams that a user implements, one trait a file, in the order data flows.
//!
//! ```text
//! Source ─ Snapshot ▶ Renderer ─ Desired ▶ Differ ─ Diff ▶ (planner) ─ Change ▶ Applier
//!                                            ▲
//!                           Observer ─ Observed       InventoryStore · Assessor · Order
//! ```
//!
//! **The contract that all stages share.**
//!
//! - *Plain data* in and out; `&self`; `Send + Sync + 'static`; object-safe.
//! - *Cancel-safe*: dropping a future leaves nothing that a later call can't repair.
//! - *Idempotent*: doing it again after success changes nothing.
//! - *Bounded*: whatever comes from outside has a limit, and going over it is an error.
//! - *Secret-free*: no credential and no secret value in an error, a log or a field change.
//! - *No hidden retries*: the controller retries; reads may be wrapped in
//!   [`crate::layer::Retried`], writes never are.
//!
//! No trait here has default methods: a wrapper that forgot to forward one would lose the inner
//! implementation silently.

mod apply;
mod assess;
mod diff;
mod observe;
mod order;
mod render;
mod source;
mod store;

pub use apply::Applier;
pub use assess::{Assessor, Present};
pub use diff::{Differ, Exact, field_changes};
pub use observe::{Observer, Query};
pub use order::{Flat, Order, Place};
pub use render::Renderer;
pub use source::Source;
pub use store::{InventoryStore, Stored};

// Object safety is part of the contract.
fn _object_safe(
    _: (&dyn Source, &dyn Renderer, &dyn Observer, &dyn Differ),
    _: (&dyn Applier, &dyn InventoryStore, &dyn Assessor, &dyn Order),
) {
}
