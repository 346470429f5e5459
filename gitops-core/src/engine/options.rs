//! The parts of a pipeline and its options.

use super::{AdoptionPolicy, PrunePolicy, Recorder};
use crate::{
    error::Result,
    model::Plan,
    stage::{
        Applier, Assessor, Differ, Flat, InventoryStore, Observer, Order, Present, Renderer, Source,
    },
};
use std::{fmt, sync::Arc, time::Duration};

/// The required parts of a pipeline. A forgotten one is a compile error that names it.
#[derive(Debug, Clone)]
pub struct Stages<S, R, O, D, A, I> {
    /// Where the desired state comes from.
    pub source: S,
    /// What turns files into objects.
    pub renderer: R,
    /// What reads the live system.
    pub observer: O,
    /// What compares the two.
    pub differ: D,
    /// What writes.
    pub applier: A,
    /// What remembers.
    pub inventory: I,
}

/// The stages with their types erased.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) source: Arc<dyn Source>,
    pub(super) renderer: Arc<dyn Renderer>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) differ: Arc<dyn Differ>,
    pub(super) applier: Arc<dyn Applier>,
    pub(super) inventory: Arc<dyn InventoryStore>,
}

impl<S, R, O, D, A, I> From<Stages<S, R, O, D, A, I>> for Parts
where
    S: Source,
    R: Renderer,
    O: Observer,
    D: Differ,
    A: Applier,
    I: InventoryStore,
{
    fn from(stages: Stages<S, R, O, D, A, I>) -> Self {
        Parts {
            source: Arc::new(stages.source),
            renderer: Arc::new(stages.renderer),
            observer: Arc::new(stages.observer),
            differ: Arc::new(stages.differ),
            applier: Arc::new(stages.applier),
            inventory: Arc::new(stages.inventory),
        }
    }
}

/// A user's own judgement of a plan: an error refuses it whole.
pub(super) type Guard = Arc<dyn Fn(&Plan) -> Result<()> + Send + Sync>;

/// What a pipeline may be told besides its parts.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    pub(super) interval: Duration,
    pub(super) health_timeout: Duration,
    pub(super) concurrency: usize,
    pub(super) prune: PrunePolicy,
    pub(super) adoption: AdoptionPolicy,
    pub(super) order: Arc<dyn Order>,
    pub(super) assessor: Arc<dyn Assessor>,
    pub(super) guards: Vec<Guard>,
    pub(super) recorder: Option<Arc<dyn Recorder>>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            interval: Duration::from_secs(300),
            health_timeout: Duration::from_secs(300),
            concurrency: 8,
            prune: PrunePolicy::default(),
            adoption: AdoptionPolicy::default(),
            order: Arc::new(Flat),
            assessor: Arc::new(Present),
            guards: Vec::new(),
            recorder: None,
        }
    }
}

impl Options {
    /// The defaults: every 5 minutes, 8 changes at once, 5 minutes to become healthy.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long after a pass the next one comes by itself.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long objects may take to become healthy before the app counts as stalled.
    #[must_use]
    pub fn health_timeout(mut self, timeout: Duration) -> Self {
        self.health_timeout = timeout;
        self
    }

    /// How many changes of one wave go together; at least one.
    #[must_use]
    pub fn concurrency(mut self, changes: usize) -> Self {
        self.concurrency = changes.max(1);
        self
    }

    /// How much may be deleted.
    #[must_use]
    pub fn prune(mut self, policy: PrunePolicy) -> Self {
        self.prune = policy;
        self
    }

    /// What may be taken over.
    #[must_use]
    pub fn adoption(mut self, policy: AdoptionPolicy) -> Self {
        self.adoption = policy;
        self
    }

    /// Which objects come before which.
    #[must_use]
    pub fn order(mut self, order: impl Order) -> Self {
        self.order = Arc::new(order);
        self
    }

    /// What health means.
    #[must_use]
    pub fn assessor(mut self, assessor: impl Assessor) -> Self {
        self.assessor = Arc::new(assessor);
        self
    }

    /// Adds a judgement of plans, such as an approval of their digests: an error refuses the plan,
    /// and nothing is written.
    #[must_use]
    pub fn guard(mut self, guard: impl Fn(&Plan) -> Result<()> + Send + Sync + 'static) -> Self {
        self.guards.push(Arc::new(guard));
        self
    }

    /// Who is told what happens.
    #[must_use]
    pub fn recorder(mut self, recorder: impl Recorder) -> Self {
        self.recorder = Some(Arc::new(recorder));
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("interval", &self.interval)
            .field("health_timeout", &self.health_timeout)
            .field("concurrency", &self.concurrency)
            .field("prune", &self.prune)
            .field("adoption", &self.adoption)
            .field("guards", &self.guards.len())
            .finish_non_exhaustive()
    }
}
