//! Judging deletions: the only place that issues permits. Pure.

use super::Permit;
use crate::{
    error::{Error, Result, Retry, Stage},
    model::{Inventory, InventoryEntry, Live, ObjectId, Owner},
    reason,
};
use std::{collections::BTreeSet, sync::Arc};

/// How much may be deleted without asking.
///
/// Over a limit nothing at all is written: the plan is refused, and says which limit and how to
/// raise it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrunePolicy {
    enabled: bool,
    count: usize,
    percent: u8,
    allow_empty: bool,
    allow_protected: BTreeSet<String>,
}

impl Default for PrunePolicy {
    /// Prunes up to 10 objects, or up to half of the inventory if that is more; never everything;
    /// never a protected kind.
    fn default() -> Self {
        PrunePolicy {
            enabled: true,
            count: 10,
            percent: 50,
            allow_empty: false,
            allow_protected: BTreeSet::new(),
        }
    }
}

impl PrunePolicy {
    /// Deletes nothing, ever: what is no longer desired stays and is listed in the plan.
    pub fn off() -> Self {
        PrunePolicy { enabled: false, ..Self::default() }
    }

    /// Allows up to `count` objects in one pass, or up to `percent` of the inventory if that is
    /// more.
    #[must_use]
    pub fn budget(mut self, count: usize, percent: u8) -> Self {
        self.count = count;
        self.percent = percent.min(100);
        self
    }

    /// Allows the desired state to be empty where objects were before.
    #[must_use]
    pub fn allow_empty(mut self, allow: bool) -> Self {
        self.allow_empty = allow;
        self
    }

    /// Allows pruning a protected kind, given as kubectl prints it: `Namespace`,
    /// `CustomResourceDefinition.apiextensions.k8s.io`.
    #[must_use]
    pub fn allow_protected(mut self, kind: impl Into<String>) -> Self {
        self.allow_protected.insert(kind.into());
        self
    }

    fn allows(&self, id: &ObjectId) -> bool {
        self.allow_protected.contains(&kind(id))
    }

    fn limit(&self, owned: usize) -> usize {
        self.count.max(owned * usize::from(self.percent) / 100)
    }
}

/// Why a pass would delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Objects left the desired state.
    Prune,
    /// The user asked to delete the app.
    Delete,
}

/// What is to happen to an owned object that is no longer desired.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// Delete it.
    Prune(Permit),
    /// It is gone, or was never ours: forget it.
    Forget,
    /// Its deletion goes on.
    Wait,
    /// Leave it and keep it in the inventory.
    Retain(Arc<str>),
}

/// Judges one owned object that is no longer desired, by itself.
pub(super) fn judge(
    id: &ObjectId,
    entry: &InventoryEntry,
    live: Option<&Live>,
    policy: &PrunePolicy,
    purpose: Purpose,
) -> Result<Verdict> {
    let Some(live) = live else { return Ok(Verdict::Forget) };
    if entry.uid.is_some() && live.uid.is_some() && entry.uid != live.uid {
        // Somebody deleted ours and made another under the same name.
        return Ok(Verdict::Forget);
    }
    match &live.owner {
        Owner::Other(_) => return Ok(Verdict::Forget),
        Owner::Nobody if entry.uid.is_none() => return Ok(Verdict::Forget),
        Owner::Nobody => return Ok(Verdict::Retain("it no longer bears this app's mark".into())),
        Owner::Ours => {}
    }
    if live.terminating {
        return Ok(Verdict::Wait);
    }
    if let Some(why) = &live.retain {
        return Ok(Verdict::Retain(why.clone()));
    }
    if !policy.enabled && purpose == Purpose::Prune {
        return Ok(Verdict::Retain("pruning is off".into()));
    }
    if live.protected && !policy.allows(id) {
        return match purpose {
            Purpose::Prune => Err(protected(id)),
            Purpose::Delete => Ok(Verdict::Retain("its kind is protected".into())),
        };
    }
    Ok(Verdict::Prune(Permit::issue(match purpose {
        Purpose::Prune => "no longer desired",
        Purpose::Delete => "the app is deleted",
    })))
}

/// Judges all prunes of a plan together: is it too much?
pub(super) fn within_budget(
    prunes: &[&ObjectId],
    inventory: &Inventory,
    desired: usize,
    policy: &PrunePolicy,
) -> Result<()> {
    if prunes.is_empty() {
        return Ok(());
    }
    if desired == 0 && !policy.allow_empty {
        let message = format!("nothing is desired, and {} objects would be pruned", prunes.len());
        return Err(refusal(reason::EMPTY_DESIRED, message)
            .advise("if that is meant, allow an empty desired state or delete the app"));
    }
    let limit = policy.limit(inventory.len());
    if prunes.len() > limit {
        let first: Vec<String> = prunes.iter().take(5).map(ToString::to_string).collect();
        let message = format!(
            "{} of {} objects would be pruned, more than the {limit} allowed: {}{}",
            prunes.len(),
            inventory.len(),
            first.join(", "),
            if prunes.len() > 5 { ", …" } else { "" },
        );
        return Err(refusal(reason::PRUNE_BUDGET, message)
            .advise("if that is meant, raise the prune budget for this pass"));
    }
    Ok(())
}

/// The permit to replace an object that asks for it.
pub(super) fn replace(id: &ObjectId, live: &Live, policy: &PrunePolicy) -> Result<Permit> {
    if live.protected && !policy.allows(id) {
        return Err(protected(id));
    }
    Ok(Permit::issue("the object asks to be replaced when a field can't be changed"))
}

fn protected(id: &ObjectId) -> Error {
    let message = format!("deleting a {} would take others or data with it", kind(id));
    refusal(reason::PROTECTED_KIND, message)
        .on(id)
        .advise(format!("put it back, mark it to be kept, or allow pruning of {}", kind(id)))
}

fn refusal(reason: &'static str, message: String) -> Error {
    Error::new(Stage::Plan, Retry::Never, reason, message)
}

fn kind(id: &ObjectId) -> String {
    if id.group().is_empty() {
        id.kind().to_owned()
    } else {
        format!("{}.{}", id.kind(), id.group())
    }
}
