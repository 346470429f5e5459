//! What is to be done, and when.

use super::carry_out;
use crate::core::Core;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// One piece of work on one object. It looks at the object anew when it is carried out: doing it
/// twice does no harm, and one that was planned twice is done once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Task {
    pub(crate) work: Work,
    /// Where the object is stored.
    pub(crate) table: Arc<str>,
    pub(crate) key: Arc<str>,
}

/// What can be done with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// The garbage collector looks at it.
    Collect,
    /// A namespace gets what every namespace has.
    FillNamespace,
    /// A namespace is emptied.
    EndNamespace,
    /// A definition is established.
    Establish,
    /// A pod gets a node and starts.
    StartPod,
    /// A pod's containers become ready, or end if they are those of a Job.
    AdvancePod,
    /// A deleted pod's grace period is over.
    EndPod,
    /// The controller of its kind looks at it.
    Sync,
}

/// The time before which nothing is due.
pub(crate) const NEVER: Duration = Duration::MAX;

/// All that is to be done.
#[derive(Debug)]
pub(crate) struct Agenda {
    plan: Mutex<Plan>,
    /// Held while tasks are carried out: others wait, and then see what came of them.
    running: Mutex<()>,
    /// When the next task is due; tells when that is earlier than it was.
    next: watch::Sender<Duration>,
}

/// Tasks by the time they are due, and in the order in which they were planned.
#[derive(Debug, Default)]
struct Plan {
    due: BTreeMap<(Duration, u64), Task>,
    planned: BTreeMap<Task, (Duration, u64)>,
    count: u64,
}

impl Default for Agenda {
    fn default() -> Self {
        let next = watch::channel(NEVER).0;
        Agenda { plan: Mutex::default(), running: Mutex::default(), next }
    }
}

impl Agenda {
    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plans a task, unless it is planned for that time or an earlier one. O(log tasks).
    pub(crate) fn plan(&self, at: Duration, task: Task) {
        let mut plan = self.lock();
        match plan.planned.get(&task).copied() {
            Some((before, _)) if before <= at => return,
            Some(place) => drop(plan.due.remove(&place)),
            None => {}
        }
        plan.count += 1;
        let place = (at, plan.count);
        plan.due.insert(place, task.clone());
        plan.planned.insert(task, place);
        drop(plan);
        self.next.send_if_modified(|next| {
            let earlier = at < *next;
            *next = (*next).min(at);
            earlier
        });
    }

    /// Whether a task is planned.
    pub(crate) fn has(&self, task: &Task) -> bool {
        self.lock().planned.contains_key(task)
    }

    /// The next task that is due by `now`, with the time since when.
    fn take(&self, now: Duration) -> Option<(Duration, Task)> {
        let mut plan = self.lock();
        let entry = plan.due.first_entry()?;
        if entry.key().0 > now {
            return None;
        }
        let ((at, _), task) = entry.remove_entry();
        plan.planned.remove(&task);
        Some((at, task))
    }

    /// Tells when something is due earlier than before.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Duration> {
        self.next.subscribe()
    }

    /// When the next task is due.
    pub(crate) fn next(&self) -> Duration {
        *self.next.borrow()
    }
}

/// Carries out all that is due, as of the time when it was. O(1) if nothing is.
pub(crate) fn run_due(core: &Core) {
    let agenda = &core.behavior.agenda;
    let now = core.clock.now();
    if agenda.next() > now {
        return;
    }
    let running = agenda.running.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some((at, task)) = agenda.take(now) {
        core.at(Some(at));
        carry_out(core, &task);
    }
    core.at(None);
    let first = |plan: &Plan| plan.due.keys().next().map_or(NEVER, |(at, _)| *at);
    agenda.next.send_if_modified(|next| {
        *next = first(&agenda.lock());
        false
    });
    drop(running);
}
