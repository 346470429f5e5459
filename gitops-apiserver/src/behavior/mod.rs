//! What the controllers of a cluster do, deterministic and without any of them running.
//!
//! A write plans what follows from it in the `agenda`; whoever comes next carries out what is due.

mod actor;
pub(crate) mod agenda;
pub(crate) mod api_services;
mod conditions;
pub(crate) mod definitions;
mod garbage;
mod meta;
mod namespaces;
mod owners;
mod settings;
mod workloads;

pub use settings::{Behaviors, Jobs, READY_AFTER, Workloads};

use crate::{
    core::Core,
    kind::Kind,
    store::{Range, Stored},
};
use agenda::{Agenda, Task, Work};
use meta::Meta;
use owners::Owners;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The state of a server's behaviours.
#[derive(Debug, Default)]
pub(crate) struct Behavior {
    settings: Mutex<Behaviors>,
    pub(crate) agenda: Agenda,
    owners: Owners,
    served: api_services::Served,
    /// The namespaces that are being deleted.
    ending: Mutex<BTreeSet<String>>,
    /// How many pods were given a node.
    bound: AtomicUsize,
}

impl Behavior {
    /// What is switched on now.
    pub(crate) fn settings(&self) -> Behaviors {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whose turn it is to get a pod.
    fn turn(&self) -> usize {
        self.bound.fetch_add(1, Ordering::Relaxed)
    }

    fn is_ending(&self, namespace: &str) -> bool {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner).contains(namespace)
    }

    fn set_ending(&self, namespace: &str, is: bool) {
        let mut ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        if is {
            ending.insert(namespace.to_owned());
        } else {
            ending.remove(namespace);
        }
    }
}

/// Switches behaviours on and off. What is there is looked at anew: O(objects).
pub(crate) fn set(core: &Core, behaviors: Behaviors) {
    let behavior = &core.behavior;
    *behavior.settings.lock().unwrap_or_else(PoisonError::into_inner) = behaviors;
    behavior.owners.clear();
    let settings = behavior.settings();
    if settings.idle() {
        return;
    }
    for table in core.store.tables() {
        let Some(kind) = core.kinds.of_table(&table) else { continue };
        for (key, stored) in core.store.list(&table, Range::default()).items {
            written(core, &kind, &key, None, Some(&stored));
        }
    }
}

/// An object was written: plans what follows.
pub(crate) fn written(
    core: &Core,
    kind: &Kind,
    key: &str,
    before: Option<&Stored>,
    after: Option<&Stored>,
) {
    let settings = core.behavior.settings();
    if settings.idle() {
        return;
    }
    let read = |stored: Option<&Stored>| stored.map(|stored| Meta::read(&stored.bytes));
    let (before, after) = (read(before), read(after));
    let change = Change {
        core,
        settings: &settings,
        place: (kind.table.clone(), key.into()),
        before: before.as_ref(),
        after: after.as_ref(),
    };
    core.behavior.owners.written(&change.place, change.before, change.after);
    garbage::plan(&change);
    namespaces::plan(&change);
    workloads::plan(&change);
}

/// A write, for those who plan what follows from it.
struct Change<'a> {
    core: &'a Core,
    settings: &'a Behaviors,
    place: (Arc<str>, Arc<str>),
    before: Option<&'a Meta>,
    after: Option<&'a Meta>,
}

impl Change<'_> {
    fn table(&self) -> &str {
        &self.place.0
    }

    /// Plans work on an object for now.
    fn plan(&self, work: Work, (table, key): (Arc<str>, Arc<str>)) {
        self.core.behavior.agenda.plan(self.core.moment(), Task { work, table, key });
    }

    /// Plans work on the object that was written for now.
    fn plan_here(&self, work: Work) {
        self.plan(work, self.place.clone());
    }
}

/// Does a task. What it is about may be gone, or no longer need it; behaviours that are off now do
/// nothing.
fn carry_out(core: &Core, task: &Task) {
    let settings = core.behavior.settings();
    match task.work {
        Work::Collect if settings.garbage_collection => garbage::collect(core, task),
        Work::EndNamespace if settings.namespace_deletion => namespaces::end(core, &task.key),
        Work::FillNamespace if settings.namespace_contents => namespaces::fill(core, &task.key),
        Work::Establish => definitions::establish(core, &task.key),
        Work::StartPod => workloads::start(core, task, &settings),
        Work::AdvancePod => workloads::advance(core, task, &settings),
        Work::EndPod => workloads::end(core, task),
        Work::Sync => workloads::sync(core, task, &settings),
        _ => {}
    }
}
