//! Defaults of workloads.

use super::Literal::{Bool, Int, Text};
use super::Rule::{Absent, At, Each, Empty, With};
use super::{field, pods::TEMPLATE, rule::Rules, volumes::CLAIM};
use serde_json::{Value, json};

pub(super) const DEPLOYMENT: Rules = &[
    Absent("spec.replicas", Int(1)),
    Empty("spec.strategy.type", Text("RollingUpdate")),
    With(deployment_steps),
    Absent("spec.revisionHistoryLimit", Int(10)),
    Absent("spec.progressDeadlineSeconds", Int(600)),
    At("spec.template", TEMPLATE),
];

fn deployment_steps(deployment: &mut Value) {
    if field::text(deployment, "spec.strategy.type") == "RollingUpdate" {
        absent(deployment, "spec.strategy.rollingUpdate.maxUnavailable", json!("25%"));
        absent(deployment, "spec.strategy.rollingUpdate.maxSurge", json!("25%"));
    }
}

fn absent(object: &mut Value, path: &str, value: Value) {
    if field::get(object, path).is_none() {
        field::put(object, path, value);
    }
}

pub(super) const DAEMON_SET: Rules = &[
    Empty("spec.updateStrategy.type", Text("RollingUpdate")),
    With(daemon_set_steps),
    Absent("spec.revisionHistoryLimit", Int(10)),
    At("spec.template", TEMPLATE),
];

fn daemon_set_steps(set: &mut Value) {
    if field::text(set, "spec.updateStrategy.type") == "RollingUpdate" {
        absent(set, "spec.updateStrategy.rollingUpdate.maxUnavailable", json!(1));
        absent(set, "spec.updateStrategy.rollingUpdate.maxSurge", json!(0));
    }
}

pub(super) const STATEFUL_SET: Rules = &[
    Empty("spec.podManagementPolicy", Text("OrderedReady")),
    With(stateful_set_steps),
    Empty("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", Text("Retain")),
    Empty("spec.persistentVolumeClaimRetentionPolicy.whenScaled", Text("Retain")),
    Absent("spec.replicas", Int(1)),
    Absent("spec.revisionHistoryLimit", Int(10)),
    At("spec.template", TEMPLATE),
    Each("spec.volumeClaimTemplates", CLAIM),
    Each("spec.volumeClaimTemplates", &[With(claim_is_named)]),
];

/// The steps have defaults if they are there, or if the type isn't named either.
fn stateful_set_steps(set: &mut Value) {
    let rolling = "spec.updateStrategy.rollingUpdate";
    if field::is_empty(set, "spec.updateStrategy.type") {
        field::put(set, "spec.updateStrategy.type", "RollingUpdate");
        absent(set, rolling, json!({}));
    }
    let rolls = field::text(set, "spec.updateStrategy.type") == "RollingUpdate";
    if rolls && field::get(set, rolling).is_some() {
        absent(set, "spec.updateStrategy.rollingUpdate.partition", json!(0));
        absent(set, "spec.updateStrategy.rollingUpdate.maxUnavailable", json!(1));
    }
}

/// Templates of claims have their kind written out.
fn claim_is_named(claim: &mut Value) {
    field::put(claim, "apiVersion", "v1");
    field::put(claim, "kind", "PersistentVolumeClaim");
}

pub(super) const REPLICA_SET: Rules =
    &[Absent("spec.replicas", Int(1)), At("spec.template", TEMPLATE)];

pub(super) const JOB: Rules = &[
    With(completions),
    With(backoff_limit),
    With(labels_of_the_template),
    At("spec", JOB_SPEC),
    Absent("spec.completionMode", Text("NonIndexed")),
    Absent("spec.suspend", Bool(false)),
    With(pod_replacement),
    Absent("spec.manualSelector", Bool(false)),
];

/// What a job and a cron job's template have in common.
const JOB_SPEC: Rules = &[
    Each("podFailurePolicy.rules", &[Each("onPodConditions", &[Empty("status", Text("True"))])]),
    At("template", TEMPLATE),
];

/// One pod once, unless one of the two numbers is given.
fn completions(job: &mut Value) {
    if field::get(job, "spec.parallelism").is_none() {
        absent(job, "spec.completions", json!(1));
    }
    absent(job, "spec.parallelism", json!(1));
}

fn backoff_limit(job: &mut Value) {
    let by_index = field::get(job, "spec.backoffLimitPerIndex").is_some();
    absent(job, "spec.backoffLimit", json!(if by_index { i32::MAX } else { 6 }));
}

fn labels_of_the_template(job: &mut Value) {
    let labels = field::get(job, "spec.template.metadata.labels").cloned();
    if let Some(labels) = labels
        && !field::is_zero(&labels)
        && field::is_empty(job, "metadata.labels")
    {
        field::put(job, "metadata.labels", labels);
    }
}

fn pod_replacement(job: &mut Value) {
    let failures = field::get(job, "spec.podFailurePolicy").is_some();
    let policy = if failures { "Failed" } else { "TerminatingOrFailed" };
    absent(job, "spec.podReplacementPolicy", json!(policy));
}

pub(super) const CRON_JOB: Rules = &[
    Empty("spec.concurrencyPolicy", Text("Allow")),
    Absent("spec.suspend", Bool(false)),
    Absent("spec.successfulJobsHistoryLimit", Int(3)),
    Absent("spec.failedJobsHistoryLimit", Int(1)),
    At("spec.jobTemplate.spec", JOB_SPEC),
];
