//! Reading the fake system.

use super::{super::Op, FakeSystem};
use gitops_core::{
    async_trait,
    error::Result,
    model::{Coverage, Cursor, ObjectId, Observation, Observed},
    stage::{Observer, Query},
};
use std::collections::{BTreeMap, BTreeSet};

impl FakeSystem {
    fn answer(&self, query: Query<'_>) -> Observed {
        let desired = query.desired.objects().map(|object| object.id());
        let owned = query.inventory.iter().map(|(id, _)| id);
        let asked: BTreeSet<ObjectId> = desired.chain(owned).cloned().collect();

        let mut state = self.state();
        let known = state.watch(&self.app, &asked);
        let since = query.since.and_then(|cursor| cursor.as_str().parse().ok());
        let moved = since
            .filter(|_| known && state.tells_moves)
            .and_then(|since| state.moved_since(&self.app, since));
        let coverage = if moved.is_some() { Coverage::Moved } else { Coverage::Everything };
        let ids =
            moved.unwrap_or_else(|| asked.iter().chain(state.marked(&self.app)).cloned().collect());
        let objects: BTreeMap<ObjectId, Observation> = ids
            .into_iter()
            .map(|id| {
                let live = state.live(&id, &self.app);
                let predicted = state.predictions.get(&id).cloned();
                (id, Observation { live, predicted })
            })
            .collect();
        let cursor = state.tells_moves.then(|| state.cursor(&self.app));
        Observed { cursor, coverage, objects }
    }
}

#[async_trait]
impl Observer for FakeSystem {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        self.script().call(Op::Observe, None, || Ok(self.answer(query))).await
    }

    async fn moved(&self, since: Option<&Cursor>) -> Result<()> {
        self.script().call(Op::Moved, None, || Ok(())).await?;
        if !self.state().tells_moves {
            return std::future::pending().await;
        }
        let mut versions = self.shared.version.subscribe();
        let since = since.cloned().unwrap_or_else(|| self.state().cursor(&self.app));
        // Marked as seen before the look: a move in between wakes the next wait.
        while self.state().cursor(&self.app) == since {
            // The sender lives in `self`, so that this can't fail.
            if versions.changed().await.is_err() {
                break;
            }
        }
        Ok(())
    }
}
