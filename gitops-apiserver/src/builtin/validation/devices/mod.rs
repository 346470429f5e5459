//! Devices: classes of them, claims for them, and what there is of them.
//!
//! The server says some things by hand and declares others, which come last. What it says in both
//! ways stands with what is declared only, as the server drops the other.

mod allocation;
mod attributes;
mod capacity;
mod claim;
mod claim_status;
mod class;
mod counters;
mod device;
mod kinds;
mod lists;
mod names;
mod nodes;
mod opaque;
mod requests;
mod selectors;
mod slice;
mod taints;

pub(super) use kinds::KINDS;
