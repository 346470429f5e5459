//! Events, of the core group and of their own, where some fields have other names.

use super::{
    Cell::{self, Name, Of, Text},
    Row,
};
use serde_json::{Value, json};

pub(super) fn of(group: &str, kind: &str) -> Option<&'static [Cell]> {
    let event = matches!((group, kind), ("" | "events.k8s.io", "Event"));
    event.then_some(&[
        Of(|row| json!(last_seen(row))),
        Text("/type"),
        Text("/reason"),
        Of(object),
        Of(|row| json!(either(row, "/involvedObject/fieldPath", "/regarding/fieldPath"))),
        Of(source),
        Of(|row| json!(either(row, "/message", "/note").trim())),
        Of(|row| json!(first_seen(row))),
        Of(count),
        Name,
    ])
}

/// A string at the first path, else at the second.
fn either<'a>(row: &Row<'a>, core: &str, own: &str) -> &'a str {
    row.text_or(core, row.text(own))
}

fn first_seen(row: &Row<'_>) -> String {
    let paths = ["/firstTimestamp", "/deprecatedFirstTimestamp"];
    match paths.iter().find(|path| row.at(path).is_some()) {
        Some(path) => row.age(path),
        None => row.age("/eventTime"),
    }
}

fn last_seen(row: &Row<'_>) -> String {
    if row.at("/series").is_some() {
        return row.age("/series/lastObservedTime");
    }
    let paths = ["/lastTimestamp", "/deprecatedLastTimestamp"];
    match paths.iter().find(|path| row.at(path).is_some()) {
        Some(path) => row.age(path),
        None => first_seen(row),
    }
}

/// `pod/name`.
fn object(row: &Row<'_>) -> Value {
    let kind = either(row, "/involvedObject/kind", "/regarding/kind").to_lowercase();
    json!(match either(row, "/involvedObject/name", "/regarding/name") {
        "" => kind,
        name => format!("{kind}/{name}"),
    })
}

fn source(row: &Row<'_>) -> Value {
    let component = either(row, "/source/component", "/deprecatedSource/component");
    let host = either(row, "/source/host", "/deprecatedSource/host");
    let reporter = either(row, "/reportingComponent", "/reportingController");
    let component = if component.is_empty() { reporter } else { component };
    let host = if host.is_empty() { row.text("/reportingInstance") } else { host };
    json!(if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") })
}

fn count(row: &Row<'_>) -> Value {
    if row.at("/series").is_some() {
        return json!(row.number("/series/count"));
    }
    let count = row.number("/count").max(row.number("/deprecatedCount"));
    json!(if count == 0 { 1 } else { count })
}
