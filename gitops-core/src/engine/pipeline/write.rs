//! The writing half of a pass: inventory ahead, changes, inventory after.

use super::{
    Decision, Pipeline,
    execute::{Execution, execute},
    memory::{Held, Memory},
    summary,
};
use crate::{
    engine::{Event, Pass, guard::Purpose},
    error::Result,
    model::{
        Action, Change, Desired, Effect, Inventory, InventoryEntry, Live, Object, ObjectId,
        Outcome, Plan, Verified,
    },
};
use std::{collections::BTreeSet, sync::Arc};

impl Pipeline {
    pub(super) async fn carry_out(
        &self,
        memory: &mut Memory,
        desired: &Desired,
        decision: Decision,
        purpose: Purpose,
    ) -> Pass {
        let plan = Arc::new(decision.plan.clone());
        if !plan.is_empty() {
            let (app, changes) = (self.app.clone(), plan.changes().count());
            self.tell(&Event::Planned { app, plan: plan.digest(), changes });
        }
        if let Err(error) = self.write_ahead(memory, &plan).await {
            return self.conclude(memory, Some(plan), Execution::default(), Some(error));
        }
        let mut execution = self.execute(memory, &plan).await;
        let saved = self.record(memory, desired, &decision, &execution, purpose).await;
        let error = execution.error().or(saved.err());
        if let (Purpose::Delete, None, Some(held)) = (purpose, &error, &memory.held) {
            // The app isn't deleted while finalizers hold something of it.
            execution.waiting = held.inventory.iter().map(|(id, _)| id.clone()).collect();
            execution.leaving = true;
        }
        if error.is_none() && execution.waiting.is_empty() {
            memory.settled = true;
            memory.last_applied = Some(desired.revision().clone());
        }
        self.conclude(memory, Some(plan), execution, error)
    }

    async fn execute(&self, memory: &Memory, plan: &Plan) -> Execution {
        let ready = |id: &ObjectId, answer: Option<&Live>| {
            let live = answer.or_else(|| memory.observed()?.live(id));
            live.is_some_and(|live| summary::is_well(self.options.assessor.assess(id, live).status))
        };
        let told = |change: &Change, outcome: &Outcome| {
            self.tell(&Event::Changed {
                app: self.app.clone(),
                id: change.id.clone(),
                cause: change.cause,
                origin: change.origin.clone(),
                outcome: outcome.clone(),
            });
        };
        execute(plan, &*self.parts.applier, self.options.concurrency, &ready, &told).await
    }

    /// Names everything that will be created or taken over, before the first write.
    async fn write_ahead(&self, memory: &mut Memory, plan: &Plan) -> Result<()> {
        let mut inventory = Inventory::clone(&self.load(memory).await?.inventory);
        for change in plan.changes() {
            match change.action {
                Action::Create { .. } | Action::Replace { .. } => {
                    inventory.intend_create(&change.id);
                }
                Action::Update { .. } => inventory.intend(&change.id),
                Action::Prune { .. } => {}
            }
        }
        self.save(memory, inventory).await
    }

    /// Works the outcomes into the inventory and saves it.
    async fn record(
        &self,
        memory: &mut Memory,
        desired: &Desired,
        decision: &Decision,
        execution: &Execution,
        purpose: Purpose,
    ) -> Result<()> {
        let mut inventory = Inventory::clone(&self.load(memory).await?.inventory);
        let planned: BTreeSet<&ObjectId> =
            decision.plan.changes().map(|change| &change.id).collect();
        for object in desired.objects().filter(|object| !planned.contains(object.id())) {
            let live = memory.observed().and_then(|observed| observed.live(object.id()));
            if let Some(live) = live.filter(|live| !live.terminating) {
                inventory.insert(object.id().clone(), verified(object, live));
            }
        }
        for (change, outcome) in &execution.outcomes {
            let Outcome::Done(effect) = outcome else { continue };
            let answer = execution.answers.get(&change.id).and_then(Option::as_ref);
            match (change.action.object(), answer) {
                (Some(object), Some(live)) => {
                    inventory.insert(change.id.clone(), verified(object, live));
                }
                (None, _) if *effect == Effect::Pruned => {
                    inventory.remove(&change.id);
                }
                _ => {}
            }
        }
        for id in &decision.forget {
            inventory.remove(id);
        }
        if purpose == Purpose::Delete {
            // What stays behind is let go.
            for retained in &decision.plan.retained {
                inventory.remove(&retained.id);
            }
        }
        memory.wrote(&execution.answers);
        self.save(memory, inventory).await?;
        let finished = |held: &mut Held| purpose == Purpose::Delete && held.inventory.is_empty();
        if let Some(held) = memory.held.take_if(finished)
            && let Some(version) = held.version
        {
            self.parts.inventory.remove(&version).await?;
        }
        Ok(())
    }

    /// Saves the inventory if it differs from what is stored.
    async fn save(&self, memory: &mut Memory, inventory: Inventory) -> Result<()> {
        // Taken out: after an error or a drop nobody knows what is stored, so it is read again.
        let Some(mut held) = memory.held.take() else { return Ok(()) };
        if *held.inventory != inventory {
            let version = self.parts.inventory.save(&inventory, held.version.as_ref()).await?;
            held = Held::new(inventory, Some(version));
        }
        memory.stored(held);
        Ok(())
    }
}

fn verified(object: &Object, live: &Live) -> InventoryEntry {
    let verified =
        Verified { desired: object.digest(), state: live.state, memo: live.memo.clone() };
    InventoryEntry { uid: live.uid.clone(), verified: Some(verified) }
}
