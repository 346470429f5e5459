//! One app: the only place that knows the order of the stages.

use super::{
    Action, Backoff, Decision, Event, Options, Pass, Reason, Reconcile, Situation, Stages, Trigger,
    execute::{self, Execution, execute},
    guard::Purpose,
    memory::{Memory, Rendered},
    options::Parts,
    planner,
    summary::{self, Facts, summarise},
};
use crate::{
    env::Env,
    error::{Error, Result, Retry, Stage},
    model::{
        AppId, Desired, Digest, Effect, Inventory, InventoryEntry, Live, Object, ObjectId,
        Observed, Outcome, Plan, Revision, Status, Verified,
    },
    reason,
    stage::{Applier, Differ, InventoryStore, Observer, Query, Renderer, Source},
};
use async_trait::async_trait;
use futures::{Stream, StreamExt, stream};
use std::{fmt, mem, sync::Arc, time::Duration};
use tokio::sync::{Mutex, watch};

/// How long to wait for news of an app on its way, from observers that can't tell.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// The loop of one app: resolve, fetch, render, observe, diff, plan, guard, apply, prune, assess.
///
/// **Guarantees.** Nothing is written before the whole plan is known and judged. The inventory
/// names every object before it is created. Nothing is deleted unless everything before it went
/// well. A pass that is dropped or fails at any point leaves nothing that the next one does not
/// finish. One pass at a time.
///
/// **Costs.** With nothing changed and an observer that has cursors: one `resolve`, one empty
/// answer, O(1). A new revision that touches no file the render read: one look at each of those
/// paths. Otherwise O(objects) in memory, and requests for what changed.
pub struct Pipeline {
    app: AppId,
    parts: Parts,
    options: Options,
    env: Env,
    memory: Mutex<Memory>,
    status: watch::Sender<Arc<Status>>,
    /// Counts finished passes.
    passes: watch::Sender<u64>,
}

/// What a pass works on, once all reading is done.
struct Prepared {
    desired: Arc<Desired>,
    decision: Decision,
}

impl Pipeline {
    /// The pipeline of an app.
    pub fn new<S, R, O, D, A, I>(
        app: impl Into<AppId>,
        stages: Stages<S, R, O, D, A, I>,
        options: Options,
        env: Env,
    ) -> Self
    where
        S: Source,
        R: Renderer,
        O: Observer,
        D: Differ,
        A: Applier,
        I: InventoryStore,
    {
        let app = app.into();
        let status = summarise(Facts {
            app: &app,
            attempted: None,
            applied: None,
            objects: 0,
            health: Vec::new(),
            waiting: None,
            error: Some(&not_yet()),
            unhealthy_for: None,
            health_timeout: options.health_timeout,
            at: env.clock.now(),
        });
        Pipeline {
            app,
            parts: stages.into(),
            options,
            env,
            memory: Mutex::default(),
            status: watch::Sender::new(Arc::new(status)),
            passes: watch::Sender::new(0),
        }
    }

    /// The app.
    pub fn app(&self) -> &AppId {
        &self.app
    }

    /// The status after the latest pass.
    pub fn status(&self) -> Arc<Status> {
        self.status.borrow().clone()
    }

    /// One whole pass. It never fails as a function: what went wrong is in the [`Pass`], beside
    /// what went right. Dropping it is safe.
    pub async fn pass(&self) -> Pass {
        let mut slot = self.memory.lock().await;
        // Taken out, so that a dropped or panicking pass leaves an empty memory, not a wrong one.
        let mut memory = mem::take(&mut *slot);
        let pass = match self.prepare(&mut memory).await {
            Ok(None) => self.conclude(&mut memory, None, Execution::default(), None),
            Ok(Some(prepared)) => self.carry_out(&mut memory, prepared, Purpose::Prune).await,
            Err(error) => self.conclude(&mut memory, None, Execution::default(), Some(error)),
        };
        *slot = memory;
        self.passes.send_modify(|count| *count += 1);
        pass
    }

    /// What a pass would do now. Reads only.
    ///
    /// # Errors
    /// Whatever would keep the pass from starting to write.
    pub async fn preview(&self) -> Result<Plan> {
        let mut slot = self.memory.lock().await;
        let mut memory = mem::take(&mut *slot);
        memory.settled = false;
        let prepared = self.prepare(&mut memory).await;
        *slot = memory;
        match prepared? {
            Some(prepared) => Ok(prepared.decision.plan),
            None => Err(Error::new(
                Stage::Plan,
                Retry::Replan,
                reason::STALE,
                "the live system moved while it was looked at",
            )),
        }
    }

    /// Passes until the app is settled, can't get there by itself, or the time is up; the last
    /// pass is answered. Between passes it waits for the live system to move.
    pub async fn settle(&self, within: Duration) -> Pass {
        let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        let mut rng = self.env.rng.child("settle");
        let deadline = self.env.clock.now() + within;
        let mut failures = 0;
        loop {
            let pass = self.pass().await;
            let left = deadline.saturating_sub(self.env.clock.now());
            if !pass.can_progress() || left.is_zero() {
                return pass;
            }
            let wait = match pass.error.as_ref().map(Error::retry) {
                Some(Retry::After(named)) => named,
                Some(_) => {
                    failures += 1;
                    backoff.delay(failures, &mut rng)
                }
                None => PROGRESS_INTERVAL,
            };
            let failed = pass.error.is_some();
            let sleep = self.env.clock.sleep(wait.min(left));
            tokio::select! { biased;
                moved = self.moved(), if !failed => if moved.is_err() {
                    self.env.clock.sleep(PROGRESS_INTERVAL.min(left)).await;
                },
                () = sleep => {}
            }
        }
    }

    /// Deletes everything the app owns, in reverse order, then its inventory. Needs neither source
    /// nor renderer. Protected kinds and objects marked to be kept stay behind and are listed in
    /// the plan. While finalizers hold objects the inventory stays: call it again.
    pub async fn delete(&self) -> Pass {
        let mut slot = self.memory.lock().await;
        let mut memory = mem::take(&mut *slot);
        let pass = match self.prepare_deletion(&mut memory).await {
            Ok(prepared) => self.carry_out(&mut memory, prepared, Purpose::Delete).await,
            Err(error) => self.conclude(&mut memory, None, Execution::default(), Some(error)),
        };
        *slot = memory;
        self.passes.send_modify(|count| *count += 1);
        pass
    }

    /// Completes when the live system moved since the latest pass.
    ///
    /// # Errors
    /// Those of [`Observer::moved`].
    pub async fn moved(&self) -> Result<()> {
        let cursor = {
            let memory = self.memory.lock().await;
            memory.seen.as_ref().and_then(|seen| seen.observed.cursor.clone())
        };
        self.parts.observer.moved(cursor.as_ref()).await
    }

    /// Triggers `key` when the live system moved since the latest pass.
    pub fn live<K>(self: &Arc<Self>, key: K) -> impl Stream<Item = Trigger<K>> + Send + 'static
    where
        K: Clone + Send + 'static,
    {
        let passes = self.passes.subscribe();
        stream::unfold((self.clone(), key, passes), |(pipeline, key, mut passes)| async move {
            loop {
                // Only after a pass is there anything to compare with; the sender lives in
                // `pipeline`, so this never fails.
                let _ = passes.changed().await;
                match pipeline.moved().await {
                    Ok(()) => {
                        let trigger = Trigger { key: key.clone(), reason: Reason::Live };
                        return Some((trigger, (pipeline, key, passes)));
                    }
                    Err(_) => {
                        pipeline.env.clock.sleep(PROGRESS_INTERVAL).await;
                        passes.mark_changed();
                    }
                }
            }
        })
        .boxed()
    }

    /// Reads, compares and decides. `None`: nothing moved since all was well.
    async fn prepare(&self, memory: &mut Memory) -> Result<Option<Prepared>> {
        let stored = self.load(memory).await?;
        let rendered = self.render(memory).await?;
        let desired = rendered.desired.clone();
        memory.rendered = Some(rendered);
        let since = memory.since(&desired, stored.digest());
        let query = Query { desired: &desired, inventory: &stored, since: since.as_ref() };
        let answer = self.parts.observer.observe(query).await?;
        if !memory.observe(answer, &desired, stored.digest()) {
            return Ok(None);
        }
        memory.settled = false;
        let decision = self.decide(memory, &desired, &stored, planner::plan)?;
        Ok(Some(Prepared { desired, decision }))
    }

    async fn prepare_deletion(&self, memory: &mut Memory) -> Result<Prepared> {
        *memory = Memory::default();
        let stored = self.load(memory).await?;
        let desired = Arc::new(Desired::new(Revision::new("", "deleted"), [])?);
        let query = Query { desired: &desired, inventory: &stored, since: None };
        let answer = self.parts.observer.observe(query).await?;
        memory.observe(answer, &desired, stored.digest());
        let decision = self.decide(memory, &desired, &stored, planner::plan_deletion)?;
        Ok(Prepared { desired, decision })
    }

    async fn load(&self, memory: &mut Memory) -> Result<Inventory> {
        if memory.stored.is_none() {
            memory.stored = Some(self.parts.inventory.load().await?);
        }
        Ok(memory.stored.as_ref().map(|stored| stored.inventory.clone()).unwrap_or_default())
    }

    async fn render(&self, memory: &mut Memory) -> Result<Rendered> {
        let revision = self.parts.source.resolve().await?;
        let known = memory.rendered.take();
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
        self.tell(&Event::Rendered { app: self.app.clone(), revision, objects: desired.len() });
        Ok(Rendered { desired, reads: snapshot.read_set() })
    }

    fn decide(
        &self,
        memory: &Memory,
        desired: &Desired,
        inventory: &Inventory,
        plan: fn(Situation<'_>) -> Result<Decision>,
    ) -> Result<Decision> {
        let nothing = Observed::everything(Default::default());
        let observed = memory.seen.as_ref().map_or(&nothing, |seen| &seen.observed);
        let diff = self.parts.differ.diff(desired, observed, inventory)?;
        let decision = plan(Situation {
            app: &self.app,
            desired,
            observed,
            diff: &diff,
            inventory,
            order: &*self.options.order,
            prune: &self.options.prune,
            adoption: self.options.adoption,
        })?;
        for guard in self.options.guards.iter().filter(|_| !decision.plan.is_empty()) {
            guard(&decision.plan)?;
        }
        Ok(decision)
    }

    async fn carry_out(&self, memory: &mut Memory, prepared: Prepared, purpose: Purpose) -> Pass {
        let Prepared { desired, decision } = prepared;
        let plan = Arc::new(decision.plan.clone());
        if !plan.is_empty() {
            self.tell(&Event::Planned {
                app: self.app.clone(),
                plan: plan.digest(),
                changes: plan.changes().count(),
            });
        }
        if let Err(error) = self.write_ahead(memory, &plan).await {
            return self.conclude(memory, Some(plan), Execution::default(), Some(error));
        }
        let execution = {
            let seen = memory.seen.as_ref().map(|seen| &seen.observed);
            let ready = |id: &ObjectId, answer: Option<&Live>| {
                let live = answer.or_else(|| seen.and_then(|seen| seen.live(id)));
                live.is_some_and(|live| {
                    summary::is_well(self.options.assessor.assess(id, live).status)
                })
            };
            let told = |change: &crate::model::Change, outcome: &Outcome| {
                self.tell(&Event::Changed {
                    app: self.app.clone(),
                    id: change.id.clone(),
                    cause: change.cause,
                    origin: change.origin.clone(),
                    outcome: outcome.clone(),
                });
            };
            let applier = &*self.parts.applier;
            execute(&plan, applier, self.options.concurrency, &ready, &told).await
        };
        let saved = self.record(memory, &desired, &decision, &execution, purpose).await;
        let error = execution.error().or(saved.err());
        if error.is_none() && execution.waiting.is_empty() {
            memory.settled = decision.leaving.is_empty();
            memory.last_applied = Some(desired.revision().clone());
        }
        self.conclude(memory, Some(plan), execution, error)
    }

    /// Names everything that will be created or taken over, before the first write.
    async fn write_ahead(&self, memory: &mut Memory, plan: &Plan) -> Result<()> {
        let mut inventory = self.load(memory).await?;
        for change in plan.changes().filter(|change| change.action.object().is_some()) {
            inventory.intend(&change.id);
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
        let mut inventory = self.load(memory).await?;
        let touched: std::collections::BTreeSet<&ObjectId> =
            decision.plan.changes().map(|change| &change.id).collect();
        for object in desired.objects().filter(|object| !touched.contains(object.id())) {
            let live = memory.seen.as_ref().and_then(|seen| seen.observed.live(object.id()));
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
        memory.wrote(execution.answers.clone(), inventory.digest());
        self.save(memory, inventory).await?;
        if purpose == Purpose::Delete
            && let Some(stored) = memory.stored.take_if(|stored| stored.inventory.is_empty())
            && let Some(version) = stored.version
        {
            self.parts.inventory.remove(&version).await?;
        }
        Ok(())
    }

    /// Saves the inventory if it differs from what is stored.
    async fn save(&self, memory: &mut Memory, inventory: Inventory) -> Result<()> {
        // Taken out: after an error or a drop nobody knows what is stored, so it is read again.
        let Some(mut stored) = memory.stored.take() else { return Ok(()) };
        if stored.inventory != inventory {
            let saved = self.parts.inventory.save(&inventory, stored.version.as_ref()).await?;
            stored.version = Some(saved);
            stored.inventory = inventory;
        }
        memory.stored = Some(stored);
        Ok(())
    }

    /// Judges health, publishes the status and says when to look again.
    fn conclude(
        &self,
        memory: &mut Memory,
        plan: Option<Arc<Plan>>,
        execution: Execution,
        error: Option<Error>,
    ) -> Pass {
        let now = self.env.clock.now();
        if error.is_some() {
            memory.settled = false;
        }
        let health = self.assess(memory);
        let well = health.iter().all(|(_, health)| summary::is_well(health.status));
        memory.unhealthy_since =
            if well { None } else { Some(memory.unhealthy_since.unwrap_or(now)) };
        let waiting = &execution.waiting;
        let status = summarise(Facts {
            app: &self.app,
            attempted: memory.rendered.as_ref().map(|known| known.desired.revision().clone()),
            applied: memory.last_applied.clone(),
            objects: memory.stored.as_ref().map_or(0, |stored| stored.inventory.len()),
            health,
            waiting: (!waiting.is_empty()).then(|| execute::waiting(waiting)),
            error: error.as_ref(),
            unhealthy_for: memory.unhealthy_since.map(|since| now.saturating_sub(since)),
            health_timeout: self.options.health_timeout,
            at: now,
        });
        if !waiting.is_empty() {
            self.tell(&Event::Waiting { app: self.app.clone(), objects: waiting.clone() });
        }
        if let Some(error) = &error {
            self.tell(&Event::Failed { app: self.app.clone(), error: error.clone() });
        }
        let status = self.publish(status);
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

    fn assess(&self, memory: &mut Memory) -> Vec<(ObjectId, crate::model::Health)> {
        let Some(desired) = memory.rendered.as_ref().map(|known| known.desired.clone()) else {
            return Vec::new();
        };
        let Some(seen) = memory.seen.take() else { return Vec::new() };
        memory.keep_health_of(&desired);
        let mut judge = |object: &Object| {
            let live = seen.observed.live(object.id());
            (object.id().clone(), memory.health(object.id(), live, &*self.options.assessor))
        };
        let health = desired.objects().map(&mut judge).collect();
        memory.seen = Some(seen);
        health
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

    fn tell(&self, event: &Event) {
        if let Some(recorder) = &self.options.recorder {
            recorder.record(event);
        }
    }
}

fn verified(object: &Object, live: &Live) -> InventoryEntry {
    let (desired, state, memo): (Digest, Digest, _) =
        (object.digest(), live.state, live.memo.clone());
    InventoryEntry { uid: live.uid.clone(), verified: Some(Verified { desired, state, memo }) }
}

fn not_yet() -> Error {
    Error::new(Stage::Source, Retry::Backoff, reason::PROGRESSING, "no pass has run yet")
}

#[async_trait]
impl<K: Send + Sync + 'static> Reconcile<K> for Pipeline {
    async fn reconcile(&self, _: &K) -> Result<Action> {
        let pass = self.pass().await;
        match pass.error {
            Some(error) => Err(error),
            None => Ok(pass.next),
        }
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").field("app", &self.app).finish_non_exhaustive()
    }
}
