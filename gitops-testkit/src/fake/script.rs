//! What goes wrong, and the record of what was called.

use gitops_core::{
    error::{Error, Result},
    model::ObjectId,
};
use std::{
    collections::BTreeMap,
    fmt, future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// The calls that a [`Script`] knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Op {
    /// `Source::resolve`
    Resolve,
    /// `Source::fetch`
    Fetch,
    /// `Observer::observe`
    Observe,
    /// `Observer::moved`: a wait, neither read nor write.
    Moved,
    /// `Applier::apply`
    Apply,
    /// `InventoryStore::load`
    Load,
    /// `InventoryStore::save`
    Save,
    /// `InventoryStore::remove`
    Remove,
}

impl Op {
    /// Whether it changes something.
    pub fn is_write(self) -> bool {
        matches!(self, Op::Apply | Op::Save | Op::Remove)
    }

    /// Whether it asks for something.
    pub fn is_read(self) -> bool {
        matches!(self, Op::Resolve | Op::Fetch | Op::Observe | Op::Load)
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It fails and has had no effect.
    Fail(Error),
    /// It takes effect, if it can, and then fails: the outcome is unknown to the caller.
    FailAfter(Error),
    /// It has no effect and never returns: for deadlines, and for crashes by dropping the caller.
    Hang,
    /// It takes effect and never returns.
    HangAfter,
    /// It waits for [`Script::release`] and then goes through.
    Stall,
}

/// Before or after the effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The effect does not happen.
    Before,
    /// The effect has happened.
    After,
}

/// One recorded call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What was called.
    pub op: Op,
    /// The object of an apply.
    pub object: Option<ObjectId>,
}

/// Scripted faults and the record of calls. Cheap to clone; clones share everything, so that one
/// script can be given to several fakes and record them in one order.
///
/// Calls are counted per kind and from the moment of scripting, from 1. An object's fault goes
/// before an n-th call's, and that before a standing one.
#[derive(Clone)]
pub struct Script(Arc<Shared>);

struct Shared {
    plan: Mutex<Plan>,
    hung: watch::Sender<usize>,
    gate: watch::Sender<u64>,
}

#[derive(Default)]
struct Plan {
    calls: Vec<Call>,
    /// How many calls of each kind there were, also those no longer on record.
    counts: BTreeMap<Op, usize>,
    writes: usize,
    nth: BTreeMap<(Op, usize), Fault>,
    nth_write: BTreeMap<usize, Fault>,
    standing: BTreeMap<Op, Fault>,
    on: BTreeMap<ObjectId, Fault>,
}

impl Script {
    /// A script in which nothing goes wrong.
    pub fn new() -> Self {
        Script(Arc::new(Shared {
            plan: Mutex::default(),
            hung: watch::Sender::new(0),
            gate: watch::Sender::new(0),
        }))
    }

    /// The `n`-th call of this kind from now goes wrong, once.
    pub fn nth(&self, op: Op, n: usize, fault: Fault) -> &Self {
        let mut plan = self.plan();
        let at = plan.counts.get(&op).copied().unwrap_or(0) + n;
        plan.nth.insert((op, at), fault);
        drop(plan);
        self
    }

    /// Every call of this kind goes wrong, until [`clear`](Self::clear).
    pub fn always(&self, op: Op, fault: Fault) -> &Self {
        self.plan().standing.insert(op, fault);
        self
    }

    /// Every apply to this object goes wrong, until [`clear`](Self::clear).
    pub fn on(&self, object: &ObjectId, fault: Fault) -> &Self {
        self.plan().on.insert(object.clone(), fault);
        self
    }

    /// The `n`-th write of any kind from now never returns, before or after its effect. Race the
    /// code under test against [`hung`](Self::hung) and drop it: a crash at that point.
    pub fn kill_at(&self, n: usize, moment: Moment) -> &Self {
        let mut plan = self.plan();
        let at = plan.writes + n;
        let fault = match moment {
            Moment::Before => Fault::Hang,
            Moment::After => Fault::HangAfter,
        };
        plan.nth_write.insert(at, fault);
        drop(plan);
        self
    }

    /// Takes back all faults to come. The record stays.
    pub fn clear(&self) -> &Self {
        let mut plan = self.plan();
        plan.nth.clear();
        plan.nth_write.clear();
        plan.standing.clear();
        plan.on.clear();
        drop(plan);
        self
    }

    /// Lets everything go on that is stalled now.
    pub fn release(&self) {
        self.0.gate.send_modify(|gate| *gate += 1);
    }

    /// Completes once as many calls as `n` have hung or stalled in all.
    pub async fn hung(&self, n: usize) {
        let mut hung = self.0.hung.subscribe();
        // The sender lives in `self`, so that this can't fail.
        let _ = hung.wait_for(|count| *count >= n).await;
    }

    /// Every call on record, in order of their beginning.
    pub fn calls(&self) -> Vec<Call> {
        self.plan().calls.clone()
    }

    /// How many calls on record are of this kind.
    pub fn count(&self, op: Op) -> usize {
        self.plan().calls.iter().filter(|call| call.op == op).count()
    }

    /// How many reads are on record.
    pub fn reads(&self) -> usize {
        self.plan().calls.iter().filter(|call| call.op.is_read()).count()
    }

    /// How many writes are on record.
    pub fn writes(&self) -> usize {
        self.plan().calls.iter().filter(|call| call.op.is_write()).count()
    }

    /// Empties the record. Faults to come stay where they are.
    pub fn forget(&self) {
        self.plan().calls.clear();
    }

    /// Records a call and lets it happen, or go wrong. The call yields once before its effect and
    /// once after, as a real one would: places to be cancelled at.
    pub(super) async fn call<T>(
        &self,
        op: Op,
        object: Option<&ObjectId>,
        effect: impl FnOnce() -> Result<T> + Send,
    ) -> Result<T> {
        let fault = self.plan().begin(op, object);
        tokio::task::yield_now().await;
        let result = match fault {
            None => effect(),
            Some(Fault::Fail(error)) => Err(error),
            Some(Fault::FailAfter(error)) => effect().and(Err(error)),
            Some(Fault::Hang) => self.hang().await,
            Some(Fault::HangAfter) => {
                // Nobody hears the answer.
                drop(effect());
                self.hang().await
            }
            Some(Fault::Stall) => {
                self.stall().await;
                effect()
            }
        };
        tokio::task::yield_now().await;
        result
    }

    async fn hang<T>(&self) -> T {
        self.0.hung.send_modify(|count| *count += 1);
        future::pending().await
    }

    async fn stall(&self) {
        let mut gate = self.0.gate.subscribe();
        let closed = *gate.borrow();
        self.0.hung.send_modify(|count| *count += 1);
        let _ = gate.wait_for(|gate| *gate != closed).await;
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plan {
    fn begin(&mut self, op: Op, object: Option<&ObjectId>) -> Option<Fault> {
        self.calls.push(Call { op, object: object.cloned() });
        let count = self.counts.entry(op).or_default();
        *count += 1;
        let count = *count;
        let mut of_write = None;
        if op.is_write() {
            self.writes += 1;
            of_write = self.nth_write.remove(&self.writes);
        }
        let of_nth = self.nth.remove(&(op, count));
        let of_object = object.and_then(|object| self.on.get(object).cloned());
        of_object.or(of_nth).or(of_write).or_else(|| self.standing.get(&op).cloned())
    }
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("calls", &self.plan().calls).finish_non_exhaustive()
    }
}
