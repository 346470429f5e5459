//! Sources that ship here.
//!
//! [`git`] reads a Git repository without a checkout (feature `git`, on by default).

#[cfg(feature = "git")]
pub mod git;
