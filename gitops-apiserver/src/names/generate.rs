//! Names that the server draws.

use gitops_core::env::Rng;

/// No vowels, so that no words come out.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
const DRAWN: usize = 5;
const MAX: usize = 63 - DRAWN;

/// A name that starts with `base`, cut to 58 bytes, and ends in five drawn characters.
pub fn generate(base: &str, rng: &mut Rng) -> String {
    let end = (0..=base.len().min(MAX)).rev().find(|end| base.is_char_boundary(*end)).unwrap_or(0);
    let mut name = base.get(..end).unwrap_or_default().to_owned();
    for _ in 0..DRAWN {
        let index = rng.below(LETTERS.len() as u64) as usize;
        name.push(LETTERS.get(index).copied().map_or('b', char::from));
    }
    name
}
