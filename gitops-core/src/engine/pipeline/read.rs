//! The reading half of a pass: inventory, desired state, live state, decision.

use super::{
    Decision, Pipeline,
    memory::{Held, Memory, Rendered},
};
use crate::{
    engine::{Event, Situation},
    error::Result,
    model::{Desired, Observed},
    stage::Query,
};
use std::{collections::BTreeMap, sync::Arc};

impl Pipeline {
    /// Resolves, renders and observes. `false`: nothing moved since all was well.
    pub(super) async fn look(&self, memory: &mut Memory) -> Result<(Arc<Desired>, bool)> {
        self.load(memory).await?;
        let rendered = self.render(memory).await?;
        let desired = rendered.desired.clone();
        memory.rendered = Some(rendered);
        let moved = self.observe(memory, &desired).await?;
        Ok((desired, moved))
    }

    pub(super) async fn observe(&self, memory: &mut Memory, desired: &Desired) -> Result<bool> {
        let held = self.load(memory).await?;
        let since = memory.since(desired, held.digest);
        let query = Query { desired, inventory: &held.inventory, since: since.as_ref() };
        let answer = self.parts.observer.observe(query).await?;
        let moved = memory.observe(answer, desired, held.digest);
        memory.settled &= !moved;
        Ok(moved)
    }

    pub(super) async fn load(&self, memory: &mut Memory) -> Result<Held> {
        if let Some(held) = &memory.held {
            return Ok(held.clone());
        }
        let held = Held::from(self.parts.inventory.load().await?);
        memory.held = Some(held.clone());
        Ok(held)
    }

    async fn render(&self, memory: &mut Memory) -> Result<Rendered> {
        let revision = self.parts.source.resolve().await?;
        let known = memory.rendered.clone();
        if let Some(known) = known.as_ref().filter(|known| known.desired.revision() == &revision) {
            return Ok(known.clone());
        }
        let snapshot = self.parts.source.fetch(&revision).await?;
        if let Some(known) = known
            && known.reads.holds_in(&snapshot)?
        {
            return Ok(Rendered { desired: Arc::new(known.desired.at(revision)), ..known });
        }
        let desired = Arc::new(self.parts.renderer.render(&snapshot).await?);
        let (app, objects) = (self.app.clone(), desired.len());
        self.tell(&Event::Rendered { app, revision, objects });
        Ok(Rendered { desired, reads: Arc::new(snapshot.read_set()) })
    }

    pub(super) fn decide(
        &self,
        memory: &Memory,
        desired: &Desired,
        plan: fn(Situation<'_>) -> Result<Decision>,
    ) -> Result<Decision> {
        let nothing = Observed::everything(BTreeMap::new());
        let observed = memory.observed().unwrap_or(&nothing);
        let held = memory.held.clone().unwrap_or_default();
        let diff = self.parts.differ.diff(desired, observed, &held.inventory)?;
        let decision = plan(Situation {
            app: &self.app,
            desired,
            observed,
            diff: &diff,
            inventory: &held.inventory,
            order: &*self.options.order,
            prune: &self.options.prune,
            adoption: self.options.adoption,
        })?;
        for guard in self.options.guards.iter().filter(|_| !decision.plan.is_empty()) {
            guard(&decision.plan)?;
        }
        Ok(decision)
    }
}
