//! The same of every kind, on both servers: what is rare in histories.

mod empty;
mod metadata;
mod pair;
mod questions;

use crate::histories::{mask::Mask, play::compare};
use pair::Answers;

/// Where two servers answer differently, in words.
fn difference(asked: &str, [ours, theirs]: &Answers) -> Option<String> {
    let [ours, theirs] = Mask::pair(std::slice::from_ref(ours), std::slice::from_ref(theirs));
    let difference = compare(&ours, &theirs)?;
    Some(format!("{asked}\n    {}", difference.brief()))
}

/// `least`: fewer answers would mean that something wasn't asked.
///
/// # Panics
/// With all differences, if there are any.
#[allow(clippy::print_stdout, reason = "how much was compared is a result")]
fn report(compared: usize, least: usize, differences: &[String]) {
    println!("{compared} answers, {} different", differences.len());
    assert!(compared >= least, "only {compared} answers");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
