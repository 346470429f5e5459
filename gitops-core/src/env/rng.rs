//! Seeded randomness that splits into named children.
#![allow(clippy::disallowed_types, reason = "the one place where randomness enters")]

use crate::model::Digest;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

/// A small deterministic generator (SplitMix64). Not for secrets.
///
/// A [`child`](Self::child) per consumer keeps streams apart: one more draw in one place does not
/// shift the others.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The generator of this seed.
    pub fn from_seed(seed: u64) -> Self {
        Rng(seed)
    }

    /// A generator seeded by the operating system.
    pub fn from_entropy() -> Self {
        Rng(RandomState::new().build_hasher().finish())
    }

    /// The generator of this name below this one; the same name gives the same generator.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        let digest = Digest::of_parts([&self.0.to_be_bytes()[..], name.as_bytes()]);
        let mut seed = [0; 8];
        seed.copy_from_slice(&digest.as_bytes()[..8]);
        Rng(u64::from_be_bytes(seed))
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, or 0 when the bound is 0. The bias for small bounds is below 2^-32.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }

    /// `base` moved by up to `percent` of itself, either way.
    pub fn jitter(&mut self, base: Duration, percent: u32) -> Duration {
        let span = base / 100 * percent.min(100) * 2;
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        base - span / 2 + Duration::from_nanos(self.below(nanos.saturating_add(1)))
    }
}
