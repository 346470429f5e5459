//! What came of one pass.

use super::Action;
use crate::{
    error::{Error, Retry},
    model::{Change, Effect, ObjectId, Outcome, Plan, Status},
};
use std::sync::Arc;

/// The result of a pass. Nothing is lost when it fails half-way: every planned change has its
/// outcome, and the error stands beside them.
#[derive(Debug, Clone)]
pub struct Pass {
    /// The plan, if the pass came that far and there was something to decide.
    pub plan: Option<Arc<Plan>>,
    /// One outcome for every change of the plan, in its order.
    pub outcomes: Vec<(Change, Outcome)>,
    /// The objects that later waves wait for; of a deletion, what is not gone yet.
    pub waiting: Vec<ObjectId>,
    /// What went wrong, if anything.
    pub error: Option<Error>,
    /// The status after the pass.
    pub status: Arc<Status>,
    /// When to look again, if nothing triggers before.
    pub next: Action,
}

impl Pass {
    /// Whether the live system is as desired and healthy.
    pub fn is_settled(&self) -> bool {
        self.error.is_none() && self.waiting.is_empty() && self.status.is_ready()
    }

    /// Whether going on by itself can still make it settled.
    pub fn can_progress(&self) -> bool {
        match &self.error {
            Some(error) => error.retry() != Retry::Never,
            None => !self.is_settled() && !self.status.is_stalled(),
        }
    }

    /// How many changes had this effect.
    pub fn count(&self, effect: Effect) -> usize {
        let same = |outcome: &Outcome| matches!(outcome, Outcome::Done(done) if *done == effect);
        self.outcomes.iter().filter(|(_, outcome)| same(outcome)).count()
    }

    /// Whether anything was written to the live system.
    pub fn changed(&self) -> bool {
        let wrote = |outcome: &Outcome| match outcome {
            Outcome::Done(effect) => *effect != Effect::Unchanged,
            Outcome::Failed(_) | Outcome::Skipped(_) => false,
        };
        self.outcomes.iter().any(|(_, outcome)| wrote(outcome))
    }
}
