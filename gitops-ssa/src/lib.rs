//! Kubernetes server-side apply, in Rust: what the API server does with an apply request, as a
//! library without a server.
//!
//! Whoever writes a controller, a fake API server, a diff or a takeover of objects needs to know
//! who owns which field, what an apply would change, and with whom it would conflict. This crate
//! answers from data: objects, a schema, and `metadata.managedFields`. It does no I/O, knows no
//! client, and takes the time as an argument.
//!
//! ```
//! use gitops_ssa::managed::{Resource, Versions, WriteError};
//! use serde_json::json;
//!
//! // A kind of which nothing is known: maps are granular, lists are atomic.
//! let things = Resource::new(Versions::deduced("example.org/v1"), "example.org/v1", "Thing");
//! let thing = |spec| json!({
//!     "apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": spec,
//! });
//!
//! // One manager creates it, another adds a field: both own what they sent.
//! let now = "2026-01-01T00:00:00Z";
//! let live = things.apply(None, &thing(json!({"replicas": 1})), "ci", false, now)?;
//! let live = things.apply(Some(&live), &thing(json!({"image": "a"})), "argo", false, now)?;
//! assert_eq!(live["spec"], json!({"replicas": 1, "image": "a"}));
//!
//! // The second can't change what the first owns...
//! let refused = things.apply(Some(&live), &thing(json!({"replicas": 2})), "argo", false, now);
//! let Err(WriteError::Conflict(conflict)) = refused else { panic!("no conflict") };
//! assert_eq!(
//!     conflict.message(),
//!     "Apply failed with 1 conflict: conflict with \"ci\": .spec.replicas",
//! );
//!
//! // ...unless it insists. What it no longer applies (the image) goes.
//! let live = things.apply(Some(&live), &thing(json!({"replicas": 2})), "argo", true, now)?;
//! assert_eq!(live["spec"], json!({"replicas": 2}));
//! # Ok::<(), WriteError>(())
//! ```
//!
//! # The parts
//!
//! Each can be used without those below it in this list.
//!
//! - [`fields`]: sets of paths and their wire format FieldsV1.
//! - [`schema`]: how the parts of an object merge; from OpenAPI, from a custom resource's
//!   definition, or deduced.
//! - [`typed`]: values with a type: validate, merge, compare, remove, extract.
//! - [`update`]: several managers, versions, conflicts, pruning.
//! - [`managed`]: `metadata.managedFields` around it, as the API server keeps them.
//!
//! # What is modelled
//!
//! Compared with Kubernetes 1.37 and structured-merge-diff 6.4.
//!
//! | of the server | here |
//! |---|---|
//! | FieldsV1: reading, writing in the server's order, unknown kinds of steps dropped | yes |
//! | set operations, wildcards, leaves, declared fields | yes |
//! | schemas: scalars, structs, maps, lists, sets, keyed lists, defaults in keys, atomic and granular, overrides at a reference | yes |
//! | schemas from OpenAPI v2 and v3 and structural schemas, `x-kubernetes-*`, patch merge keys, int-or-string, unknown and embedded parts | yes |
//! | unions in schemas | no: the server reads and ignores them |
//! | merge, order of list items, items that are there twice, null, changes of a value's shape | yes |
//! | apply, update, conflicts, force, pruning, co-ownership, no change at all | yes |
//! | managers at several versions, versions that are gone, ignored fields | yes; conversion is the caller's ([`update::Converter`], [`managed::Types`]) |
//! | fields that became atomic with a new schema | yes; those that became granular stay, as in the server |
//! | managedFields: identity, order, times only on change, resets, entries in requests, subresources | yes |
//! | `before-first-apply`, `ancient-changes`, fields that nobody owns | yes |
//! | takeover from client-side apply by the manager `kubectl` | yes |
//! | messages of conflicts, of values that don't fit and of wrong kinds | yes, text for text; quoting of unprintable characters may differ |
//! | built-in kinds: defaults, and what Go types make of null and empty values | partly: the caller's ([`managed::Types::fill_defaults`], [`managed::Types::empty`]) |
//! | validation of values beyond their types, admission, storage, HTTP | no |
//! | nesting | to 128 levels, where the server's bound is its JSON reader's 10,000 |
//! | numbers | as JSON has them; those above 2^53 in keys are not rounded as the server rounds them |
//! | entries with a time that is not RFC 3339 in UTC | kept, sorted as text |
//!
//! # Bad input
//!
//! Nothing panics, whatever the values, sets and schemas are. Values and schemas that are nested
//! deeper than 128 are errors, not stack overflows. A write that fails changes nothing: all
//! operations return new values.

pub mod fields;
pub mod managed;
pub mod schema;
pub mod typed;
pub mod update;
