//! Deployments, ReplicaSets, DaemonSets, StatefulSets and replication controllers.

use super::internal;
use super::pod::{template, template_metadata};
use super::rules::{
    self, count_or_share, count_or_share_value, immutable_in_memory, immutable_text,
    share_of_100_at_most,
};
use super::spot::{Rule, Spot, below};
use super::{format, storage};
use crate::names::LabelSelector;
use serde_json::{Value, json};

pub(super) const DEPLOYMENT: &[Rule] = &[
    ("spec.replicas", rules::non_negative),
    ("spec.selector", |at| selector(at, "empty selector is invalid for deployment")),
    ("spec", |at| template_of_replicas(at, "invalid label selector")),
    ("spec.strategy", deployment_strategy),
    ("spec.minReadySeconds", rules::non_negative),
    ("spec.revisionHistoryLimit", rules::non_negative),
    ("spec", progress_deadline),
];

pub(super) const REPLICA_SET: &[Rule] = &[
    ("spec.replicas", rules::non_negative),
    ("spec.minReadySeconds", rules::non_negative),
    ("spec.selector", |at| selector(at, "empty selector is invalid for deployment")),
    ("spec", |at| template_of_replicas(at, "invalid label selector")),
];

pub(super) const DAEMON_SET: &[Rule] = &[
    ("spec.selector", rules::label_selector),
    ("spec", daemons_selected),
    ("spec.selector", |at| {
        at.given_then(|at| not_empty(at, "empty selector is invalid for daemonset"));
    }),
    ("spec.template", template),
    ("spec", |at| runs_always(at, "DaemonSet")),
    ("spec.minReadySeconds", rules::non_negative),
    ("spec.updateStrategy", daemon_strategy),
    ("spec.revisionHistoryLimit", rules::non_negative),
];

pub(super) const STATEFUL_SET: &[Rule] = &[
    ("spec.podManagementPolicy", |at| match at.text() {
        "" => at.required(""),
        "OrderedReady" | "Parallel" => {}
        _ => at.invalid("must be 'OrderedReady' or 'Parallel'"),
    }),
    ("spec.updateStrategy", stateful_strategy),
    ("spec.persistentVolumeClaimRetentionPolicy", |at| {
        for name in ["whenDeleted", "whenScaled"] {
            at.given_then(|at| {
                // Both are shown in the place of the whole.
                if !matches!(at.at(name).text(), "Retain" | "Delete") {
                    at.at(name).unsupported(at.at(name).text(), &["Retain", "Delete"]);
                }
            });
        }
    }),
    ("spec.volumeClaimTemplates[]", |at| storage::claim_spec(&at.at("spec"), false)),
    ("spec.replicas", rules::non_negative),
    ("spec.minReadySeconds", rules::non_negative),
    ("spec.ordinals.start", rules::non_negative),
    ("spec.serviceName", |at| at.in_format_if_any(format::label)),
    ("spec.selector", |at| selector(at, "empty selector is invalid for statefulset")),
    ("spec", stateful_template),
    ("spec", |at| runs_always(at, "StatefulSet")),
];

pub(super) const REPLICATION_CONTROLLER: &[Rule] =
    &[("spec.selector", rules::required), ("spec", controller_template)];

/// What the server declares of replication controllers, and says after all else.
pub(super) const REPLICATION_CONTROLLER_DECLARED: &[Rule] = &[
    ("metadata.name", |at| at.in_format_if_any(format::long_name)),
    ("spec.replicas", |at| if at.given() { rules::non_negative(at) } else { at.required("") }),
    ("spec.minReadySeconds", rules::non_negative),
];

/// A selector that must be there and select something.
fn selector(at: &Spot, empty: &str) {
    if !at.given() {
        return at.required("");
    }
    rules::label_selector(at);
    not_empty(at, empty);
}

fn not_empty(at: &Spot, message: &str) {
    if rules::has_no_term(at.value()) {
        at.invalid_in_memory("v1.LabelSelector", message);
    }
}

/// A template whose labels the selector selects. Looks at the spec; `malformed` is said of
/// selectors that are none.
fn selected(spec: &Spot, malformed: &str) -> bool {
    let selector = spec.at("selector");
    let labels = spec.at("template.metadata.labels");
    match LabelSelector::from_object(Some(selector.value())) {
        Err(_) => {
            selector.invalid_in_memory("v1.LabelSelector", malformed);
            return false;
        }
        Ok(found) => {
            if !found.is_empty() && !found.matches_labels(labels.value().as_object()) {
                labels.invalid("`selector` does not match template `labels`");
            }
        }
    }
    true
}

fn template_of_replicas(spec: &Spot, malformed: &str) {
    if selected(spec, malformed) {
        template(&spec.at("template"));
        runs_always(spec, "ReplicaSet");
    }
}

/// Pods of a kind that keeps them running start anew always, and have no deadline.
fn runs_always(spec: &Spot, kind: &str) {
    let pod = spec.at("template");
    pod.at("spec.restartPolicy").one_of(&["Always"]);
    pod.at("spec.activeDeadlineSeconds").given_then(|at| {
        at.forbidden(&format!("activeDeadlineSeconds in {kind} is not Supported"));
    });
}

fn progress_deadline(spec: &Spot) {
    let at = spec.at("progressDeadlineSeconds");
    if at.given() {
        rules::non_negative(&at);
        if at.number() <= spec.at("minReadySeconds").number() {
            at.invalid("must be greater than minReadySeconds");
        }
    }
}

fn deployment_strategy(at: &Spot) {
    let rolling = at.at("rollingUpdate");
    match at.at("type").text() {
        "Recreate" if rolling.given() => {
            rolling.forbidden("may not be specified when strategy `type` is 'Recreate'");
        }
        "Recreate" => {}
        "RollingUpdate" if !rolling.given() => {
            rolling.required("this should be defaulted and never be nil");
        }
        "RollingUpdate" => {
            let (out, surge) = (rolling.at("maxUnavailable"), rolling.at("maxSurge"));
            count_or_share(&out);
            count_or_share(&surge);
            if count_or_share_value(out.value()) == 0 && count_or_share_value(surge.value()) == 0 {
                out.invalid("may not be 0 when `maxSurge` is 0");
            }
            share_of_100_at_most(&out);
        }
        _ => at.unsupported(
            internal::shown(at.value(), "apps.DeploymentStrategy"),
            &["Recreate", "RollingUpdate"],
        ),
    }
}

fn daemon_strategy(at: &Spot) {
    let rolling = at.at("rollingUpdate");
    match at.at("type").text() {
        "OnDelete" => {}
        "RollingUpdate" if !rolling.given() => rolling.required(""),
        "RollingUpdate" => {
            let (out, surge) = (rolling.at("maxUnavailable"), rolling.at("maxSurge"));
            count_or_share(&out);
            count_or_share(&surge);
            share_of_100_at_most(&out);
            share_of_100_at_most(&surge);
            let some = |at: &Spot| count_or_share_value(at.value()) != 0;
            match (some(&out), some(&surge)) {
                (true, true) => surge.invalid("may not be set when maxUnavailable is non-zero"),
                (false, false) => out.required("cannot be 0 when maxSurge is 0"),
                _ => {}
            }
        }
        _ => at.unsupported(
            internal::shown(at.value(), "apps.DaemonSetUpdateStrategy"),
            &["RollingUpdate", "OnDelete"],
        ),
    }
}

fn stateful_strategy(at: &Spot) {
    let rolling = at.at("rollingUpdate");
    match at.at("type").text() {
        "" => at.required(""),
        "OnDelete" => rolling.given_then(|rolling| {
            let shown = internal::shown(rolling.value(), "apps.RollingUpdateStatefulSetStrategy");
            rolling.invalid_as(shown, "only allowed for updateStrategy 'RollingUpdate'");
        }),
        "RollingUpdate" => {
            rules::non_negative(&rolling.at("partition"));
            rolling.at("maxUnavailable").given_then(|at| {
                count_or_share(at);
                if count_or_share_value(at.value()) == 0 {
                    at.invalid("cannot be 0");
                }
                share_of_100_at_most(at);
            });
        }
        _ => at.invalid_in_memory(
            "apps.StatefulSetUpdateStrategy",
            "must be 'RollingUpdate' or 'OnDelete'",
        ),
    }
}

fn stateful_template(spec: &Spot) {
    if !selected(spec, "") {
        return;
    }
    // What a StatefulSet gives its pods, their names and volumes, counts as theirs.
    let mut value = below(spec.value(), "template").clone();
    let claims = below(spec.value(), "volumeClaimTemplates").as_array();
    let claims: Vec<&str> = claims
        .into_iter()
        .flatten()
        .map(|claim| rules::below_text(claim, "metadata.name"))
        .collect();
    if let Some(pod) = value.get_mut("spec").and_then(Value::as_object_mut) {
        pod.remove("subdomain");
        pod.remove("hostname");
        if !claims.is_empty() {
            let volumes = pod.remove("volumes").unwrap_or_default();
            let own = volumes.as_array().cloned().unwrap_or_default();
            let own = own
                .into_iter()
                .filter(|volume| !claims.contains(&rules::below_text(volume, "name")));
            let mut unique: Vec<&str> = claims.clone();
            unique.sort_unstable();
            unique.dedup();
            let given = unique
                .iter()
                .map(|name| json!({"name": name, "persistentVolumeClaim": {"claimName": name}}));
            pod.insert("volumes".to_owned(), given.chain(own).collect());
        }
    }
    let at = spec.at("template");
    let at = at.with(&value);
    template(&at);
    template_metadata(&at);
}

fn controller_template(spec: &Spot) {
    let at = spec.at("template");
    if !at.given() {
        return at.required("");
    }
    let (labels, wanted) = (at.at("metadata.labels"), spec.at("selector"));
    let all = wanted.entries().all(|(key, value)| labels.key(key).value() == value.value());
    if !all {
        labels.invalid("`selector` does not match template `labels`");
    }
    template(&at);
    runs_always(spec, "ReplicationController");
}

/// A DaemonSet selects its own pods.
fn daemons_selected(spec: &Spot) {
    let labels = spec.at("template.metadata.labels");
    let found = LabelSelector::from_object(Some(spec.at("selector").value()));
    if found.is_ok_and(|found| !found.matches_labels(labels.value().as_object())) {
        labels.invalid("`selector` does not match template `labels`");
    }
}

pub(super) fn selector_fixed(new: &Spot, old: &Value) {
    immutable_in_memory(&new.at("spec.selector"), below(old, "spec.selector"), "v1.LabelSelector");
}

/// A changed StatefulSet. Rules on what can't change are left out, and so are those on the pods if
/// the old set breaks any rule.
pub(super) fn stateful_set_again(new: &Spot, old: &Value) {
    let skipped = ["spec.volumeClaimTemplates[]", "spec.serviceName"];
    let rules = || STATEFUL_SET.iter().filter(|(path, _)| !skipped.contains(path));
    let check = |at: &Spot| rules().for_each(|rule| at.check(std::slice::from_ref(rule)));
    let broken = !super::spot::problems(old, check).is_empty();
    for rule in rules().filter(|rule| !broken || rule.0 != "spec") {
        new.check(std::slice::from_ref(rule));
    }
    if broken {
        let spec = new.at("spec");
        selected(&spec, "");
        template_metadata(&spec.at("template"));
        runs_always(&spec, "StatefulSet");
    }
}

pub(super) fn stateful_set_change(new: &Spot, old: &Value) {
    let (spec, old) = (new.at("spec"), below(old, "spec"));
    let (selector, claims) = (spec.at("selector"), spec.at("volumeClaimTemplates"));
    immutable_in_memory(&selector, below(old, "selector"), "v1.LabelSelector");
    immutable_in_memory(
        &claims,
        below(old, "volumeClaimTemplates"),
        "[]core.PersistentVolumeClaim",
    );
    for name in ["serviceName", "podManagementPolicy"] {
        immutable_text(&spec.at(name), below(old, name));
    }
}
