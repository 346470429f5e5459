//! Workloads: what their controllers, the scheduler and the kubelets make of them.

mod controller;
mod daemon_sets;
mod deployments;
mod jobs;
mod pod_status;
mod pods;
mod replicas;
mod revisions;
mod rollout;
mod scaling;
mod stateful_sets;

pub(super) use pods::{advance, end, start};

use super::{
    Behaviors, Change, Jobs, Workloads,
    agenda::{Task, Work},
    garbage::place_of,
};
use crate::core::Core;
use controller::Controller;

const PODS: &str = "pods";
const NODES: &str = "nodes";
const DEPLOYMENTS: &str = "apps/deployments";
const REPLICA_SETS: &str = "apps/replicasets";
const REPLICATION_CONTROLLERS: &str = "replicationcontrollers";
const STATEFUL_SETS: &str = "apps/statefulsets";
const DAEMON_SETS: &str = "apps/daemonsets";
const JOBS: &str = "batch/jobs";

/// Plans what follows for workloads.
pub(super) fn plan(change: &Change<'_>) {
    let (workloads, jobs) =
        (change.settings.workloads != Workloads::Off, change.settings.jobs != Jobs::Off);
    if !workloads && !jobs {
        return;
    }
    match change.table() {
        PODS => pods::plan(change),
        DEPLOYMENTS | REPLICA_SETS | REPLICATION_CONTROLLERS | STATEFUL_SETS | DAEMON_SETS
            if workloads && change.after.is_some() =>
        {
            change.plan_here(Work::Sync);
        }
        JOBS if jobs && change.after.is_some() => change.plan_here(Work::Sync),
        // A node more or less, not its heartbeat.
        NODES if workloads && change.before.is_none() != change.after.is_none() => {
            for (key, _) in change.core.store.list(DAEMON_SETS, Default::default()).items {
                change.plan(Work::Sync, (DAEMON_SETS.into(), key));
            }
        }
        _ => {}
    }
    // Whoever controls what was written looks at it.
    for meta in change.before.iter().chain(change.after.iter()) {
        let owner = meta.controller().filter(|owner| {
            matches!(&*owner.kind, "Deployment" | "ReplicaSet" | "ReplicationController")
                || matches!(&*owner.kind, "StatefulSet" | "DaemonSet" | "Job")
        });
        let place = owner.and_then(|owner| place_of(change.core, owner, &meta.namespace));
        if let Some((_, place)) = place {
            change.plan(Work::Sync, place);
        }
    }
}

/// Lets the controller of its kind look at an object.
pub(super) fn sync(core: &Core, task: &Task, settings: &Behaviors) {
    let workloads = settings.workloads != Workloads::Off;
    let (account, act): (_, fn(&mut Controller<'_>)) = match &*task.table {
        DEPLOYMENTS if workloads => {
            ("system:serviceaccount:kube-system:deployment-controller", deployments::sync)
        }
        REPLICA_SETS if workloads => {
            ("system:serviceaccount:kube-system:replicaset-controller", replicas::sync)
        }
        REPLICATION_CONTROLLERS if workloads => {
            ("system:serviceaccount:kube-system:replication-controller", replicas::sync)
        }
        STATEFUL_SETS if workloads => {
            ("system:serviceaccount:kube-system:statefulset-controller", stateful_sets::sync)
        }
        DAEMON_SETS if workloads => {
            ("system:serviceaccount:kube-system:daemon-set-controller", daemon_sets::sync)
        }
        JOBS if settings.jobs != Jobs::Off => {
            ("system:serviceaccount:kube-system:job-controller", jobs::sync)
        }
        _ => return,
    };
    if let Some(mut controller) = Controller::of(core, task, account) {
        act(&mut controller);
    }
}
