//! What the server refuses of the built-in kinds, and of the metadata of all.
//!
//! The rules stand in tables: `kinds` says which rules are asked of which kind, and each table
//! there has a line for a path and what must be true at it. Functions, named after the rule, say
//! what no table says. They find problems in the order in which the server finds them, which is the
//! order of a status's causes; but where Go walks a map in no order, the order of the keys.
//!
//! Objects come decoded and defaulted: rules don't look at types, and see no difference between
//! what is absent and what is null.
//!
//! Source: `pkg/apis/*/validation` and the declared validation of Kubernetes 1.37.

mod access;
pub(crate) mod address;
mod attachments;
mod autoscaling;
mod batch;
mod budgets;
mod certificates;
mod classes;
mod cluster;
mod configuration;
mod cron;
mod devices;
mod diff;
mod endpoints;
mod events;
mod flow;
mod format;
mod go_json;
mod indexes;
mod internal;
mod job_policies;
mod kinds;
pub mod metadata;
mod migrations;
mod mount_options;
mod namespace;
mod networking;
mod pod;
mod policies;
mod quotas;
mod ranges;
mod resources;
mod rules;
mod service;
mod spot;
mod statuses;
mod storage;
mod tokens;
mod webhooks;
mod workloads;

pub use tokens::token_request;

use crate::status::FieldError;
use kinds::{Kind, Step};
use serde_json::Value;
use spot::{Spot, problems};

/// What is wrong with a new object of a built-in kind, in the server's order; nothing if it is
/// fine, or of an unknown kind.
///
/// Takes a decoded object with its defaults. Costs the size of the object.
pub fn create(api_version: &str, kind: &str, object: &Value) -> Vec<FieldError> {
    let Some(kind) = kinds::find(api_version, kind) else { return Vec::new() };
    problems(object, |at| {
        if kind.own_metadata {
            new_metadata(at, kind);
        }
        at.check(kind.rules);
        if !kind.own_metadata && at.found() == 0 {
            metadata::on_create(at, kind.namespaced, metadata::NameRule::PathSegment);
        }
        at.once();
        at.declared(kind.declared, None);
    })
}

/// What is wrong with a changed object of a built-in kind, beside the old one.
pub fn update(api_version: &str, kind: &str, new: &Value, old: &Value) -> Vec<FieldError> {
    let Some(kind) = kinds::find(api_version, kind) else { return Vec::new() };
    problems(new, |at| {
        metadata::in_common(at, old, kind.namespaced);
        run(kind.update, at, kind, old);
        if !kind.repeats {
            at.once();
        }
        match kind.declared_change {
            Some(change) => change(at, old),
            None => at.declared(kind.declared, Some(old)),
        }
    })
}

/// What is wrong with an object that was changed by way of a subresource, such as `status`.
///
/// Subresources that have no rules of their own are asked those on metadata.
pub fn update_subresource(
    api_version: &str,
    kind: &str,
    subresource: &str,
    new: &Value,
    old: &Value,
) -> Vec<FieldError> {
    let Some(kind) = kinds::find(api_version, kind) else { return Vec::new() };
    problems(new, |at| {
        metadata::in_common(at, old, kind.namespaced);
        match kind.subresources.iter().find(|(name, _)| *name == subresource) {
            Some((_, steps)) => run(steps, at, kind, old),
            None if kind.own_metadata => changed_metadata(at, kind, old),
            None => {}
        }
        if !kind.repeats {
            at.once();
        }
    })
}

fn run(steps: &[Step], at: &Spot, kind: &Kind, old: &Value) {
    for step in steps {
        match step {
            Step::Metadata => changed_metadata(at, kind, old),
            Step::NewMetadata => new_metadata(at, kind),
            Step::Rules => at.check(kind.rules),
            Step::Check(check) => check(at),
            Step::Change(change) => change(at, old),
        }
    }
}

fn new_metadata(at: &Spot, kind: &Kind) {
    metadata::on_create(at, kind.namespaced, kind.names);
    if kind.known_finalizers {
        metadata::known_finalizers(at);
    }
}

fn changed_metadata(at: &Spot, kind: &Kind, old: &Value) {
    metadata::on_update(at, old);
    if kind.known_finalizers {
        metadata::known_finalizers(at);
    }
}
