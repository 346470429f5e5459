//! The same of every kind, on both servers: what is rare in histories.

mod metadata;
mod questions;

use crate::histories::{mask::Mask, play::compare, target::Answer};

/// Where two servers answer differently, in words.
fn difference(asked: &str, ours: &Answer, theirs: &Answer) -> Option<String> {
    let [ours, theirs] = Mask::pair(&[ours.clone()], &[theirs.clone()]);
    let difference = compare(&ours, &theirs)?;
    Some(format!("{asked}\n    {}", difference.brief()))
}

/// # Panics
/// With all differences, if there are any.
#[allow(clippy::print_stdout, reason = "how much was compared is a result")]
fn report(compared: usize, differences: &[String]) {
    println!("{compared} answers, {} different", differences.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
