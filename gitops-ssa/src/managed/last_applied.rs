//! The annotation of client-side apply, for the manager named `kubectl`.

use super::{
    Types,
    types::{NotTyped, typed},
};
use crate::{
    fields::{
        Fields,
        canonical::{canonical, escape_html},
    },
    typed::Duplicates,
};
use serde_json::{Map, Value};

/// The manager that takes over from client-side apply.
pub(super) const KUBECTL: &str = "kubectl";
/// Where client-side apply keeps what it applied.
const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The sum of names and values of annotations, in bytes, that the server allows.
const ANNOTATIONS_BYTES: usize = 256 * 1024;

/// The fields of what client-side apply applied last that still have those values. Conflicts in
/// these are no conflicts: kubectl owns them already, in its old way. `None` if there is no such
/// annotation or it can't be compared.
pub(super) fn own<T: Types>(types: &T, live: &Value) -> Option<Fields> {
    let text = live.pointer("/metadata/annotations")?.get(ANNOTATION)?.as_str()?;
    let last: Value = serde_json::from_str(text).ok()?;
    if last.get("apiVersion") != live.get("apiVersion") {
        return None;
    }
    let typed = |object: Value| -> Result<_, NotTyped> { typed(types, object, Duplicates::Refuse) };
    let live = typed(live.clone()).ok()?;
    let last = typed(last).ok()?;
    let changes = last.compare(&live).ok()?;
    let own = last.to_fields().ok()?;
    let own = own.difference(&changes.modified).difference(&changes.added);
    Some(own.difference(&changes.removed))
}

/// Brings the annotation up to date, if the object has it, so that a client-side apply after this
/// one starts from here. An annotation that would be too long is taken away.
pub(super) fn sync(object: &mut Value, config: &Value) {
    let present = |annotations: &Map<String, Value>| {
        annotations.get(ANNOTATION).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    };
    let Some(annotations) =
        object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
    else {
        return;
    };
    if !present(annotations) {
        return;
    }
    let mut config = config.clone();
    if let Some(own) = config.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        own.remove(ANNOTATION);
    }
    let text = format!("{}\n", escape_html(&canonical(&config)));
    annotations.insert(ANNOTATION.to_owned(), text.into());
    let length = |(name, value): (&String, &Value)| name.len() + value.as_str().map_or(0, str::len);
    if annotations.iter().map(length).sum::<usize>() > ANNOTATIONS_BYTES {
        annotations.remove(ANNOTATION);
    }
}
