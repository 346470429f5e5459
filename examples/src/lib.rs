//! Runnable controllers, one a story: see the folder `examples` and its README.

/// The programs of the workspace's README, compiled and run as they stand there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
