//! Desired state from a Git repository, without a checkout.
//!
//! ```text
//! resolve   ls-refs ─▶ main@sha1:…            (nothing is stored)
//! fetch     in the cache? ─ yes ─▶ Snapshot   (no request)
//!              └ no ─▶ depth-1 fetch into a bare repository ─▶ Snapshot, read lazily from it
//! ```
//!
//! - **One type to start with**: [`GitSource`], built from a [`Repository`] (what and where) and
//!   options.
//! - **What is wanted**: a [`Reference`]: branch, tag, semver range over tags, or commit.
//! - **Who asks**: [`Credentials`], asked for anew before every attempt, so tokens can rotate.
//!   They go to the origin of the configured URL and nowhere else.
//! - **How much**: [`Limits`] on everything that a repository can make large.
//!
//! History is never trusted to go forward: a branch is a value, and force-pushes, deletions and
//! rewrites are followed. The cache is disposable: a damaged one is replaced by a new fetch.
//!
//! Child processes: `git upload-pack` for `file` URLs and `ssh` for ssh URLs, both started from an
//! argument list, never through a shell, without prompts. `https` needs none.

mod attempt;
mod builder;
mod cache;
mod credentials;
mod fault;
mod limits;
mod links;
mod range;
mod reference;
mod remote;
mod scrub;
mod source;
mod tree;
mod url;
mod wire;

pub use builder::{GitSourceBuilder, Repository};
pub use credentials::{Credential, Credentials, Secret};
pub use limits::Limits;
pub use range::SemverRange;
pub use reference::Reference;
pub use source::GitSource;
