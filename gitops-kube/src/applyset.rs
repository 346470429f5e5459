//! The inventory as an ApplySet that kubectl's `apply --prune --applyset` accepts, and whose sets
//! are accepted here.
//!
//! An ApplySet (KEP-3659) is a parent object, here a ConfigMap or a Secret, that bears an
//! [`id`](Parent::id) and says which kinds and namespaces its members have; the members bear the id in
//! the label [`PART_OF`]. The specification says which labels and annotations there are, and that
//! the parent names a superset of what its members are before the first of them is created.
//!
//! [`ApplySetStore`] keeps this up to date and puts beside it, in the parent's data, what the
//! specification doesn't hold and the engine needs: every object's incarnation and the digests last
//! verified.
//!
//! ```text
//! ConfigMap shop-inventory
//!   labels       applyset.kubernetes.io/id: applyset-…-v1
//!   annotations  applyset.kubernetes.io/tooling: kubectl/…          field manager kubectl-applyset,
//!                applyset.kubernetes.io/contains-group-kinds: …     as kubectl writes them
//!                applyset.kubernetes.io/additional-namespaces: …
//!   data         inventory: {"format":1,"objects":130,"parts":["sha256:…"]}
//!                entries: [[group, kind, namespace, name, uid, [desired, state], memo], …]
//! ```
//!
//! *Tooling.* kubectl refuses a set whose tooling is not called `kubectl`. So that both can work on
//! a set without any setting, new sets get kubectl's name by default ([`Tooling::Kubectl`]), with a
//! version that says who wrote it. A different version there tells this store that somebody else
//! worked on the set, and it looks for members that it doesn't know.
//!
//! *Size.* Entries go inline up to a limit, then into further objects of the parent's kind, named by their
//! content. They are written before the parent names them and removed after it doesn't any more, so
//! that a reader sees the old inventory or the new one, and a crash leaves at most an unused part,
//! which the next save removes.

mod codec;
mod contents;
mod members;
mod parent;
mod shard;
mod state;
mod store;
mod tooling;

pub use parent::{Parent, ParentKind};
pub use store::ApplySetStore;
pub use tooling::Tooling;

/// The label of a member; its value is the [`id`](Parent::id) of its set.
pub const PART_OF: &str = "applyset.kubernetes.io/part-of";
/// The label of a parent; its value is the set's [`id`](Parent::id).
pub const ID: &str = "applyset.kubernetes.io/id";
/// The annotation of a parent that says which tool manages it: `<name>/<version>`.
pub const TOOLING: &str = "applyset.kubernetes.io/tooling";
/// The annotation of a parent that lists its members' kinds: `Kind.group`, sorted.
pub const CONTAINS_GROUP_KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
/// The annotation of a parent that lists its members' namespaces besides its own, sorted.
pub const ADDITIONAL_NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";
/// What [`CONTAINS_GROUP_KINDS`] was in old sets: `resource.group`. Read, never written.
pub const CONTAINS_GROUP_RESOURCES: &str = "applyset.kubernetes.io/contains-group-resources";

#[cfg(test)]
mod tests;
