//! What is said, and in which form. Pure, but for the three functions that say it.

use crate::{
    cli::Format,
    progress::{Made, words},
};
use gitops_core::engine::{Event, Pass};
use gitops_core::error::chain;
use gitops_core::model::{
    ConditionKind, Health, HealthStatus, ObjectId, Plan, Retained, Status, printable,
};
use gitops_core::stage::Stored;
use gitops_core::{Error, Result, Retry, Stage, reason};
use gitops_kube::applyset::ApplySetStore;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Write as _, stderr, stdout},
};

/// A result, on standard output. Nobody may be listening any more (`| head`): no failure.
pub(crate) fn say(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(stdout().lock(), "{text}");
    }
}

/// Progress, on standard error.
pub(crate) fn murmur(text: &str) {
    let _ = writeln!(stderr().lock(), "{}", printable(text));
}

/// An error with all that was found beside it, on standard error, and the flag that lets it pass.
pub(crate) fn error(error: &Error) {
    for error in std::iter::once(error).chain(error.related()) {
        murmur(&format!("error: {}", chain(error)));
    }
    if let Some(flag) = flag(error) {
        murmur(&format!("if that is meant: {flag}"));
    }
}

/// The flag with which the user takes the responsibility, where there is one.
fn flag(error: &Error) -> Option<&'static str> {
    Some(match error.reason() {
        reason::PRUNE_BUDGET => "--prune-max COUNT",
        reason::EMPTY_DESIRED => "--allow-empty, or the command `delete`",
        reason::PROTECTED_KIND => "--allow-protected KIND",
        reason::OWNED_BY_OTHER => "--adopt all",
        reason::FIELD_CONFLICT => "--conflicts force, or yield",
        _ => return None,
    })
}

/// `1 object`, `2 objects`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

pub(crate) fn plan(plan: &Plan, format: Format) -> String {
    match format {
        Format::Text => plan.to_string(),
        Format::Markdown => plan.markdown(),
        Format::Json => {
            let mut value = json!(plan);
            value["digest"] = json!(plan.digest());
            pretty(&value)
        }
    }
}

/// What came of an apply.
pub(crate) fn applied(changes: &[Made], pass: &Pass, format: Format) -> String {
    let status = &*pass.status;
    match format {
        Format::Json => pretty(&json!({ "changes": changes, "status": status })),
        Format::Markdown => format!("{}\n{}", table(changes), told(status)),
        // The error follows, on standard error.
        Format::Text if pass.error.is_some() => lines(changes).trim_end().to_owned(),
        Format::Text => format!("{}{}", lines(changes), told(status)),
    }
}

/// What came of a delete.
pub(crate) fn deleted(changes: &[Made], kept: &[Retained], gone: bool, format: Format) -> String {
    let end = match gone {
        true => "deleted, with its inventory",
        false => "not all is gone yet: the inventory stays, delete again",
    };
    match format {
        Format::Json => pretty(&json!({ "changes": changes, "kept": kept, "gone": gone })),
        Format::Markdown => format!("{}\n{end}", table(changes)),
        Format::Text => {
            let mut text = lines(changes);
            for Retained { id, why } in kept {
                let _ = writeln!(text, "{} kept: {}", printable(&id.to_string()), printable(why));
            }
            text + end
        }
    }
}

/// What an app owns, and how it is.
pub(crate) fn status(app: &str, health: &[(ObjectId, Health)], format: Format) -> String {
    let mut counts: BTreeMap<HealthStatus, usize> = BTreeMap::new();
    for (_, health) in health {
        *counts.entry(health.status).or_default() += 1;
    }
    let counted: Vec<String> = counts.iter().map(|(status, n)| format!("{n} {status}")).collect();
    let sum = format!("{app} owns {}: {}", count(health.len(), "object"), counted.join(", "));
    match format {
        Format::Json => {
            let objects: Vec<Value> = health
                .iter()
                .map(|(id, health)| {
                    json!({
                        "group": id.group(), "kind": id.kind(), "namespace": id.namespace(),
                        "name": id.name(), "health": health.status, "message": health.message,
                    })
                })
                .collect();
            pretty(&json!({ "app": app, "objects": objects, "health": counts }))
        }
        Format::Markdown => {
            let mut text = format!("{sum}\n\n| object | health | |\n|---|---|---|\n");
            for (id, Health { status, message }) in health {
                let _ =
                    writeln!(text, "| {} | {status} | {} |", cell(&id.to_string()), cell(message));
            }
            text
        }
        Format::Text => {
            let width = health.iter().map(|(id, _)| id.to_string().chars().count()).max();
            let width = width.unwrap_or(0).min(80);
            let mut text = String::new();
            for (id, health) in health {
                let id = id.to_string();
                let _ = writeln!(text, "{:width$}  {health}", printable(&id));
            }
            text + &sum
        }
    }
}

/// One line of a running reconciler, if it is worth one.
pub(crate) fn event(event: &Event, format: Format) -> Option<String> {
    if format == Format::Json {
        let (kind, body) = match event {
            Event::Rendered { revision, objects, .. } => {
                ("rendered", json!({ "revision": revision.to_string(), "objects": objects }))
            }
            Event::Planned { plan, changes, .. } => {
                ("planned", json!({ "plan": plan, "changes": changes }))
            }
            Event::Changed { id, cause, origin, outcome, .. } => {
                let (outcome, why) = words(outcome);
                let made = Made { id: id.clone(), cause: *cause, outcome, why };
                ("changed", json!({ "change": made, "origin": origin }))
            }
            Event::Waiting { objects, .. } => ("waiting", json!({ "objects": objects })),
            Event::Failed { error, .. } => {
                ("failed", json!({ "reason": error.reason(), "message": chain(error) }))
            }
            Event::StatusChanged(status) => ("status", json!({ "status": &**status })),
            _ => return None,
        };
        return Some(json!({ "event": kind, "app": event.app(), "is": body }).to_string());
    }
    match event {
        Event::Rendered { revision, objects, .. } => {
            Some(format!("{} declares {}", revision.short(), count(*objects, "object")))
        }
        Event::Changed { id, cause, outcome, .. } => {
            let (outcome, why) = words(outcome);
            Some(line(&Made { id: id.clone(), cause: *cause, outcome, why }))
        }
        Event::Failed { error, .. } => {
            let all = std::iter::once(error).chain(error.related());
            Some(
                all.map(|error| format!("failed: {}", chain(error))).collect::<Vec<_>>().join("\n"),
            )
        }
        Event::StatusChanged(status) if !is_failure(status) => Some(told(status)),
        _ => None,
    }
}

/// The error for an app without inventory.
pub(crate) fn known(stored: &Stored, store: &ApplySetStore) -> Result<()> {
    if stored.version.is_some() {
        return Ok(());
    }
    let message = format!("there is no inventory {}", store.parent());
    Err(Error::new(Stage::Inventory, Retry::Never, reason::INVALID_CONFIGURATION, message)
        .advise("check --app, --namespace and --context, or apply the app first"))
}

fn is_failure(status: &Status) -> bool {
    status.conditions.iter().any(|condition| {
        condition.reason != reason::SUCCEEDED
            && condition.reason != reason::PROGRESSING
            && condition.reason != reason::UNHEALTHY
    })
}

/// The state of an app in a line, and a line for each object that is not well.
fn told(status: &Status) -> String {
    let word = match (status.is_ready(), status.is_stalled()) {
        (true, _) => "ready",
        (false, true) => "stalled",
        (false, false) => "not ready",
    };
    let message = status.condition(ConditionKind::Ready).map_or("", |ready| &ready.message);
    let mut text = format!("{} is {word}: {}", status.app, printable(message));
    for (id, health) in &status.unhealthy {
        let _ = write!(text, "\n  {} {}", printable(&id.to_string()), printable(health));
    }
    text
}

fn line(made: &Made) -> String {
    let id = made.id.to_string();
    match &made.why {
        Some(why) => format!("{} {}: {}", printable(&id), made.outcome, printable(why)),
        None => format!("{} {}", printable(&id), made.outcome),
    }
}

fn lines(changes: &[Made]) -> String {
    changes.iter().map(|made| line(made) + "\n").collect()
}

fn table(changes: &[Made]) -> String {
    let mut text = "| object | outcome |\n|---|---|\n".to_owned();
    for made in changes {
        let why = made.why.as_deref().map(|why| format!(": {}", cell(why))).unwrap_or_default();
        let _ = writeln!(text, "| {} | {}{why} |", cell(&made.id.to_string()), made.outcome);
    }
    text
}

/// Text that neither Markdown nor HTML nor a terminal takes for more than text.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push(' '),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
