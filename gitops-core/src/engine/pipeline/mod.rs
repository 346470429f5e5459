//! One app: the only place that knows the order of the stages.

mod execute;
mod finish;
mod memory;
mod read;
mod summary;
mod write;

use super::{
    Action, Backoff, Event, Options, Pass, Reason, Reconcile, Stages, Trigger,
    guard::Purpose,
    options::Parts,
    planner::{self, Decision},
};
use crate::{
    env::Env,
    error::{Error, Result, Retry, Stage},
    model::{AppId, Desired, Plan, Revision, Status},
    reason,
    stage::{Applier, Differ, InventoryStore, Observer, Renderer, Source},
};
use async_trait::async_trait;
use execute::Execution;
use futures::{Stream, StreamExt, stream};
use memory::Memory;
use std::{fmt, mem, sync::Arc, time::Duration};
use summary::{Facts, summarise};
use tokio::sync::{Mutex, watch};
use tracing::Instrument;

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
        self.run(Purpose::Prune).await
    }

    /// Deletes everything the app owns, in reverse order, then its inventory. Needs neither source
    /// nor renderer. Protected kinds and objects marked to be kept stay behind and are listed in
    /// the plan. While finalizers hold objects the inventory stays: call it again.
    pub async fn delete(&self) -> Pass {
        self.run(Purpose::Delete).await
    }

    async fn run(&self, purpose: Purpose) -> Pass {
        let work = async {
            let mut slot = self.memory.lock().await;
            // Taken out, so that a dropped or panicking pass leaves an empty memory, not a wrong
            // one.
            let mut memory = mem::take(&mut *slot);
            let pass = match purpose {
                Purpose::Prune => self.reconcile_with(&mut memory).await,
                Purpose::Delete => self.delete_with(&mut memory).await,
            };
            *slot = memory;
            pass
        };
        let pass = work.instrument(tracing::info_span!("pass", app = %self.app)).await;
        self.passes.send_modify(|count| *count += 1);
        pass
    }

    async fn reconcile_with(&self, memory: &mut Memory) -> Pass {
        let (desired, moved) = match self.look(memory).await {
            Ok(looked) => looked,
            Err(error) => return self.fail(memory, error),
        };
        if !moved {
            return self.idle(memory);
        }
        match self.decide(memory, &desired, planner::plan) {
            Ok(decision) => self.carry_out(memory, &desired, decision, Purpose::Prune).await,
            Err(error) => self.fail(memory, error),
        }
    }

    async fn delete_with(&self, memory: &mut Memory) -> Pass {
        let decided = async {
            let desired = Arc::new(Desired::new(Revision::new("", "deleted"), [])?);
            *memory = Memory::default();
            self.observe(memory, &desired).await?;
            let decision = self.decide(memory, &desired, planner::plan_deletion)?;
            Ok((desired, decision))
        };
        match decided.await {
            Ok((desired, decision)) => {
                self.carry_out(memory, &desired, decision, Purpose::Delete).await
            }
            Err(error) => self.fail(memory, error),
        }
    }

    /// What a pass would do now. Reads only.
    ///
    /// # Errors
    /// Whatever would keep the pass from starting to write.
    pub async fn preview(&self) -> Result<Plan> {
        let mut slot = self.memory.lock().await;
        let mut memory = mem::take(&mut *slot);
        // Ask for everything: what moved alone makes no plan.
        memory.settled = false;
        let decided = async {
            let (desired, _) = self.look(&mut memory).await?;
            self.decide(&memory, &desired, planner::plan)
        };
        let decided = decided.await;
        *slot = memory;
        decided.map(|decision| decision.plan)
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

    /// Completes when the live system moved since the latest pass.
    ///
    /// # Errors
    /// Those of [`Observer::moved`].
    pub async fn moved(&self) -> Result<()> {
        let cursor = self.memory.lock().await.cursor();
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

    fn tell(&self, event: &Event) {
        if let Some(recorder) = &self.options.recorder {
            recorder.record(event);
        }
    }

    fn fail(&self, memory: &mut Memory, error: Error) -> Pass {
        self.conclude(memory, None, Execution::default(), Some(error))
    }
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
