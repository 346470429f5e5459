//! The two strategies of a Deployment's rollout.

use super::{
    PODS,
    deployments::{Deployment, replicas},
    pods,
};
use crate::{builtin::defaults::field, status::Status};
use serde_json::Value;

fn available(set: &Value) -> i64 {
    field::number(set, "status.availableReplicas")
}

/// `RollingUpdate`: up with the new and down with the old, within the limits.
pub(super) fn rolling(deployment: &mut Deployment<'_, '_>) -> Result<(), Status> {
    deployment.find_new(true)?;
    if !scale_up(deployment)? && !scale_down(deployment)? && deployment.is_complete() {
        deployment.clean_up();
    }
    deployment.tell_progress();
    Ok(())
}

/// `Recreate`: the new come when all the old are gone.
pub(super) fn recreate(deployment: &mut Deployment<'_, '_>) -> Result<(), Status> {
    let mut scaled = false;
    for at in 0..deployment.old.len() {
        scaled |= deployment.resize_old(at, 0)?;
    }
    if !scaled && !old_pods(deployment) {
        deployment.find_new(true)?;
        scale_up(deployment)?;
        if deployment.is_complete() {
            deployment.clean_up();
        }
    }
    deployment.tell_progress();
    Ok(())
}

/// Whether there are pods of old templates that have not ended.
fn old_pods(deployment: &Deployment<'_, '_>) -> bool {
    let core = deployment.at.core();
    deployment.old.iter().any(|set| {
        let dependents = core.behavior.owners.dependents(crate::object::meta(set, "uid"));
        field::number(set, "status.replicas") > 0
            || dependents.iter().filter(|(table, _)| &**table == PODS).any(|(table, key)| {
                let stored = core.store.get(table, key);
                let pod = stored.and_then(|stored| serde_json::from_slice(&stored.bytes).ok());
                pod.is_some_and(|pod: Value| !pods::has_ended(&pod))
            })
    })
}

/// Gives the new ReplicaSet the size that it can have now; whether that is another.
fn scale_up(deployment: &mut Deployment<'_, '_>) -> Result<bool, Status> {
    let Some(have) = deployment.new.as_ref().map(replicas) else { return Ok(false) };
    let wanted = deployment.at.replicas();
    let size = if have > wanted { wanted } else { deployment.new_size(have) };
    if have == wanted { Ok(false) } else { deployment.resize_new(size) }
}

/// Makes old ReplicaSets smaller as far as enough pods stay available: first by the pods that are
/// of no use.
fn scale_down(deployment: &mut Deployment<'_, '_>) -> Result<bool, Status> {
    let Some(new) = &deployment.new else { return Ok(false) };
    let least = deployment.at.replicas() - deployment.max_unavailable();
    let total: i64 = deployment.all().map(replicas).sum();
    let budget = total - least - (replicas(new) - available(new));
    if budget <= 0 || deployment.old.iter().map(replicas).sum::<i64>() == 0 {
        return Ok(false);
    }
    let mut left = budget;
    let mut scaled = false;
    for at in 0..deployment.old.len() {
        let Some(set) = deployment.old.get(at) else { break };
        let useless = (replicas(set) - available(set)).clamp(0, left.max(0));
        let size = replicas(set) - useless;
        left -= useless;
        scaled |= deployment.resize_old(at, size)?;
    }
    let mut left = deployment.all().map(available).sum::<i64>() - least;
    for at in 0..deployment.old.len() {
        let Some(set) = deployment.old.get(at) else { break };
        let less = replicas(set).min(left.max(0));
        let size = replicas(set) - less;
        left -= less;
        scaled |= deployment.resize_old(at, size)?;
    }
    Ok(scaled)
}
