//! What goes on, on standard error while it does; and the changes, kept for the result.

use crate::output::{count, murmur};
use gitops_core::{
    Retry,
    engine::{Event, Recorder},
    error::chain,
    model::{Cause, Effect, ObjectId, Outcome},
};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Records events: shows the stages of the work, and keeps what came of each change. Clones share
/// the record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What was said: the same is not said twice.
    said: BTreeSet<String>,
    planned: usize,
    made: usize,
    changes: Vec<Made>,
}

/// One change and what came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Made {
    pub(crate) id: ObjectId,
    pub(crate) cause: Cause,
    /// `created`, `configured`, `unchanged`, `pruned`, `pruning`, `skipped` or `failed`.
    pub(crate) outcome: &'static str,
    /// Why, if it was skipped or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

impl Progress {
    /// What came of each change; of those that were tried again, what came of the last try.
    pub(crate) fn changes(&self) -> Vec<Made> {
        self.state().changes.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn say(&mut self, text: String) {
        if !self.said.contains(&text) {
            murmur(&text);
            self.said.insert(text);
        }
    }
}

impl Recorder for Progress {
    fn record(&self, event: &Event) {
        let mut state = self.state();
        match event {
            Event::Rendered { revision, objects, .. } => {
                state.say(format!("{} declares {}", revision.short(), count(*objects, "object")));
            }
            Event::Planned { changes, .. } => {
                (state.planned, state.made) = (*changes, 0);
                state.say(format!("{} to make", count(*changes, "change")));
            }
            Event::Changed { id, cause, outcome, .. } => {
                if let Outcome::Done(_) = outcome {
                    state.made += 1;
                    let (made, planned) = (state.made, state.planned.max(1));
                    // Ten lines at most, whatever the size.
                    if made * 10 / planned > (made - 1) * 10 / planned {
                        state.say(format!("{made} of {planned} made"));
                    }
                }
                let (outcome, why) = words(outcome);
                let made = Made { id: id.clone(), cause: *cause, outcome, why };
                match state.changes.iter_mut().find(|known| known.id == *id) {
                    // What was done once stays told; what failed may yet go well.
                    Some(known) if known.why.is_some() || made.outcome == "pruned" => *known = made,
                    Some(_) => {}
                    None => state.changes.push(made),
                }
            }
            Event::Waiting { objects, .. } => {
                let names: Vec<String> = objects.iter().take(5).map(ToString::to_string).collect();
                let more = if objects.len() > 5 { ", …" } else { "" };
                state.say(format!("waiting for {}{more}", names.join(", ")));
            }
            Event::Failed { error, .. } if error.retry() != Retry::Never => {
                state.say(format!("not yet: {error}"));
            }
            _ => {}
        }
    }
}

/// An outcome in a word, and why.
pub(crate) fn words(outcome: &Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Done(Effect::Created) => ("created", None),
        Outcome::Done(Effect::Configured) => ("configured", None),
        Outcome::Done(Effect::Unchanged) => ("unchanged", None),
        Outcome::Done(Effect::Pruned) => ("pruned", None),
        Outcome::Done(Effect::Pruning) => ("pruning", None),
        Outcome::Skipped(reason) => ("skipped", Some((*reason).to_owned())),
        Outcome::Failed(error) => ("failed", Some(chain(error))),
    }
}
