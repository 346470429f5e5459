//! What runs pods.

use super::{
    Cell::{
        self, Age, Containers, Count, Images, Labels, Name, Number, Of, Selector, Text, TextOr,
    },
    Row, text,
};
use crate::table::{human, selector};
use serde_json::{Value, json};

const POD_SPEC: &str = "/spec/template/spec/containers";
const CRON_SPEC: &str = "/spec/jobTemplate/spec/template/spec/containers";

pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    Some(match (group, kind) {
        ("", "PodTemplate") => &[
            Name,
            Containers("/template/spec/containers"),
            Images("/template/spec/containers"),
            Labels("/template/metadata/labels"),
        ],
        ("", "ReplicationController") => &[
            Name,
            Number("/spec/replicas"),
            Number("/status/replicas"),
            Number("/status/readyReplicas"),
            Age,
            Containers(POD_SPEC),
            Images(POD_SPEC),
            Labels("/spec/selector"),
        ],
        ("apps", "ReplicaSet") => &[
            Name,
            Number("/spec/replicas"),
            Number("/status/replicas"),
            Number("/status/readyReplicas"),
            Age,
            Containers(POD_SPEC),
            Images(POD_SPEC),
            Selector("/spec/selector"),
        ],
        ("apps", "Deployment") => &[
            Name,
            Of(ready_of_wanted),
            Number("/status/updatedReplicas"),
            Number("/status/availableReplicas"),
            Age,
            Containers(POD_SPEC),
            Images(POD_SPEC),
            Of(|row| json!(selector::text(row.at("/spec/selector")).unwrap_or("<invalid>".into()))),
        ],
        ("apps", "StatefulSet") => {
            &[Name, Of(ready_of_wanted), Age, Containers(POD_SPEC), Images(POD_SPEC)]
        }
        ("apps", "DaemonSet") => &[
            Name,
            Number("/status/desiredNumberScheduled"),
            Number("/status/currentNumberScheduled"),
            Number("/status/numberReady"),
            Number("/status/updatedNumberScheduled"),
            Number("/status/numberAvailable"),
            Labels("/spec/template/spec/nodeSelector"),
            Age,
            Containers(POD_SPEC),
            Images(POD_SPEC),
            Selector("/spec/selector"),
        ],
        ("apps", "ControllerRevision") => &[Name, Of(controller), Number("/revision"), Age],
        ("batch", "Job") => &[
            Name,
            Of(job_status),
            Of(completions),
            Of(job_duration),
            Age,
            Containers(POD_SPEC),
            Images(POD_SPEC),
            Selector("/spec/selector"),
        ],
        ("batch", "CronJob") => &[
            Name,
            Text("/spec/schedule"),
            TextOr("/spec/timeZone", "<none>"),
            Of(suspended),
            Count("/status/active"),
            Of(last_schedule),
            Age,
            Containers(CRON_SPEC),
            Images(CRON_SPEC),
            Selector("/spec/jobTemplate/spec/selector"),
        ],
        _ => return None,
    })
}

fn ready_of_wanted(row: &Row<'_>) -> Value {
    json!(format!("{}/{}", row.number("/status/readyReplicas"), row.number("/spec/replicas")))
}

/// `deployment.apps/name`.
fn controller(row: &Row<'_>) -> Value {
    let owners = row.list("/metadata/ownerReferences").iter();
    let controls = |owner: &&Value| owner.get("controller") == Some(&Value::Bool(true));
    let Some(owner) = owners.into_iter().find(controls) else { return json!("<none>") };
    let kind = match text(owner, "apiVersion").split_once('/') {
        Some((group, _)) => format!("{}.{group}", text(owner, "kind")),
        None => text(owner, "kind").to_owned(),
    };
    json!(format!("{}/{}", kind.to_lowercase(), text(owner, "name")))
}

fn job_status(row: &Row<'_>) -> Value {
    let is = |kind: &str| row.condition(kind).is_some_and(|one| text(one, "status") == "True");
    json!(match () {
        () if is("Complete") => "Complete",
        () if is("Failed") => "Failed",
        () if row.is_deleted() => "Terminating",
        () if is("Suspended") => "Suspended",
        () if is("FailureTarget") => "FailureTarget",
        () if is("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    })
}

fn completions(row: &Row<'_>) -> Value {
    let succeeded = row.number("/status/succeeded");
    json!(match (row.at("/spec/completions"), row.number("/spec/parallelism")) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallel) if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
        (None, _) => format!("{succeeded}/1"),
    })
}

fn job_duration(row: &Row<'_>) -> Value {
    json!(match (row.text("/status/startTime"), row.text("/status/completionTime")) {
        ("", _) => String::new(),
        (_, "") => row.age("/status/startTime"),
        (start, end) => human::between(start, end).unwrap_or_default(),
    })
}

fn suspended(row: &Row<'_>) -> Value {
    json!(match row.at("/spec/suspend") {
        Some(Value::Bool(true)) => "True",
        Some(_) => "False",
        None => "<unset>",
    })
}

fn last_schedule(row: &Row<'_>) -> Value {
    match row.at("/status/lastScheduleTime") {
        Some(_) => json!(row.age("/status/lastScheduleTime")),
        None => json!("<none>"),
    }
}
