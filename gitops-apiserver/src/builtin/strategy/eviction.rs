//! Evictions: deletions of pods that honour disruption budgets.

use super::conditions;
use crate::builtin::defaults::field;
use crate::status::{Cause, Status};
use serde_json::{Value, json};

/// How many disruptions a budget may have that nobody has confirmed.
const MOST_PENDING: usize = 2000;
const REFUSED: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

/// A pod may be evicted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evicted {
    /// The budget that allows it, with its new status; it is stored unless this is a dry run.
    pub budget: Option<Value>,
    /// Whether the pod may only be deleted as it is now: it has been decided by its state. That is
    /// so if the client gives no resource version of its own.
    pub as_it_is: bool,
}

/// Decides about an eviction.
///
/// `budgets` are those of the pod's namespace that select it, by name; `now` is in RFC 3339. Before
/// the pod is deleted with the eviction's options, [`mark_evicted`] is to be applied and stored.
///
/// # Errors
/// The server's answer: 429 where a budget forbids it now, 500 where there are several.
pub fn evict(pod: &Value, budgets: &[Value], now: &str) -> Result<Evicted, Status> {
    let phase = field::text(pod, "status.phase");
    let leaving = field::get(pod, "metadata.deletionTimestamp").is_some();
    let over = matches!(phase, "Succeeded" | "Failed") || leaving;
    if over || phase == "Pending" {
        return Ok(Evicted { budget: None, as_it_is: !over });
    }
    let budget = match budgets {
        [] => return Ok(Evicted::default()),
        [budget] => budget,
        _ => {
            let why = "This pod has more than one PodDisruptionBudget, which the eviction \
                       subresource does not support.";
            return Err(Status::new(500, "", why));
        }
    };
    let healthy = field::number(budget, "status.currentHealthy");
    let desired = field::number(budget, "status.desiredHealthy");
    let always = field::text(budget, "spec.unhealthyPodEvictionPolicy") == "AlwaysAllow";
    if !is_ready(pod) && (always || (healthy >= desired && desired > 0)) {
        return Ok(Evicted { budget: None, as_it_is: true });
    }
    let budget = use_up(budget, field::text(pod, "metadata.name"), now)?;
    Ok(Evicted { budget: Some(budget), as_it_is: false })
}

fn is_ready(pod: &Value) -> bool {
    field::items(pod, "status.conditions").iter().any(|condition| {
        field::text(condition, "type") == "Ready" && field::text(condition, "status") == "True"
    })
}

fn because(mut status: Status, message: String) -> Status {
    let cause = Cause { reason: "DisruptionBudget".to_owned(), message, field: String::new() };
    status.details.get_or_insert_default().causes.push(cause);
    status
}

/// One disruption less.
fn use_up(budget: &Value, pod: &str, now: &str) -> Result<Value, Status> {
    let name = field::text(budget, "metadata.name");
    let at = |path| field::number(budget, path);
    if at("status.observedGeneration") < at("metadata.generation") {
        let message =
            format!("The disruption budget {name} is still being processed by the server.");
        return Err(because(Status::too_many_requests(REFUSED, 10), message));
    }
    let allowed = at("status.disruptionsAllowed");
    let pending = field::get(budget, "status.disruptedPods").and_then(Value::as_object);
    let forbidden = |why: &str, because_of: &str| {
        let status = Status::forbidden("policy", "poddisruptionbudget", name, why);
        let message = format!(
            "The disruption budget {name} does not allow evicting pods currently: {because_of}"
        );
        Err(because(status, message))
    };
    if allowed < 0 {
        let why = "pdb disruptions allowed is negative";
        return forbidden(why, why);
    }
    if pending.is_some_and(|pending| pending.len() > MOST_PENDING) {
        return forbidden(
            "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
            "too many pending evictions not confirmed by PDB controller",
        );
    }
    if allowed == 0 {
        return Err(because(Status::too_many_requests(REFUSED, 0), none_left(budget, name)));
    }
    let mut budget = budget.clone();
    field::put(&mut budget, "status.disruptionsAllowed", allowed - 1);
    if allowed == 1 {
        not_allowed_any_more(&mut budget, now);
    }
    if let Some(pods) = field::map_mut(&mut budget, "status.disruptedPods") {
        pods.insert(pod.to_owned(), now.into());
    }
    Ok(budget)
}

fn none_left(budget: &Value, name: &str) -> String {
    let conditions = field::items(budget, "status.conditions");
    let allowed = conditions.iter().find(|one| field::text(one, "type") == "DisruptionAllowed");
    let said = allowed
        .filter(|one| field::text(one, "status") == "False" && !field::is_empty(one, "message"))
        .map(|one| (field::text(one, "reason"), field::text(one, "message")));
    let healthy = field::number(budget, "status.currentHealthy");
    let desired = field::number(budget, "status.desiredHealthy");
    let not = format!("The disruption budget {name} does not allow evicting pods currently");
    match said {
        Some(("SyncFailed", message)) => format!("{not} because it failed sync: {message}"),
        _ if healthy <= desired => format!(
            "The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
        ),
        Some((reason, message)) => format!("{not} ({reason}): {message}"),
        None => not,
    }
}

fn not_allowed_any_more(budget: &mut Value, now: &str) {
    let mut conditions = field::items(budget, "status.conditions").to_vec();
    let mut condition = json!({
        "type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods",
        "message": "", "lastTransitionTime": now,
    });
    field::copy(
        &mut condition,
        "observedGeneration",
        &json!({
            "observedGeneration": field::get(budget, "status.observedGeneration"),
        }),
    );
    let is = |one: &&mut Value| field::text(one, "type") == "DisruptionAllowed";
    match conditions.iter_mut().find(is) {
        Some(before) => {
            if field::text(before, "status") == "False" {
                field::copy(&mut condition, "lastTransitionTime", before);
            }
            *before = condition;
        }
        None => conditions.push(condition),
    }
    field::put(budget, "status.conditions", conditions);
}

/// Notes in a pod's status that it is being evicted.
pub fn mark_evicted(pod: &mut Value, now: &str) {
    let why = Some(("EvictionByEvictionAPI", "Eviction API: evicting"));
    conditions::set(pod, "DisruptionTarget", "True", why, now);
}
