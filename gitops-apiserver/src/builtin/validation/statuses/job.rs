//! The status of a Job: how it ends, and how its pods are counted.
//!
//! What is wrong already may stay: most rules are asked only when what they look at changes.

use crate::builtin::validation::indexes;
use crate::builtin::validation::rules::{below_text, non_negative, same};
use crate::builtin::validation::spot::{Rule, Spot, below};
use crate::status::Bad;
use serde_json::Value;

/// The status of a changed Job.
pub(in crate::builtin::validation) fn job(new: &Spot, old: &Value) {
    let (is, was) = (Ends::of(new.value()), Ends::of(old));
    let status = new.at("status");
    status.check(COUNTS);
    uncounted(&status.at("uncountedTerminatedPods"));
    ends(&status, &is, &was, old);
    let before = below(old, "status");
    indexes_done(&status, new.at("spec").value(), before);
    let changed = |name: &str| !same(status.at(name).value(), below(before, name));
    let (terminating, ready) = (status.at("terminating"), status.at("ready"));
    if (is.finished() != was.finished() || changed("terminating"))
        && terminating.number() > 0
        && is.finished()
    {
        terminating.invalid("terminating>0 is invalid for finished job");
    }
    if ready.given()
        && (changed("ready") || changed("active"))
        && ready.number() > status.at("active").number()
    {
        ready.invalid("cannot set more ready pods than active");
    }
    let conditions = status.at("conditions");
    let refuse = |bad: bool, why: &str| {
        if bad {
            conditions.invalid_as(Bad::Omitted, why);
        }
    };
    refuse(is.met && is.failed, "cannot set SuccessCriteriaMet=True and Failed=true conditions");
    refuse(
        is.met && is.target,
        "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
    );
    let by_policy = new.at("spec.successPolicy").given();
    refuse(
        by_policy && !is.met && is.complete,
        "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True",
    );
    for (was, is, name) in [
        (was.failed, is.failed, "Failed"),
        (was.complete, is.complete, "Complete"),
        (was.target, is.target, "FailureTarget"),
    ] {
        refuse(was && !is, &format!("cannot disable the terminal {name}=True condition"));
    }
    counters_grow(new, before);
    times_stay(new, old, &status, before);
    refuse(was.met && !is.met, "cannot disable the SuccessCriteriaMet=True condition");
    refuse(
        was.complete && !was.met && is.met,
        "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions",
    );
}

const COUNTS: &[Rule] = &[
    ("active", non_negative),
    ("succeeded", non_negative),
    ("failed", non_negative),
    ("ready", non_negative),
    ("terminating", non_negative),
];

/// Which of a Job's conditions are true.
struct Ends {
    complete: bool,
    failed: bool,
    target: bool,
    met: bool,
}

impl Ends {
    fn of(job: &Value) -> Self {
        let is = |name| has_condition(job, name, "True");
        Self {
            complete: is("Complete"),
            failed: is("Failed"),
            target: is("FailureTarget"),
            met: is("SuccessCriteriaMet"),
        }
    }

    fn finished(&self) -> bool {
        self.complete || self.failed
    }
}

fn has_condition(job: &Value, name: &str, status: &str) -> bool {
    let mut all = below(job, "status.conditions").as_array().into_iter().flatten();
    all.any(|one| below_text(one, "type") == name && below_text(one, "status") == status)
}

fn uncounted(at: &Spot) {
    let mut seen: Vec<String> = Vec::new();
    for list in ["succeeded", "failed"] {
        at.at(list).each(|uid| {
            if uid.text().is_empty() {
                uid.invalid_as("", "must not be empty");
            } else if seen.iter().any(|one| one == uid.text()) {
                uid.duplicate(uid.text());
            } else {
                seen.push(uid.text().to_owned());
            }
        });
    }
}

/// How conditions and times agree on whether the Job is done.
fn ends(status: &Spot, is: &Ends, was: &Ends, old: &Value) {
    let before = below(old, "status");
    let changed = |name: &str| !same(status.at(name).value(), below(before, name));
    let conditions = status.at("conditions");
    let refuse = |bad: bool, why: &str| {
        if bad {
            conditions.invalid_as(Bad::Omitted, why);
        }
    };
    let completed = is.complete != was.complete;
    let finished = is.finished() != was.finished();
    refuse(
        (completed || is.failed != was.failed) && is.complete && is.failed,
        "cannot set Complete=True and Failed=true conditions",
    );
    refuse(
        (completed || is.target != was.target) && is.complete && is.target,
        "cannot set Complete=True and FailureTarget=true conditions",
    );
    let (start, end) = (status.at("startTime"), status.at("completionTime"));
    if completed || changed("completionTime") {
        if end.given() && !is.complete {
            end.invalid("cannot set completionTime when there is no Complete=True condition");
        }
        if !end.given() && is.complete {
            end.required("completionTime is required for Complete jobs");
        }
    }
    // Times of one form: text compares as they do.
    let reversed = start.given() && end.given() && end.text() < start.text();
    if reversed && (changed("startTime") || changed("completionTime")) {
        end.invalid("must be equal to or after `startTime`");
    }
    refuse(
        (is.failed != was.failed || changed("failedIndexes")) && is.failed && !is.target,
        "cannot set Failed=True condition without the FailureTarget=true condition",
    );
    refuse(
        (completed || is.met != was.met) && is.complete && !is.met,
        "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
    );
    let active = status.at("active");
    if (finished || changed("active")) && active.number() > 0 && is.finished() {
        active.invalid("active>0 is invalid for finished job");
    }
    let idle = below(old, "spec.suspend").as_bool() == Some(true)
        && below(old, "spec.completions").as_i64() == Some(0);
    if (finished || changed("startTime")) && !idle && !start.given() && is.finished() {
        start.required("startTime is required for finished job");
    }
    let pods = status.at("uncountedTerminatedPods");
    let any = !pods.at("succeeded").empty() || !pods.at("failed").empty();
    if (finished || changed("uncountedTerminatedPods")) && is.finished() && any {
        pods.invalid_in_memory("batch.UncountedTerminatedPods", "must be empty for finished job");
    }
}

/// The indexes of pods that are done.
fn indexes_done(status: &Spot, spec: &Value, before: &Value) {
    let changed = |name: &str| !same(status.at(name).value(), below(before, name));
    let (completed, failed) = (status.at("completedIndexes"), status.at("failedIndexes"));
    let completions = below(spec, "completions").as_i64();
    let per_index = !below(spec, "backoffLimitPerIndex").is_null();
    let parsed = |at: &Spot, name: &str| {
        if let Some(Err(problem)) = completions.map(|all| indexes::count(at.text(), all)) {
            at.invalid_as(at.text(), &format!("error parsing {name}: {problem}"));
        }
    };
    if changed("completedIndexes") {
        parsed(&completed, "completedIndexes");
    }
    if changed("failedIndexes") && per_index && failed.given() {
        parsed(&failed, "failedIndexes");
    }
    let indexed = below_text(spec, "completionMode") == "Indexed";
    if changed("completedIndexes") && !completed.empty() && !indexed {
        completed.invalid("cannot set non-empty completedIndexes when non-indexed completion mode");
    }
    if changed("failedIndexes") && !per_index && failed.given() {
        failed.invalid("cannot set non-null failedIndexes when backoffLimitPerIndex is null");
    }
    if changed("failedIndexes") || changed("completedIndexes") {
        let both = completions.filter(|_| !completed.empty() && !failed.empty());
        let shared = both.and_then(|all| indexes::overlap(completed.text(), failed.text(), all));
        if let Some(index) = shared {
            failed
                .invalid(&format!("failedIndexes and completedIndexes overlap at index: {index}"));
        }
    }
}

fn counters_grow(new: &Spot, before: &Value) {
    let status = new.at("status");
    let spec = new.at("spec");
    // Indexed Jobs that run all at once may be scaled down.
    let elastic = spec.at("completionMode").text() == "Indexed"
        && spec.at("completions").value() == spec.at("parallelism").value();
    for name in ["failed", "succeeded"] {
        let count = status.at(name);
        let fewer = count.number() < below(before, name).as_i64().unwrap_or_default();
        if fewer && !(name == "succeeded" && elastic) {
            count.invalid_as(count.number(), &format!("cannot decrease the {name} counter"));
        }
    }
}

fn times_stay(new: &Spot, old: &Value, status: &Spot, before: &Value) {
    let (start, end) = (status.at("startTime"), status.at("completionTime"));
    let (started, ended) = (below(before, "startTime"), below(before, "completionTime"));
    if end.given() && !ended.is_null() && end.value() != ended {
        end.invalid("field is immutable");
    }
    let resumes =
        has_condition(old, "Suspended", "True") && has_condition(new.value(), "Suspended", "False");
    let suspended = new.at("spec.suspend").flag();
    if !resumes && !started.is_null() && start.value() != started && !suspended {
        start.invalid("field is immutable for unsuspended job once set");
    }
}
