//! The fields in which two documents differ, for people.

use crate::fields::{Fields, Key, KeyNames, PathElement, Scalar, managed};
use gitops_core::model::FieldChange;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// At most so many changes are listed; one more line counts the rest.
pub const CHANGES_SHOWN: usize = 100;

/// Texts are cut after so many characters, lists and maps after so many entries.
pub const TEXT_SHOWN: usize = 256;

/// The fields in which two documents of one object differ, with paths as kubectl writes them.
///
/// Items of keyed lists are told apart by their keys, items of sets by their value, as the
/// managedFields of both documents know them; other lists by position if their lengths are equal,
/// and as a whole if not. A list whose items merely changed places is listed with its keys in
/// order. The managedFields themselves are one line without values. Mask secrets before. O(n log n).
pub fn changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut known = Fields::default();
    for entry in managed(before).chain(managed(after)) {
        if let Ok(fields) = entry.fields() {
            known = known.union(&fields);
        }
    }
    let mut walk = Walk { found: Vec::new(), more: 0, whole: true };
    walk.value(String::new(), Some(before), Some(after), Some(&known));
    walk.finish()
}

/// The fields of `desired` that `live` does not have as desired: what an apply would change as far
/// as can be told without asking the server. Fields that are only live are not compared.
pub fn wanted(live: &Value, desired: &Value) -> Vec<FieldChange> {
    let mut known = Fields::default();
    for fields in managed(live).filter_map(|entry| entry.fields().ok()) {
        known = known.union(&fields);
    }
    let mut walk = Walk { found: Vec::new(), more: 0, whole: false };
    walk.value(String::new(), Some(live), Some(desired), Some(&known));
    walk.finish()
}

struct Walk {
    found: Vec<FieldChange>,
    more: usize,
    /// Whether what is missing after counts.
    whole: bool,
}

impl Walk {
    fn finish(mut self) -> Vec<FieldChange> {
        if self.more > 0 {
            let path = format!("… and {} more", self.more);
            self.found.push(FieldChange { path, before: None, after: None });
        }
        self.found
    }

    fn add(&mut self, path: &str, before: Option<&Value>, after: Option<&Value>) {
        if self.found.len() == CHANGES_SHOWN {
            self.more += 1;
            return;
        }
        let path = if path.is_empty() { ".".to_owned() } else { cut(path) };
        let show = |value: Option<&Value>| value.map(|value| shorten(value, 8));
        self.found.push(FieldChange { path, before: show(before), after: show(after) });
    }

    fn value(
        &mut self,
        path: String,
        before: Option<&Value>,
        after: Option<&Value>,
        known: Option<&Fields>,
    ) {
        match (before, after) {
            (before, after) if before == after => {}
            (Some(_), None) if !self.whole => {}
            _ if path == ".metadata.managedFields" => self.add(&path, None, None),
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                for name in names {
                    let step = PathElement::field(name);
                    let below = below(known, &step);
                    self.value(format!("{path}{step}"), a.get(name), b.get(name), below);
                }
            }
            (Some(Value::Array(a)), Some(Value::Array(b))) => self.list(&path, a, b, known),
            (before, after) => self.add(&path, before, after),
        }
    }

    fn list(&mut self, path: &str, a: &[Value], b: &[Value], known: Option<&Fields>) {
        if let Some((a, b)) =
            KeyNames::of(known).and_then(|names| Some((keyed(a, &names)?, keyed(b, &names)?)))
        {
            let count = self.found.len() + self.more;
            let added = b.keys().filter(|key| !a.contains_key(key));
            for key in a.keys().chain(added) {
                let step = PathElement::Key(key.clone());
                let side = |side: &BTreeMap<Key, (usize, &Value)>| Some(side.get(key)?.1.clone());
                let below = below(known, &step);
                self.value(format!("{path}{step}"), side(&a).as_ref(), side(&b).as_ref(), below);
            }
            let moved = |side: &BTreeMap<Key, (usize, &Value)>, other: &BTreeMap<Key, _>| {
                let mut shared: Vec<_> =
                    side.iter().filter(|(key, _)| other.contains_key(*key)).collect();
                shared.sort_unstable_by_key(|(_, (at, _))| *at);
                shared.into_iter().map(|(key, _)| key.to_json()).collect::<Value>()
            };
            let (before, after) = (moved(&a, &b), moved(&b, &a));
            if before != after && self.found.len() + self.more == count {
                self.add(path, Some(&before), Some(&after));
            }
        } else if known.is_some_and(|known| {
            known.iter().any(|(step, _)| matches!(step, PathElement::Value(_)))
        }) {
            let values = |side: &[Value]| side.iter().map(Scalar::new).collect::<BTreeSet<_>>();
            let (old, new) = (values(a), values(b));
            if old == new {
                return self.add(path, Some(&a.into()), Some(&b.into()));
            }
            for scalar in old.symmetric_difference(&new) {
                let value = scalar.value();
                let path = format!("{path}{}", PathElement::Value(scalar.clone()));
                let side = |side: &BTreeSet<Scalar>| side.contains(scalar).then_some(&value);
                let (before, after) = (side(&old).cloned(), side(&new).cloned());
                self.value(path, before.as_ref(), after.as_ref(), None);
            }
        } else if a.len() == b.len() {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                self.value(format!("{path}[{index}]"), Some(a), Some(b), None);
            }
        } else {
            self.add(path, Some(&a.into()), Some(&b.into()));
        }
    }
}

fn below<'a>(known: Option<&'a Fields>, step: &PathElement) -> Option<&'a Fields> {
    Some(&known?.get(step)?.children)
}

/// The items by key, each with its place; `None` if one has no key or a key comes twice.
fn keyed<'a>(items: &'a [Value], names: &KeyNames) -> Option<BTreeMap<Key, (usize, &'a Value)>> {
    let mut out = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        if out.insert(names.key(item)?, (at, item)).is_some() {
            return None;
        }
    }
    Some(out)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

fn shorten(value: &Value, depth: usize) -> Value {
    match value {
        Value::String(text) => Value::String(cut(text)),
        Value::Array(_) | Value::Object(_) if depth == 0 => Value::from("…"),
        Value::Array(items) => {
            let shown = items.iter().take(TEXT_SHOWN).map(|item| shorten(item, depth - 1));
            let rest = (items.len() > TEXT_SHOWN).then(|| Value::from("…"));
            shown.chain(rest).collect()
        }
        Value::Object(map) => {
            let entries = map.iter().take(TEXT_SHOWN);
            let shown = entries.map(|(name, value)| (cut(name), shorten(value, depth - 1)));
            let rest = (map.len() > TEXT_SHOWN).then(|| ("…".to_owned(), Value::Null));
            Value::Object(shown.chain(rest).collect())
        }
        other => other.clone(),
    }
}
