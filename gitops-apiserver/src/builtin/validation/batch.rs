//! Jobs, once and on schedule.

use super::pod::template;
use super::rules::{self, immutable, immutable_in_memory};
use super::spot::{Rule, Spot, below};
use super::{cron, format, job_policies};
use crate::names::{LabelSelector, domain_prefixed_path};
use serde_json::Value;

pub(super) const JOB: &[Rule] =
    &[("", generated_selector), ("spec", job_spec), ("spec", selector), ("", names_of_pods)];

pub(super) const CRON_JOB: &[Rule] = &[
    ("spec.schedule", |at| schedule(at, &Value::Null)),
    ("spec.startingDeadlineSeconds", rules::non_negative),
    ("spec.timeZone", time_zone),
    ("spec", cron_job_after_times),
    ("metadata.name", |at| {
        if at.len() > 52 {
            at.invalid("must be no more than 52 characters");
        }
    }),
];

/// What the server declares, and says after all else.
pub(super) const CRON_JOB_DECLARED: &[Rule] = &[("spec.schedule", rules::required)];

const TEMPLATE_LABELS: &[(&str, &str)] = &[
    ("controller-uid", "uid"),
    ("job-name", "name"),
    ("batch.kubernetes.io/controller-uid", "uid"),
    ("batch.kubernetes.io/job-name", "name"),
];

/// A selector that the server made is as it made it.
fn generated_selector(job: &Spot) {
    let (spec, selector) = (job.at("spec"), job.at("spec.selector"));
    if spec.at("manualSelector").flag() || !selector.given() {
        return;
    }
    rules::required(&job.at("metadata.uid"));
    let labels = spec.at("template.metadata.labels");
    let mut expected = serde_json::Map::new();
    for (key, field) in TEMPLATE_LABELS {
        let wanted = job.at("metadata");
        let wanted = wanted.at(field).text();
        let label = labels.key(key);
        let message = format!("must be '{wanted}'");
        if !label.given() {
            label.required(&message);
        } else if label.text() != wanted {
            label.invalid_as(labels.value().clone(), &message);
        }
        expected.insert((*key).to_owned(), wanted.into());
    }
    let found = LabelSelector::from_object(Some(selector.value()));
    if found.is_ok_and(|found| !found.matches_labels(Some(&expected))) {
        selector.invalid_in_memory("v1.LabelSelector", "`selector` not auto-generated");
    }
}

fn selector(spec: &Spot) {
    let selector = spec.at("selector");
    if !selector.given() {
        selector.required("");
    }
    rules::label_selector(&selector);
    let labels = spec.at("template.metadata.labels");
    let found = LabelSelector::from_object(Some(selector.value()));
    if found.is_ok_and(|found| !found.matches_labels(labels.value().as_object())) {
        labels.invalid("`selector` does not match template `labels`");
    }
}

/// Pods with a number have a name that a host can have.
pub(super) fn names_of_pods(job: &Spot) {
    let (name, count) = (job.at("metadata.name"), job.at("spec.completions").number());
    if job.at("spec.completionMode").text() != "Indexed" || count <= 0 {
        return;
    }
    let last = format!("{}-{}", name.text(), count - 1);
    if !format::label(&last).is_empty() {
        name.invalid_as(
            name.text(),
            &format!("will not able to create pod with invalid DNS label: {last}"),
        );
    }
}

/// A changed Job.
pub(super) fn job_again(job: &Spot) {
    let spec = job.at("spec");
    job_spec(&spec);
    selector(&spec);
}

fn job_spec(at: &Spot) {
    at.check(&[
        ("parallelism", rules::non_negative),
        ("completions", rules::non_negative),
        ("activeDeadlineSeconds", rules::non_negative),
        ("backoffLimit", rules::non_negative),
        ("ttlSecondsAfterFinished", rules::non_negative),
        ("backoffLimitPerIndex", rules::non_negative),
        ("maxFailedIndexes", rules::non_negative),
        ("", failed_indexes_need_a_limit),
        ("managedBy", managed_by),
        ("", completion_mode),
        ("", job_policies::failure),
        ("", job_policies::success),
        ("", job_policies::replacement),
        ("template", template),
        ("", restart_policy),
    ]);
}

fn failed_indexes_need_a_limit(at: &Spot) {
    if at.at("maxFailedIndexes").given() && !at.at("backoffLimitPerIndex").given() {
        at.at("backoffLimitPerIndex").required("when maxFailedIndexes is specified");
    }
}

fn managed_by(at: &Spot) {
    if at.given() {
        at.add(domain_prefixed_path(&at.path(), at.text()));
        if at.len() > 63 {
            at.too_long(63);
        }
    }
}

/// How many pods may run or fail, where each has a number.
fn completion_mode(at: &Spot) {
    let mode = at.at("completionMode");
    let (parallel, count) = (at.at("parallelism"), at.at("completions"));
    let (per_index, failed) = (at.at("backoffLimitPerIndex"), at.at("maxFailedIndexes"));
    mode.given_then(|mode| {
        if !matches!(mode.text(), "NonIndexed" | "Indexed") {
            mode.unsupported(mode.text(), &["NonIndexed", "Indexed"]);
        }
    });
    if !mode.given() || mode.text() == "NonIndexed" {
        for at in [per_index, failed] {
            at.given_then(|at| at.invalid("requires indexed completion mode"));
        }
        return;
    }
    if mode.text() != "Indexed" {
        return;
    }
    if !count.given() {
        count.required("when completion mode is Indexed");
    }
    if parallel.number() > 100_000 {
        parallel.invalid("must be less than or equal to 100000 when completion mode is Indexed");
    }
    if count.given() && failed.given() && failed.number() > count.number() {
        failed.invalid("must be less than or equal to completions");
    }
    if failed.number() > 100_000 {
        failed.invalid("must be less than or equal to 100000");
    }
    if count.number() > 100_000 && per_index.given() {
        if !failed.given() {
            failed.required("must be specified when completions is above 100000");
        }
        let message = "must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index";
        for at in [parallel, failed].iter().filter(|at| at.number() > 10_000) {
            at.invalid(message);
        }
    }
}

fn restart_policy(at: &Spot) {
    let policy = at.at("template.spec.restartPolicy");
    match policy.text() {
        "Always" | "" => policy.required("valid values: \"OnFailure\", \"Never\""),
        "OnFailure" if at.at("podFailurePolicy").given() => {
            policy.invalid("only \"Never\" is supported when podFailurePolicy is specified");
        }
        "OnFailure" | "Never" => {}
        other => policy.unsupported(other, &["OnFailure", "Never"]),
    }
}

/// What stays of a Job.
pub(super) fn job_change(new: &Spot, old: &Value) {
    let (spec, before) = (new.at("spec"), below(old, "spec"));
    let mode = spec.at("completionMode");
    let (count, parallel) = (spec.at("completions"), spec.at("parallelism"));
    let moved = !rules::same(count.value(), below(before, "completions"));
    if mode.text() != "Indexed" {
        immutable(&count, below(before, "completions"));
    } else if moved && count.given() && count.number() != parallel.number() {
        count.invalid("can only be modified in tandem with spec.parallelism");
    }
    immutable_in_memory(&spec.at("selector"), below(before, "selector"), "v1.LabelSelector");
    template_change(&spec, old);
    immutable(&mode, below(before, "completionMode"));
    let policy = "*batch.PodFailurePolicy";
    immutable_in_memory(&spec.at("podFailurePolicy"), below(before, "podFailurePolicy"), policy);
    for name in ["backoffLimitPerIndex", "managedBy"] {
        immutable(&spec.at(name), below(before, name));
    }
    let policy = "*batch.SuccessPolicy";
    immutable_in_memory(&spec.at("successPolicy"), below(before, "successPolicy"), policy);
}

/// Of a Job that is suspended and has no pods, some of the template may change.
fn template_change(spec: &Spot, old: &Value) {
    let at = spec.at("template");
    let mut before = below(old, "spec.template").clone();
    let suspended = below(old, "spec.suspend") == &Value::Bool(true);
    let conditions = below(old, "status.conditions").as_array();
    let is_suspended = |condition: &Value| {
        rules::below_text(condition, "type") == "Suspended"
            && rules::below_text(condition, "status") == "True"
    };
    let idle = below(old, "status.startTime").is_null()
        || conditions.into_iter().flatten().any(is_suspended);
    if !(suspended && idle) {
        return immutable_in_memory(&at, &before, "core.PodTemplateSpec");
    }
    let mut keep = |path: &str, value: &Value| super::spot::put(&mut before, path, value.clone());
    for path in [
        "metadata.annotations",
        "metadata.labels",
        "spec.nodeSelector",
        "spec.tolerations",
        "spec.schedulingGates",
    ] {
        keep(path, below(at.value(), path));
    }
    let nodes = below(at.value(), "spec.affinity.nodeAffinity");
    if !nodes.is_null() || !below(below(old, "spec.template"), "spec.affinity").is_null() {
        keep("spec.affinity.nodeAffinity", nodes);
    }
    for list in ["spec.containers", "spec.initContainers"] {
        let new = below(at.value(), list).as_array().map(Vec::as_slice).unwrap_or_default();
        let Some(old) = before.pointer_mut(&format!("/{}", list.replace('.', "/"))) else {
            continue;
        };
        let old = old.as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
        if new.len() == old.len() {
            for (new, old) in new.iter().zip(old) {
                if new.get("name") == old.get("name") {
                    super::spot::put(old, "resources", below(new, "resources").clone());
                }
            }
        }
    }
    let spec = at.at("spec");
    immutable_in_memory(&spec, below(&before, "spec"), "core.PodSpec");
}

/// A changed CronJob, which may keep a time zone in its schedule.
pub(super) fn cron_job_again(new: &Spot, old: &Value) {
    let spec = new.at("spec");
    schedule(&spec.at("schedule"), below(old, "spec.schedule"));
    rules::non_negative(&spec.at("startingDeadlineSeconds"));
    if spec.at("timeZone").value() != below(old, "spec.timeZone") {
        time_zone(&spec.at("timeZone"));
    }
    cron_job_after_times(&spec);
}

fn schedule(at: &Spot, old: &Value) {
    if at.empty() {
        // Declared.
        return;
    }
    if let Some(problem) = cron::problem(at.text()) {
        at.invalid(&problem);
    }
    if !at.text().contains("TZ") {
        return;
    }
    let had = old.as_str().is_some_and(|old| old.contains("TZ"));
    if !had {
        at.invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    }
}

/// The first parts of names of time zones, and those that are all of one.
const ZONES: &[&str] = &[
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Mexico",
    "Pacific",
    "US",
];
const ZONE_NAMES: &[&str] = &[
    "CET",
    "CST6CDT",
    "Cuba",
    "EET",
    "EST",
    "EST5EDT",
    "Egypt",
    "Eire",
    "GB",
    "GB-Eire",
    "GMT",
    "GMT+0",
    "GMT-0",
    "GMT0",
    "Greenwich",
    "HST",
    "Hongkong",
    "Iceland",
    "Iran",
    "Israel",
    "Jamaica",
    "Japan",
    "Kwajalein",
    "Libya",
    "MET",
    "MST",
    "MST7MDT",
    "NZ",
    "NZ-CHAT",
    "Navajo",
    "PRC",
    "PST8PDT",
    "Poland",
    "Portugal",
    "ROC",
    "ROK",
    "Singapore",
    "Turkey",
    "UCT",
    "UTC",
    "Universal",
    "W-SU",
    "WET",
    "Zulu",
];

fn time_zone(at: &Spot) {
    let text = at.text();
    if !at.given() {
        return;
    }
    if text.is_empty() {
        return at.invalid("timeZone must be nil or non-empty string");
    }
    let part = |part: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || ".-_+".contains(c);
        (1..=14).contains(&part.len())
            && part.chars().all(known)
            && !matches!(part, "." | "..")
            && !part.starts_with('-')
    };
    let unknown = format!("unknown time zone {text}");
    if !text.split('/').all(part) {
        return at.invalid(&unknown);
    }
    if text.contains("..") {
        return at.invalid("time: invalid location name");
    }
    if text.eq_ignore_ascii_case("local") {
        at.invalid(
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
        );
    }
    let of_place = text.split_once('/').is_some_and(|(area, _)| ZONES.contains(&area));
    if !of_place && !ZONE_NAMES.contains(&text) && text != "Local" {
        at.invalid(&unknown);
    }
}

fn cron_job_after_times(spec: &Spot) {
    spec.at("concurrencyPolicy").required_one_of(&["Allow", "Forbid", "Replace"]);
    let job = spec.at("jobTemplate.spec");
    job_spec(&job);
    let selector = job.at("selector");
    if selector.given() {
        selector.invalid_in_memory("v1.LabelSelector", "`selector` will be auto-generated");
    }
    if job.at("manualSelector").flag() {
        job.at("manualSelector").unsupported(true, &["nil", "false"]);
    }
    spec.check(&[
        ("successfulJobsHistoryLimit", rules::non_negative),
        ("failedJobsHistoryLimit", rules::non_negative),
    ]);
}
