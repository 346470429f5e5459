//! What decoding does to an object: metadata, pruning, nulls, defaults.

mod coerce;
mod decode;
mod default;
mod prune;
mod surround;

pub(crate) use coerce::coerce;
pub use decode::Decoded;
pub(crate) use decode::{coerced, decode, decode_stored};
pub(crate) use default::{default, drop_nulls};
pub(crate) use prune::prune;
pub(crate) use surround::{Place, prune_defaults};

/// Fields that every resource has, whatever its schema says.
pub(crate) fn is_meta_field(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind" | "metadata")
}
