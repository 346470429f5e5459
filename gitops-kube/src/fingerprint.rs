//! The part of a live object that is ours, as one digest.
//!
//! `managedFields` say which paths our applies own. A foreign write that changes a value takes the
//! path out of our set, so ownership and live values together say everything: as long as both are
//! as they were after our apply, applying the same document again would change nothing. No schema,
//! no request, and no false alarm from defaults or from values that the server writes in its own
//! way.
//!
//! What counts: the paths, their live values, the keys of keyed items, and the *relative order of
//! our items* in keyed lists and sets. Order counts since it means something (`$(VAR)` in a
//! container's `env`), since a plain write can change it without a trace in `managedFields`, and
//! since an apply puts ours back in order: it would be a write. What does not count: fields of
//! others, also inside our items; where items of others stand; status; and bookkeeping.
//!
//! One alarm is false, once: the first foreign change inside a map that we apply empty and the
//! server fills with defaults (`strategy: {}`), since nothing tells such a map from an atomic one
//! before. A prediction then finds it in sync.

use crate::fields::{Fields, KeyNames, Node, PathElement, managed, places};
use gitops_core::model::{Digest, canonical};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, sync::Arc};

/// What [`fingerprint`] answers: `Live::state` and `Live::memo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The digest of our part.
    pub state: Digest,
    /// The items that others have in keyed lists where we have items, as a compact FieldsV1 set;
    /// `None` when there are none, as is usual. It lets [`crate::repair`] tell a sidecar that was
    /// there before from an item that stands in place of ours. Longer than [`MEMO_LIMIT`], it is
    /// [`MEMO_UNKNOWN`].
    pub memo: Option<Arc<str>>,
}

/// A memo is kept per object in the inventory: it is bounded, in bytes.
pub const MEMO_LIMIT: usize = 4096;

/// Stands for a memo that would be too long: nothing is known, so nothing is taken away.
pub const MEMO_UNKNOWN: &str = "*";

/// The digest of what the applies of `manager` own of a live object, and its memo.
///
/// The object comes as the server sent it, with `metadata.managedFields`. An object on which we
/// own nothing has the digest of nothing, whatever it holds. Sets that can't be read (no server
/// sends them) give the digest of the whole object: any change is then looked at. O(size).
pub fn fingerprint(live: &Value, manager: &str) -> Fingerprint {
    let mut ours = Fields::default();
    let mut others = Vec::new();
    let mut versions = Vec::new();
    for entry in managed(live) {
        match entry.fields() {
            Ok(fields) if entry.is_apply_of(manager) => {
                ours = ours.union(&fields);
                versions.push(entry.api_version);
            }
            Ok(fields) => others.push(fields),
            Err(_) => return Fingerprint { state: Digest::of(canonical(live)), memo: None },
        }
    }
    let others: Vec<&Fields> = others.iter().collect();
    let written = string_data(live, &ours);
    let seen = written.as_ref().unwrap_or(live);
    let projection = json!([versions, children(&ours, Some(seen), &others)]);
    let mut foreign = Fields::default();
    strangers(&ours, live, &others, &mut Vec::new(), &mut foreign);
    let memo = (!foreign.is_empty()).then(|| {
        let text = foreign.to_value().to_string();
        if text.len() > MEMO_LIMIT { MEMO_UNKNOWN.into() } else { text.into() }
    });
    Fingerprint { state: Digest::of(canonical(&projection)), memo }
}

/// A Secret as it was written: `stringData` is write-only, its values live on in `data`, which
/// nobody owns then. `None` for everything else.
fn string_data(live: &Value, ours: &Fields) -> Option<Value> {
    let secret = live.get("kind")? == "Secret" && live.get("apiVersion")? == "v1";
    ours.field("stringData").filter(|_| secret)?;
    let mut written = live.clone();
    let data = live.get("data")?.clone();
    written.as_object_mut()?.insert("stringData".to_owned(), data);
    Some(written)
}

/// Our paths below a live value, each with what is there.
fn children(ours: &Fields, live: Option<&Value>, others: &[&Fields]) -> Value {
    let mut out = Map::new();
    if let Some(Value::Array(items)) = live {
        let places = places(items, ours);
        for (step, node) in ours.iter() {
            let below = below(others, step);
            let items = places.get(step).into_iter().flatten().filter_map(|at| items.get(*at));
            let each =
                items.map(|one| json!([node.member, children(&node.children, Some(one), &below)]));
            out.insert(step.to_text(), each.collect());
        }
        let mut order: Vec<_> = places.iter().map(|(step, at)| (at, step.to_text())).collect();
        order.sort_unstable();
        out.insert("order".to_owned(), order.into_iter().map(|(_, text)| text).collect());
    } else {
        for (step, node) in ours.iter() {
            let value = match step {
                PathElement::Field(name) => live.and_then(|live| live.get(&**name)),
                _ => None,
            };
            out.insert(step.to_text(), field(node, value, &below(others, step)));
        }
    }
    Value::Object(out)
}

/// A field of ours: `null` if absent, `[members, value]` else.
fn field(ours: &Node, live: Option<&Value>, others: &[&Fields]) -> Value {
    match live {
        None => Value::Null,
        live if !ours.is_leaf() => json!([ours.member, children(&ours.children, live, others)]),
        // A leaf that is a map or list is atomic and ours as a whole, unless others have paths in
        // it: then it is one that we apply empty (`emptyDir: {}`), and what is in it is theirs.
        Some(Value::Object(_)) if !others.is_empty() => json!([{}]),
        Some(Value::Array(_)) if !others.is_empty() => json!([[]]),
        Some(value) => json!([value]),
    }
}

/// What other sets say below a step; sets that say nothing are left out.
fn below<'a>(sets: &[&'a Fields], step: &PathElement) -> Vec<&'a Fields> {
    let nodes = sets.iter().filter_map(|fields| fields.get(step));
    nodes.map(|node| &node.children).filter(|fields| !fields.is_empty()).collect()
}

/// Collects the items that aren't ours in keyed lists where items are.
fn strangers(
    ours: &Fields,
    live: &Value,
    others: &[&Fields],
    path: &mut Vec<PathElement>,
    out: &mut Fields,
) {
    let mut visit = |step: &PathElement, node: &Node, value: &Value| {
        path.push(step.clone());
        strangers(&node.children, value, &below(others, step), path, out);
        path.pop();
    };
    match live {
        Value::Object(map) => {
            for (step, node) in ours.iter() {
                if let PathElement::Field(name) = step
                    && let Some(value) = map.get(&**name)
                {
                    visit(step, node, value);
                }
            }
        }
        Value::Array(items) => {
            let places = places(items, ours);
            for (step, at) in &places {
                let first = at.first().and_then(|at| items.get(*at));
                if let Some((node, value)) = ours.get(step).zip(first) {
                    visit(step, node, value);
                }
            }
            let keyed = ours.iter().any(|(step, _)| matches!(step, PathElement::Key(_)));
            let names = KeyNames::of(others.iter().copied().chain([ours])).filter(|_| keyed);
            let taken: BTreeSet<usize> = places.values().flatten().copied().collect();
            let free = items.iter().enumerate().filter(|(at, _)| !taken.contains(at));
            for key in free.filter_map(|(_, item)| names.as_ref()?.key(item)) {
                path.push(PathElement::Key(key));
                out.insert(path);
                path.pop();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
