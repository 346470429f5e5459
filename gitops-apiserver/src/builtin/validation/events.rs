//! Events, in their two generations.

use super::metadata::{self, NameRule};
use super::rules::{self, IMMUTABLE, same};
use super::spot::{Rule, Spot, below};
use super::{format, internal};
use serde_json::Value;

/// Events of the core group.
pub(super) const OLD: &[Rule] =
    &[("", |at| of_both(at, "involvedObject", "reportingComponent", "message"))];

/// Events of `events.k8s.io`.
pub(super) const NEW: &[Rule] = &[
    ("", both),
    ("", |at| {
        metadata::on_create(at, true, NameRule::Subdomain);
        metadata::known_finalizers(at);
    }),
    ("", created),
];

/// What is asked of those of `events.k8s.io`, too.
pub(super) fn both(at: &Spot) {
    of_both(at, "regarding", "reportingController", "note");
}

fn created(at: &Spot) {
    series(at);
    if !at.at("eventTime").given() {
        at.at("eventTime").required("");
    }
    let kind = at.at("type");
    if !matches!(kind.text(), "Normal" | "Warning") {
        kind.invalid_as("", &format!("has invalid value: {}", kind.text()));
    }
    let unset = |is: bool, place: &str| {
        if !is {
            at.at(place).invalid_as("", "needs to be unset");
        }
    };
    unset(!at.at("deprecatedFirstTimestamp").given(), "firstTimestamp");
    unset(!at.at("deprecatedLastTimestamp").given(), "lastTimestamp");
    unset(at.at("deprecatedCount").number() == 0, "count");
    let source = at.at("deprecatedSource");
    unset(source.at("component").empty() && source.at("host").empty(), "source");
}

/// A new event is only added to its series.
pub(super) fn changed(new: &Spot, old: &Value) {
    if !same(new.at("series").value(), below(old, "series")) {
        series(new);
    }
    for (name, place, ty) in FIXED {
        let (value, before) = (new.at(name), below(old, name));
        if same(value.value(), before) {
            continue;
        }
        let place = new.at(place);
        let place = place.with(value.value());
        match *ty {
            "" => place.invalid_as(value.text(), IMMUTABLE),
            "int32" => place.invalid_as(value.number(), IMMUTABLE),
            ty => place.invalid_as(internal::shown(value.value(), ty), IMMUTABLE),
        }
    }
}

/// Fields that stay: the name, the place of problems, and the type that messages show.
const FIXED: &[(&str, &str, &str)] = &[
    ("regarding", "involvedObject", "core.ObjectReference"),
    ("reason", "reason", ""),
    ("note", "message", ""),
    ("deprecatedSource", "source", "core.EventSource"),
    ("deprecatedFirstTimestamp", "firstTimestamp", "Time"),
    ("deprecatedLastTimestamp", "lastTimestamp", "Time"),
    ("deprecatedCount", "count", "int32"),
    ("type", "type", ""),
    ("eventTime", "eventTime", "Time"),
    ("action", "action", ""),
    ("related", "related", "*core.ObjectReference"),
    ("reportingController", "reportingController", ""),
    ("reportingInstance", "reportingInstance", ""),
];

fn series(at: &Spot) {
    at.at("series").given_then(|series| {
        if series.at("count").number() < 2 {
            at.at("series.count").invalid_as("", "should be at least 2");
        }
        if !series.at("lastObservedTime").given() {
            at.at("series.lastObservedTime").required("");
        }
    });
}

/// What both generations ask, which call the object, the reporter and the text as given.
fn of_both(at: &Spot, object: &str, reporter: &str, text: &str) {
    let own = at.at("metadata.namespace").text();
    let object = at.at(object);
    let place = at.at("involvedObject");
    let namespace = place.at("namespace");
    let namespace = namespace.with(object.at("namespace").value());
    let mismatch = "does not match event.namespace";
    if !at.at("eventTime").given() {
        let fine = match namespace.text() {
            "" => matches!(own, "" | "default"),
            other => other == own,
        };
        if !fine {
            namespace.invalid_as(namespace.text(), mismatch);
        }
        return;
    }
    if namespace.empty() && !matches!(own, "default" | "kube-system") {
        namespace.invalid_as("", mismatch);
    }
    let reporter = at.at(reporter);
    rules::required(&reporter);
    reporter.in_format(format::label_key);
    for name in ["reportingInstance", "action", "reason"] {
        let field = at.at(name);
        rules::required(&field);
        if field.len() > 128 {
            field.invalid_as("", "can have at most 128 characters");
        }
    }
    if at.at(text).len() > 1024 {
        at.at("message").invalid_as("", "can have at most 1024 characters");
    }
}
