//! Health of Kubernetes objects, by the rules of kstatus.
//!
//! [`Kstatus`] judges in this order; the first that has something to say decides:
//!
//! 1. deletion has begun: Terminating
//! 2. `status.observedGeneration` is not `metadata.generation`: Progressing
//! 3. custom rules for the kind ([`Kstatus::rule`])
//! 4. condition `Reconciling` is true: Progressing; `Stalled` is true: Degraded
//! 5. the built-in rule of the kind
//! 6. condition `Ready`: true is Healthy, anything else Progressing
//! 7. Healthy
//!
//! The source is `sigs.k8s.io/cli-utils`, `pkg/kstatus/status`: Current is called Healthy here,
//! InProgress Progressing, Failed Degraded. Fields of the wrong type count as absent, so that every
//! object gets a verdict. All rules are pure and look at no clock.
//!
//! Where kstatus and Argo CD disagree, kstatus is followed, except where the table says otherwise.
//!
//! | object | kstatus | Argo CD | here, and why |
//! |---|---|---|---|
//! | Job that runs | Current | Progressing | Progressing (Flux too): what waits for a migration waits for its end |
//! | Job with `suspend` | Current | Suspended | Suspended, the same with its own word |
//! | Deployment with `paused` | as if not paused | Suspended | Suspended: it would be in progress for ever |
//! | Pod that failed | Current | Degraded | Degraded: a failure must not look like success |
//! | Pod that is unschedulable | Failed after 15 s | Progressing | Progressing with the reason: it passes where nodes are added or volumes bound on demand, and the engine's deadline ends the wait |
//! | Pod, `restartPolicy: Never`, ready | Current | Progressing | Healthy |
//! | Pod that can't pull its image | InProgress | Degraded | Progressing with the reason: the kubelet tries again |
//! | Pod with a container that has crashed again | InProgress, Failed between two starts | Degraded | Degraded in both moments: no flapping |
//! | DaemonSet with `OnDelete` | waits for updated pods | Healthy | Healthy, as kstatus has it for StatefulSets: nothing goes on by itself |
//! | Service of type LoadBalancer without an address | Current | Progressing | Healthy: clusters without a provider never give one |
//! | Ingress without an address | Current | Progressing | Healthy, likewise |
//! | CronJob whose last run failed | Current | Degraded | Healthy: the schedule is in place, the next run may do better |
//! | Definition with a non-structural schema | Current | Degraded | Healthy: it is served |
//! | APIService | Current | by condition Available | Progressing until Available: it hides a part of the API |
//! | HorizontalPodAutoscaler | Current | by its conditions | by its conditions; metrics that can't be had *yet* are Progressing, not Degraded |
//! | PodDisruptionBudget | Current | by its condition | Progressing before its first status, Degraded when its sync fails |

mod autoscaler;
mod definition;
mod generic;
mod job;
mod pod;
mod policy;
mod reading;
mod rule;
mod service;
mod storage;
mod workload;

pub use reading::{Condition, Reading};
pub use rule::{degraded_when, healthy_when};

use gitops_core::{
    model::{Health, HealthStatus, Live, ObjectId},
    stage::Assessor,
};
use rule::Rule;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// Judges health by the rules of kstatus (see the [module](self)).
///
/// ```
/// use gitops_core::model::{Health, HealthStatus, ObjectId};
/// use gitops_kube::health::{Kstatus, degraded_when, healthy_when};
/// use serde_json::json;
///
/// let health = Kstatus::new()
///     .rule("Database.example.com", degraded_when("Broken"))
///     .rule("Database.example.com", healthy_when("Serving"))
///     .rule("Flag.example.com", |flag| {
///         (flag.text("/status/phase") == Some("Off")).then(|| {
///             Health::new(HealthStatus::Suspended, "switched off")
///         })
///     });
/// let id = ObjectId::new("example.com", "Database", "shop", "orders");
/// let live = json!({"status": {"conditions": [{"type": "Serving", "status": "True"}]}});
/// assert_eq!(health.judge(&id, &live), Health::healthy());
/// ```
#[derive(Clone, Default)]
pub struct Kstatus {
    rules: BTreeMap<String, Vec<Rule>>,
}

impl Kstatus {
    /// The built-in rules.
    pub fn new() -> Self {
        Kstatus::default()
    }

    /// Adds a rule for a kind, written `Kind.group` (`Kind` alone for the core group). It comes
    /// before the built-in rules and after the rules that were added for this kind before; `None`
    /// leaves the verdict to the next one. It must be pure. Deletion and outdated status are seen
    /// to before it is asked.
    #[must_use]
    pub fn rule(
        mut self,
        kind: &str,
        rule: impl Fn(&Reading<'_>) -> Option<Health> + Send + Sync + 'static,
    ) -> Self {
        self.rules.entry(kind.to_owned()).or_default().push(Rule::new(rule));
        self
    }

    /// Judges an object as the API server gives it. O(size of its status).
    pub fn judge(&self, id: &ObjectId, object: &Value) -> Health {
        let object = Reading::new(object);
        generic::outdated(&object)
            .or_else(|| self.custom(id).iter().find_map(|rule| rule.judge(&object)))
            .or_else(|| generic::standard_conditions(&object))
            .or_else(|| built_in(id).map(|rule| rule(&object)))
            .or_else(|| generic::ready_condition(&object))
            .unwrap_or_else(Health::healthy)
    }

    fn custom(&self, id: &ObjectId) -> &[Rule] {
        let kind = match id.group() {
            "" => id.kind().to_owned(),
            group => format!("{}.{group}", id.kind()),
        };
        self.rules.get(&kind).map_or(&[], Vec::as_slice)
    }
}

impl Assessor for Kstatus {
    fn assess(&self, id: &ObjectId, live: &Live) -> Health {
        if live.terminating {
            return Health::new(HealthStatus::Terminating, "being deleted");
        }
        // They have no status and may be large: don't parse them.
        let plain = matches!((id.group(), id.kind()), ("", "ConfigMap" | "Secret"));
        if plain && self.custom(id).is_empty() {
            return Health::healthy();
        }
        self.judge(id, &live.document.value())
    }
}

impl fmt::Debug for Kstatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kstatus").field("custom", &self.rules.keys()).finish()
    }
}

type BuiltIn = fn(&Reading<'_>) -> Health;

fn built_in(id: &ObjectId) -> Option<BuiltIn> {
    let rule = BUILT_IN.iter().find(|(group, kind, _)| (id.group(), id.kind()) == (group, kind));
    rule.map(|(_, _, rule)| *rule)
}

/// By group and kind. Kinds that are healthy as soon as they are there are listed where a `Ready`
/// condition of theirs would otherwise be looked for in vain.
const BUILT_IN: &[(&str, &str, BuiltIn)] = &[
    ("", "PersistentVolumeClaim", storage::claim),
    ("", "Pod", pod::pod),
    ("", "Service", service::service),
    ("apiextensions.k8s.io", "CustomResourceDefinition", definition::definition),
    ("apiregistration.k8s.io", "APIService", service::api_service),
    ("apps", "DaemonSet", workload::daemon_set),
    ("apps", "Deployment", workload::deployment),
    ("apps", "ReplicaSet", workload::replica_set),
    ("apps", "StatefulSet", workload::stateful_set),
    ("autoscaling", "HorizontalPodAutoscaler", autoscaler::autoscaler),
    ("batch", "CronJob", |_| Health::healthy()),
    ("batch", "Job", job::job),
    ("policy", "PodDisruptionBudget", policy::disruption_budget),
];

fn progressing(why: impl Into<String>) -> Health {
    Health::new(HealthStatus::Progressing, why.into())
}

fn degraded(why: impl Into<String>) -> Health {
    Health::new(HealthStatus::Degraded, why.into())
}

fn suspended(why: &str) -> Health {
    Health::new(HealthStatus::Suspended, why)
}

#[cfg(test)]
mod tests;
