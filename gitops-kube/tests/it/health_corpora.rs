//! The health rules against the cases of cli-utils and Argo CD.

use crate::health_cases::{Case, cases, expect_failures, id};
use gitops_core::model::HealthStatus;
use gitops_kube::health::Kstatus;
use serde_json::Value;
use std::collections::BTreeMap;

fn judge(object: &Value) -> HealthStatus {
    Kstatus::new().judge(&id(object), object).status
}

/// Judges every case that `wanted` has an answer for.
fn run(cases: &[Case], wanted: impl Fn(&Case) -> Option<HealthStatus>) -> (usize, Failures) {
    let mut failed = Failures::new();
    let mut total = 0;
    for case in cases {
        let Some(wanted) = wanted(case) else { continue };
        total += 1;
        let verdict = judge(&case.object());
        if verdict != wanted {
            failed.insert(case.name.clone(), format!("{verdict}, theirs {wanted}"));
        }
    }
    (total, failed)
}

type Failures = BTreeMap<String, String>;

#[test]
fn kstatus() {
    let Some(cases) = cases("cliutils.jsonl", &["kstatus"]) else { return };
    let (total, failed) = run(&cases, |case| {
        let expected = case.yaml("expected.yaml");
        Some(match expected["status"].as_str().unwrap() {
            "Current" => HealthStatus::Healthy,
            "InProgress" => HealthStatus::Progressing,
            "Failed" => HealthStatus::Degraded,
            other => panic!("{other}"),
        })
    });
    assert_eq!(total, 41);
    expect_failures(
        "kstatus",
        total,
        &failed,
        &[
            ("kstatus_TestPodStatus_podCompletedFailed", "a failure must not look like success"),
            (
                "kstatus_TestPodStatus_podUnschedulable",
                "theirs needs a clock and gives up after 15 s; the engine's deadline does here",
            ),
        ],
    );
}

/// cli-utils can write its verdict into an object as conditions; the verdict is what is compared.
#[test]
fn kstatus_augment() {
    let Some(cases) = cases("cliutils.jsonl", &["kstatus-augment"]) else { return };
    let (total, failed) = run(&cases, |case| {
        let expected = case.yaml("expected.yaml");
        let conditions = expected["conditions"].as_array().unwrap();
        let reconciling = conditions.iter().any(|condition| condition["type"] == "Reconciling");
        Some(if reconciling { HealthStatus::Progressing } else { HealthStatus::Healthy })
    });
    assert_eq!(total, 3);
    expect_failures("kstatus-augment", total, &failed, &[]);
}

fn argo(case: &Case) -> Option<HealthStatus> {
    Some(match case.yaml("expected.yaml")["status"].as_str()? {
        "Healthy" => HealthStatus::Healthy,
        "Progressing" => HealthStatus::Progressing,
        "Degraded" => HealthStatus::Degraded,
        "Suspended" => HealthStatus::Suspended,
        other => panic!("{other}"),
    })
}

/// The rules that are built into Argo CD. For three custom resources it has none (`null`), and
/// nothing is compared.
#[test]
fn argo_built_in() {
    let Some(cases) = cases("argo.jsonl", &["health"]) else { return };
    let (total, failed) = run(&cases, argo);
    assert_eq!((cases.len(), total), (31, 28));
    let pod = "kstatus: ready is ready, whatever the restart policy";
    expect_failures(
        "argo health",
        total,
        &failed,
        &[
            (
                "health_hpa-v1-degraded-failedgetobjectmetric.yaml",
                "metrics of new pods come late: not a failure yet",
            ),
            ("health_pod-running-restart-never-hook-with-ignore-annotation.yaml", pod),
            (
                "health_pod-running-restart-never-with-ignore-annotation-backoff.yaml",
                "kstatus: the kubelet tries again to pull",
            ),
            ("health_pod-running-restart-never.yaml", pod),
            (
                "health_svc-loadbalancer-unassigned.yaml",
                "kstatus: clusters without a provider never give an address",
            ),
        ],
    );
}

/// Argo CD's scripts for kinds that Kubernetes brings along.
#[test]
fn argo_scripts_for_built_in_kinds() {
    let Some(mut cases) = cases("argo.jsonl", &["lua-health"]) else { return };
    let groups = ["apps", "batch", "autoscaling", "policy", "apiextensions.k8s.io"];
    let prefixes = groups.map(|group| format!("lua-health_{group}_"));
    cases.retain(|case| prefixes.iter().any(|prefix| case.name.starts_with(prefix)));
    let (total, failed) = run(&cases, argo);
    assert_eq!(total, 11);
    expect_failures(
        "argo lua-health, built-in kinds",
        total,
        &failed,
        &[
            (
                "lua-health_apiextensions.k8s.io_CustomResourceDefinition_crd-v1-non-structual-degraded.yaml",
                "kstatus: it is established and served",
            ),
            (
                "lua-health_batch_CronJob_degraded.yaml",
                "kstatus: the schedule is in place, the next run may do better",
            ),
        ],
    );
}
