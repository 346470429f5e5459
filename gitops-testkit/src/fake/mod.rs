//! Fakes at the level of the stage traits: in memory, deterministic, no time and no threads.
//!
//! [`MemoryTree`] and [`FakeSource`] stand for a repository, [`FakeSystem`] for the live system
//! with its inventories, [`FakeRenderer`], [`FakeAssessor`] and [`FakeOrder`] for stages given by
//! a closure. A [`Script`] makes calls fail, get lost, stall or never return, and keeps the record
//! of all of them.
//!
//! **What they don't model.** No network, no latency, no partial reads, no credentials; no Git
//! objects, merges or signatures; no Kubernetes: no field ownership, defaulting, validation,
//! admission, garbage collection or namespaces. A live object is one document, whose digest is the
//! state that its app owns.

mod closures;
mod script;
mod source;
mod system;
mod tree;

pub use closures::{FakeAssessor, FakeOrder, FakeRenderer};
pub use script::{Call, Fault, Moment, Op, Script};
pub use source::FakeSource;
pub use system::{FakeStore, FakeSystem};
pub use tree::MemoryTree;
