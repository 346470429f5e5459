//! Comparing desired with observed.

use crate::{
    error::Result,
    model::{Delta, Desired, Diff, FieldChange, Inventory, Observed},
};
use serde_json::Value;
use std::sync::Arc;

/// Compares desired with observed: synchronous, pure, no clock, no network.
///
/// **Contract.** The law: the delta of an object is [`Delta::InSync`] if and only if applying it
/// would change nothing. Every desired object gets a delta. Secret values never reach a
/// [`FieldChange`] unmasked.
///
/// # Errors
/// Only for input that makes no sense; an object that the target refuses is a
/// [`Delta::Refused`], so that all of them are reported at once.
///
/// ```
/// use gitops_core::{error::Result, model::*, stage::Differ};
///
/// /// Whatever is there is good enough.
/// struct Lenient;
///
/// impl Differ for Lenient {
///     fn diff(&self, desired: &Desired, observed: &Observed, _: &Inventory) -> Result<Diff> {
///         Ok(Diff::new(desired.objects().map(|object| {
///             let there = observed.live(object.id()).is_some();
///             (object.id().clone(), if there { Delta::InSync } else { Delta::Missing })
///         })))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Differ: see gitops_core::stage::Differ"
)]
pub trait Differ: Send + Sync + 'static {
    /// Compares every desired object with what was observed of it.
    fn diff(&self, desired: &Desired, observed: &Observed, inventory: &Inventory) -> Result<Diff>;
}

impl<T: Differ + ?Sized> Differ for Arc<T> {
    fn diff(&self, desired: &Desired, observed: &Observed, inventory: &Inventory) -> Result<Diff> {
        (**self).diff(desired, observed, inventory)
    }
}

/// The Differ of targets that keep documents as they are given: in sync means equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exact;

impl Differ for Exact {
    fn diff(&self, desired: &Desired, observed: &Observed, _: &Inventory) -> Result<Diff> {
        Ok(Diff::new(desired.objects().map(|object| {
            let delta = match observed.live(object.id()) {
                None => Delta::Missing,
                Some(live) if live.document == *object.document() => Delta::InSync,
                Some(live) => {
                    Delta::Drifted(field_changes(&live.document.value(), &object.value()))
                }
            };
            (object.id().clone(), delta)
        })))
    }
}

/// The leaves in which two JSON values differ, with paths as kubectl writes them. Lists are
/// compared by position. O(size of both).
pub fn field_changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    walk(String::new(), Some(before), Some(after), &mut changes);
    changes
}

fn walk(path: String, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<FieldChange>) {
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                walk(child(&path, key), before.get(key), after.get(key), out);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for index in 0..before.len().max(after.len()) {
                walk(format!("{path}[{index}]"), before.get(index), after.get(index), out);
            }
        }
        (before, after) => out.push(FieldChange {
            path: if path.is_empty() { ".".to_owned() } else { path },
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

fn child(path: &str, key: &str) -> String {
    let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if plain { format!("{path}.{key}") } else { format!("{path}[{}]", Value::from(key)) }
}
