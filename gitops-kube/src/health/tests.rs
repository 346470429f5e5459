use super::*;
use HealthStatus::*;
use proptest::prelude::*;
use serde_json::json;

fn judge(kind: &str, object: Value) -> HealthStatus {
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    Kstatus::new().judge(&ObjectId::new(group, kind, "ns", "x"), &object).status
}

fn conditions(list: &[(&str, &str, &str)]) -> Value {
    list.iter()
        .map(|(kind, status, reason)| json!({"type": kind, "status": status, "reason": reason}))
        .collect()
}

#[test]
fn status_of_an_older_generation_is_no_news_for_any_kind_or_rule() {
    let object = json!({
        "metadata": {"generation": 2},
        "status": {"observedGeneration": 1, "conditions": conditions(&[("Ready", "True", "")])},
    });
    assert_eq!(judge("Widget.example.com", object.clone()), Progressing);
    let custom = Kstatus::new().rule("Widget.example.com", |_| Some(Health::healthy()));
    let id = ObjectId::new("example.com", "Widget", "", "x");
    assert_eq!(custom.judge(&id, &object).status, Progressing);
}

#[test]
fn conditions_decide_for_kinds_nobody_knows() {
    for (list, expected) in [
        (&[("Ready", "True", "")][..], Healthy),
        (&[("Ready", "False", "")], Progressing),
        (&[("Ready", "Unknown", "")], Progressing),
        (&[("Ready", "True", ""), ("Reconciling", "True", "")], Progressing),
        (&[("Ready", "False", ""), ("Stalled", "True", "")], Degraded),
        (&[("Stalled", "False", "")], Healthy),
        (&[], Healthy),
    ] {
        let object = json!({"status": {"conditions": conditions(list)}});
        assert_eq!(judge("Widget.example.com", object), expected, "{list:?}");
    }
}

#[test]
fn what_never_goes_on_by_itself_is_not_waited_for() {
    assert_eq!(judge("Deployment.apps", json!({"spec": {"paused": true}})), Suspended);
    assert_eq!(judge("Job.batch", json!({"spec": {"suspend": true}})), Suspended);
    for kind in ["StatefulSet.apps", "DaemonSet.apps"] {
        let object = json!({"spec": {"updateStrategy": {"type": "OnDelete"}}});
        assert_eq!(judge(kind, object), Healthy);
    }
}

#[test]
fn a_partitioned_stateful_set_waits_for_the_ordinals_above_the_partition() {
    let object = |updated| {
        json!({
            "spec": {"replicas": 5, "updateStrategy": {"rollingUpdate": {"partition": 3}}},
            "status": {"replicas": 5, "readyReplicas": 5, "updatedReplicas": updated,
                "currentRevision": "a", "updateRevision": "b"},
        })
    };
    assert_eq!(judge("StatefulSet.apps", object(1)), Progressing);
    assert_eq!(judge("StatefulSet.apps", object(2)), Healthy);
}

#[test]
fn a_deployment_past_its_deadline_is_degraded() {
    let object = json!({
        "spec": {"progressDeadlineSeconds": 600},
        "status": {"conditions": conditions(&[("Progressing", "False", "ProgressDeadlineExceeded")])},
    });
    assert_eq!(judge("Deployment.apps", object), Degraded);
}

#[test]
fn a_job_is_healthy_only_once_it_is_complete() {
    let running = json!({"status": {"startTime": "2020-01-01T00:00:00Z", "active": 1}});
    assert_eq!(judge("Job.batch", running), Progressing);
    let done = json!({"status": {"conditions": conditions(&[("Complete", "True", "")])}});
    assert_eq!(judge("Job.batch", done), Healthy);
    let failed = json!({"status": {"conditions": conditions(&[("Failed", "True", "Backoff")])}});
    assert_eq!(judge("Job.batch", failed), Degraded);
}

#[test]
fn a_crashing_pod_is_degraded_whichever_way_it_is_caught() {
    let pod = |state, last| {
        json!({"status": {"phase": "Running", "containerStatuses": [
            {"name": "main", "state": state, "lastState": last},
        ]}})
    };
    let exit = |code| json!({"terminated": {"exitCode": code}});
    let waiting = |reason| json!({"waiting": {"reason": reason}});
    assert_eq!(judge("Pod", pod(waiting("CrashLoopBackOff"), exit(1))), Degraded);
    assert_eq!(judge("Pod", pod(exit(1), exit(1))), Degraded);
    assert_eq!(judge("Pod", pod(exit(1), json!({}))), Progressing);
    assert_eq!(judge("Pod", pod(waiting("ImagePullBackOff"), json!({}))), Progressing);
}

#[test]
fn an_autoscaler_waits_for_metrics_but_not_for_a_correct_target() {
    let hpa = |list: &[(&str, &str, &str)]| {
        let object = json!({"status": {"conditions": conditions(list)}});
        judge("HorizontalPodAutoscaler.autoscaling", object)
    };
    assert_eq!(hpa(&[]), Progressing);
    assert_eq!(hpa(&[("AbleToScale", "True", "ReadyForNewScale")]), Healthy);
    assert_eq!(hpa(&[("AbleToScale", "False", "FailedGetScale")]), Degraded);
    let able = ("AbleToScale", "True", "SucceededGetScale");
    assert_eq!(hpa(&[able, ("ScalingActive", "False", "FailedGetResourceMetric")]), Progressing);
    assert_eq!(hpa(&[able, ("ScalingActive", "False", "InvalidSelector")]), Degraded);
    assert_eq!(hpa(&[able, ("ScalingActive", "False", "ScalingDisabled")]), Healthy);
}

#[test]
fn custom_rules_go_in_order_and_may_abstain() {
    let health = Kstatus::new()
        .rule("Pod", degraded_when("Cursed"))
        .rule("Pod", |pod| pod.is_true("/spec/blessed").then(Health::healthy));
    let id = ObjectId::new("", "Pod", "", "x");
    let status = |object: Value| health.judge(&id, &object).status;
    assert_eq!(status(json!({"spec": {"blessed": true}})), Healthy);
    let cursed = json!({"spec": {"blessed": true},
        "status": {"conditions": conditions(&[("Cursed", "True", "Why")])}});
    assert_eq!(status(cursed), Degraded);
    assert_eq!(status(json!({})), Progressing);
}

#[test]
fn messages_say_why_and_have_an_end() {
    let id = ObjectId::new("", "Widget", "", "x");
    let object = json!({"status": {"conditions": [
        {"type": "Ready", "status": "False", "reason": "Sad", "message": "ä".repeat(9000)},
    ]}});
    let health = Kstatus::new().judge(&id, &object);
    assert!(health.message.starts_with("Sad: ä"));
    assert_eq!(health.message.chars().count(), 501);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec!["", "True", "False", "Running", "Pending", "OnDelete"])
            .prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "metadata",
        "generation",
        "deletionTimestamp",
        "annotations",
        "spec",
        "replicas",
        "updateStrategy",
        "rollingUpdate",
        "partition",
        "type",
        "status",
        "conditions",
        "phase",
        "observedGeneration",
        "containerStatuses",
        "state",
        "waiting",
        "reason",
        "desiredNumberScheduled",
        "autoscaling.alpha.kubernetes.io/conditions",
        "message",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys.clone().prop_map(String::from), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Every object gets a verdict, whatever stands where.
    #[test]
    fn judging_is_total(object in json_value(), rule in 0..BUILT_IN.len()) {
        let (group, kind, _) = BUILT_IN[rule];
        let _ = Kstatus::new().judge(&ObjectId::new(group, kind, "", "x"), &object);
    }
}
