//! The end of a pass: health, status, and when to look again.

use super::{
    PROGRESS_INTERVAL, Pipeline,
    execute::Execution,
    memory::Memory,
    summary::{self, Facts, summarise},
};
use crate::{
    engine::{Action, Event, Pass},
    error::Error,
    model::{Health, ObjectId, Plan, Status},
};
use std::sync::Arc;

impl Pipeline {
    /// A pass that found nothing to look at. O(1) while all is well.
    pub(super) fn idle(&self, memory: &mut Memory) -> Pass {
        let status = self.status();
        let attempted = memory.rendered.as_ref().map(|known| known.desired.revision());
        if status.is_ready() && status.last_attempted.as_ref() == attempted {
            return self.ended(None, Execution::default(), None, status);
        }
        memory.last_applied = attempted.cloned();
        self.conclude(memory, None, Execution::default(), None)
    }

    /// Judges health, publishes the status and says when to look again.
    pub(super) fn conclude(
        &self,
        memory: &mut Memory,
        plan: Option<Arc<Plan>>,
        execution: Execution,
        error: Option<Error>,
    ) -> Pass {
        let now = self.env.clock.now();
        if let Some(error) = &error {
            memory.settled = false;
            self.tell(&Event::Failed { app: self.app.clone(), error: error.clone() });
        }
        let health = self.assess(memory);
        let well = health.iter().all(|(_, health)| summary::is_well(health.status));
        memory.unhealthy_since =
            if well { None } else { Some(memory.unhealthy_since.unwrap_or(now)) };
        let waiting = &execution.waiting;
        if !waiting.is_empty() {
            self.tell(&Event::Waiting { app: self.app.clone(), objects: waiting.clone() });
        }
        let status = self.publish(summarise(Facts {
            app: &self.app,
            attempted: memory.rendered.as_ref().map(|known| known.desired.revision().clone()),
            applied: memory.last_applied.clone(),
            objects: memory.held.as_ref().map_or(0, |held| held.inventory.len()),
            health,
            waiting: execution.waits(),
            error: error.as_ref(),
            unhealthy_for: memory.unhealthy_since.map(|since| now.saturating_sub(since)),
            health_timeout: self.options.health_timeout,
            at: now,
        }));
        self.ended(plan, execution, error, status)
    }

    fn ended(
        &self,
        plan: Option<Arc<Plan>>,
        execution: Execution,
        error: Option<Error>,
        status: Arc<Status>,
    ) -> Pass {
        let on_its_way = !status.is_ready() && !status.is_stalled();
        let interval = self.options.interval;
        let next = if on_its_way { interval.min(PROGRESS_INTERVAL) } else { interval };
        Pass {
            plan,
            outcomes: execution.outcomes,
            waiting: execution.waiting,
            error,
            status,
            next: Action::Requeue(next),
        }
    }

    fn assess(&self, memory: &mut Memory) -> Vec<(ObjectId, Health)> {
        let Some(desired) = memory.rendered.as_ref().map(|known| known.desired.clone()) else {
            return Vec::new();
        };
        memory.health(&desired, &*self.options.assessor)
    }

    /// Publishes a status if it says anything new.
    fn publish(&self, status: Status) -> Arc<Status> {
        let before = self.status();
        if (Status { at: before.at, ..status.clone() }) == *before {
            return before;
        }
        let status = Arc::new(status);
        self.status.send_replace(status.clone());
        self.tell(&Event::StatusChanged(status.clone()));
        status
    }
}
