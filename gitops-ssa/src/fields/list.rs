//! Items of lists: by key, by value, by index.

use super::{Fields, Key, PathElement, Scalar};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Where the items are that the steps of a set lead to: by step, the indices in the list, in
/// order. Live lists may hold a key twice (the server allows it when a plain update writes it), so
/// there may be several; a step without an item is left out. O(n log n).
pub fn places<'a>(items: &[Value], fields: &'a Fields) -> BTreeMap<&'a PathElement, Vec<usize>> {
    let mut shapes = BTreeSet::new();
    let mut values = false;
    let mut out: BTreeMap<&PathElement, Vec<usize>> = BTreeMap::new();
    for (step, _) in fields.iter() {
        match step {
            PathElement::Key(key) => drop(shapes.insert(key.names().collect::<Vec<_>>())),
            PathElement::Value(_) => values = true,
            PathElement::Index(index) => {
                let place = usize::try_from(*index).ok().filter(|place| *place < items.len());
                out.extend(place.map(|place| (step, vec![place])));
            }
            PathElement::Field(_) => {}
        }
    }
    for (place, item) in items.iter().enumerate() {
        let keys = shapes.iter().filter_map(|names| {
            let part = |name: &&str| Some(((*name).to_owned(), item.get(*name)?.clone()));
            let key: Option<Map<String, Value>> = names.iter().map(part).collect();
            Some(PathElement::Key(Key::new(&key?)))
        });
        let value = values.then(|| PathElement::Value(Scalar::new(item)));
        for step in keys.chain(value) {
            if let Some((step, _)) = fields.get_key_value(&step) {
                out.entry(step).or_default().push(place);
            }
        }
    }
    out
}

/// The names of a keyed list's key fields, as some manager's field set tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyNames(BTreeSet<Box<str>>);

impl KeyNames {
    /// The names in these sets' keys at one list; `None` if none of them knows it as a keyed list.
    pub fn of<'a>(sets: impl IntoIterator<Item = &'a Fields>) -> Option<Self> {
        let steps = sets.into_iter().flat_map(Fields::iter);
        let names: BTreeSet<Box<str>> = steps
            .filter_map(|(step, _)| match step {
                PathElement::Key(key) => Some(key.names().map(Box::from).collect::<Vec<_>>()),
                _ => None,
            })
            .flatten()
            .collect();
        (!names.is_empty()).then_some(KeyNames(names))
    }

    /// The key of an item. A key field that it lacks is left out, as the server does where the
    /// schema has no default; but `protocol`, which is `TCP` wherever Kubernetes uses it as a key,
    /// is filled in, so that a desired item has the key of its live one.
    ///
    /// `None` for an item that is not a map or has no key field at all.
    pub fn key(&self, item: &Value) -> Option<Key> {
        let map = item.as_object()?;
        let named = |name: &str| map.get(name).filter(|value| !value.is_null());
        if !self.0.iter().any(|name| named(name).is_some()) {
            return None;
        }
        let fields: Map<String, Value> = self
            .0
            .iter()
            .filter_map(|name| match (named(name), &**name) {
                (Some(value), name) => Some((name.to_owned(), value.clone())),
                (None, "protocol") => Some(("protocol".to_owned(), Value::from("TCP"))),
                (None, _) => None,
            })
            .collect();
        Some(Key::new(&fields))
    }

    /// The key among `live` ones that a wanted key means: itself, or the first that has all its
    /// fields where it lacks some, which the server fills in with the schema's defaults.
    pub fn live_key<T>(&self, wanted: &Key, live: &BTreeMap<Key, T>) -> Option<Key> {
        if live.contains_key(wanted) {
            return Some(wanted.clone());
        }
        let partial = wanted.names().count() < self.0.len();
        live.keys().find(|key| partial && wanted.is_part_of(key)).cloned()
    }

    /// Whether a field is one of the key fields.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}
