//! Carrying out a plan: no choices left, one outcome for every change.

use crate::{
    error::{Error, Result},
    model::{Action, Applied, Change, Effect, Live, ObjectId, Outcome, Plan},
    reason,
    stage::Applier,
};
use futures::{StreamExt, future::BoxFuture, stream::FuturesOrdered};
use std::collections::BTreeMap;

/// What became of a plan.
#[derive(Debug, Default)]
pub(super) struct Execution {
    /// One for every planned change, in order of the plan.
    pub(super) outcomes: Vec<(Change, Outcome)>,
    /// The live objects that the applier answered; `None` for what is gone.
    pub(super) answers: BTreeMap<ObjectId, Option<Live>>,
    /// What the first wave that could not start waits for, or what a deletion waits for.
    pub(super) waiting: Vec<ObjectId>,
    /// Whether these are to be gone, rather than healthy.
    pub(super) leaving: bool,
}

impl Execution {
    /// The failures, joined.
    pub(super) fn error(&self) -> Option<Error> {
        let failed = self.outcomes.iter().filter_map(|(_, outcome)| match outcome {
            Outcome::Failed(error) => Some(error.clone()),
            Outcome::Done(_) | Outcome::Skipped(_) => None,
        });
        Error::join(failed.collect())
    }

    /// What a pass that waits says of itself.
    pub(super) fn waits(&self) -> Option<String> {
        let names: Vec<String> = self.waiting.iter().take(5).map(ToString::to_string).collect();
        let more = self.waiting.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let until = if self.leaving { "be gone" } else { "become healthy" };
        let names = names.join(", ");
        (!names.is_empty()).then(|| format!("waiting for {names}{more} to {until}"))
    }
}

/// Carries out the waves in order. Within a wave up to `concurrency` changes go together, and one
/// failure doesn't stop the others; a later wave starts only when nothing failed and what it
/// `needs` is ready. Prunes come last, so after any failure nothing is deleted.
///
/// `ready` judges an object by the live state answered in this execution, or else by what was
/// observed before it. `told` is called with each outcome as it becomes known.
pub(super) async fn execute(
    plan: &Plan,
    applier: &dyn Applier,
    concurrency: usize,
    ready: &(dyn Fn(&ObjectId, Option<&Live>) -> bool + Sync),
    told: &(dyn Fn(&Change, &Outcome) + Sync),
) -> Execution {
    let mut execution = Execution::default();
    let mut stopped = false;
    for wave in &plan.waves {
        if !stopped {
            let waits = |id: &&ObjectId| {
                let answer = execution.answers.get(*id);
                !ready(id, answer.and_then(Option::as_ref))
            };
            execution.waiting = wave.needs.iter().filter(waits).cloned().collect();
            stopped = !execution.waiting.is_empty();
        }
        if stopped {
            for change in &wave.changes {
                let outcome = Outcome::Skipped(reason::WAVE_NOT_READY);
                told(change, &outcome);
                execution.outcomes.push((change.clone(), outcome));
            }
            continue;
        }
        let mut queue = wave.changes.iter();
        let mut running = FuturesOrdered::new();
        loop {
            while running.len() < concurrency.max(1)
                && let Some(change) = queue.next()
            {
                running.push_back(apply(applier, change));
            }
            let Some((change, result)) = running.next().await else { break };
            let outcome = match result {
                Ok(applied) => {
                    let effect = effect(change, &applied);
                    execution.answers.insert(change.id.clone(), applied.live);
                    Outcome::Done(effect)
                }
                Err(error) => {
                    stopped = true;
                    Outcome::Failed(place(error, change))
                }
            };
            told(change, &outcome);
            execution.outcomes.push((change.clone(), outcome));
        }
    }
    execution
}

fn apply<'a>(
    applier: &'a dyn Applier,
    change: &'a Change,
) -> BoxFuture<'a, (&'a Change, Result<Applied>)> {
    Box::pin(async move { (change, applier.apply(change).await) })
}

/// An applier that answers a live object for a prune has seen it stay.
fn effect(change: &Change, applied: &Applied) -> Effect {
    match (&change.action, applied.effect) {
        (Action::Prune { .. }, Effect::Pruned) if applied.live.is_some() => Effect::Pruning,
        (_, effect) => effect,
    }
}

fn place(error: Error, change: &Change) -> Error {
    let error = if error.object().is_none() { error.on(&change.id) } else { error };
    match &change.origin {
        Some(origin) if error.origin().is_none() => error.at(origin),
        _ => error,
    }
}
