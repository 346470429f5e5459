//! Putting back list items that a foreign write displaced by changing their key.
//!
//! In a keyed list the key is the item's identity. When somebody renames our container, changes
//! the path of our volume mount or the number of our Service port, then to the server our item is
//! gone and a foreign one stands there. A forced apply puts ours back *beside* the foreign one,
//! where it stays for ever and no later dry-run shows it, or is refused, since a port's name is
//! taken twice. Every tool on server-side apply has this trap.
//!
//! [`displaced`] finds such items and answers a patch that puts ours in their place, in one step,
//! without a moment in which neither is there. The rules, so that no sidecar is ever taken away:
//!
//! - Only with a [`Memory`]: the very same desired document was verified live before. When Git
//!   changed meanwhile, a missing item may simply be new. Then nothing is displaced.
//! - Only in place of items of ours that are missing, and at most as many.
//! - Never an item that was there when we last verified, that an *apply* of another manager owns,
//!   or that we want.
//! - An item that equals the missing one but for the key goes first, then one at its position,
//!   then the first.
//!
//! After the patch the item stands under our name as a plain write: [`crate::migrate::migrate`] folds
//! that into our apply entry, and the usual apply follows.

use crate::{
    fields::{Fields, Key, KeyNames, Operation, PathElement, managed},
    fingerprint::MEMO_UNKNOWN,
    migrate::version_test,
};
use gitops_core::model::{Digest, Verified};
use json_patch::{Patch, PatchOperation, ReplaceOperation, jsonptr::PointerBuf};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is remembered of an object as we last verified it.
#[derive(Debug, Clone)]
pub struct Memory {
    foreign: Fields,
}

impl Memory {
    /// The memory of a verified pair, if it is of this desired document ([`Digest`] of the desired
    /// object). `None`: never verified, verified with another document, or a memo that can't be
    /// read; then nothing may be taken away.
    pub fn of(desired: Digest, verified: Option<&Verified>) -> Option<Self> {
        let verified = verified.filter(|verified| verified.desired == desired)?;
        let foreign = match verified.memo.as_deref() {
            None => Fields::default(),
            Some(MEMO_UNKNOWN) => return None,
            Some(memo) => Fields::parse(&serde_json::from_str(memo).ok()?).ok()?,
        };
        Some(Memory { foreign })
    }
}

/// The patch that puts back our displaced items, conditioned on the version of `live`; `None` when
/// nothing is displaced. See the module for the rules. `payload` is the document that we apply,
/// `live` the object with its managedFields. O(size of both), times the number of displaced items.
pub fn displaced(payload: &Value, live: &Value, manager: &str, memory: &Memory) -> Option<Patch> {
    let (mut ours, mut applied, mut all) =
        (Fields::default(), Fields::default(), Fields::default());
    for entry in managed(live) {
        let fields = entry.fields().ok()?;
        if entry.is_apply_of(manager) {
            ours = ours.union(&fields);
        } else if entry.operation == Some(Operation::Apply) {
            applied = applied.union(&fields);
        }
        all = all.union(&fields);
    }
    let sets = Sets {
        all: Some(&all),
        ours: Some(&ours),
        applied: Some(&applied),
        remembered: Some(&memory.foreign),
    };
    let mut repair = Repair { path: Vec::new(), operations: vec![version_test(live)?] };
    repair.walk(payload, live, sets);
    (repair.operations.len() > 1).then_some(Patch(repair.operations))
}

/// What is known about one place in the object.
#[derive(Clone, Copy)]
struct Sets<'a> {
    /// The paths of all managers: they tell the key fields of lists.
    all: Option<&'a Fields>,
    /// The paths of our applies.
    ours: Option<&'a Fields>,
    /// The paths of the applies of others.
    applied: Option<&'a Fields>,
    /// The items of others when we last verified.
    remembered: Option<&'a Fields>,
}

impl<'a> Sets<'a> {
    fn below(self, step: &PathElement) -> Self {
        let below = |fields: Option<&'a Fields>| Some(&fields?.get(step)?.children);
        Sets {
            all: below(self.all),
            ours: below(self.ours),
            applied: below(self.applied),
            remembered: below(self.remembered),
        }
    }

    /// Whether an item is claimed by somebody whom we must not disturb, or by ourselves.
    fn claimed(self, key: &PathElement) -> bool {
        [self.ours, self.applied, self.remembered]
            .into_iter()
            .flatten()
            .any(|fields| fields.get(key).is_some())
    }
}

struct Repair {
    path: Vec<String>,
    operations: Vec<PatchOperation>,
}

impl Repair {
    fn walk(&mut self, payload: &Value, live: &Value, sets: Sets<'_>) {
        match (payload, live) {
            (Value::Object(payload), Value::Object(live)) => {
                for (name, payload) in payload {
                    if let Some(live) = live.get(name) {
                        self.step(
                            name.clone(),
                            payload,
                            live,
                            sets.below(&PathElement::field(name)),
                        );
                    }
                }
            }
            (Value::Array(payload), Value::Array(live)) => {
                if let Some(names) = KeyNames::of(sets.all) {
                    self.list(payload, live, &names, sets);
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, token: String, payload: &Value, live: &Value, sets: Sets<'_>) {
        self.path.push(token);
        self.walk(payload, live, sets);
        self.path.pop();
    }

    fn list(&mut self, payload: &[Value], live: &[Value], names: &KeyNames, sets: Sets<'_>) {
        let mut free: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (at, item) in live.iter().enumerate() {
            if let Some(key) = names.key(item) {
                free.entry(key).or_default().push(at);
            }
        }
        let mut missing = Vec::new();
        let mut kept = BTreeSet::new();
        for (at, item) in payload.iter().enumerate() {
            let Some(wanted) = names.key(item) else { continue };
            let Some(key) = names.live_key(&wanted, &free) else {
                missing.push(Item { at, value: item });
                continue;
            };
            let places = free.remove(&key).unwrap_or_default();
            if let Some((first, there)) = places.first().and_then(|at| Some((at, live.get(*at)?))) {
                self.step(first.to_string(), item, there, sets.below(&PathElement::Key(key)));
            }
            kept.extend(places);
        }
        let strangers: BTreeSet<usize> = free
            .into_iter()
            .map(|(key, places)| (PathElement::Key(key), places))
            .filter(|(key, _)| !sets.claimed(key))
            .flat_map(|(_, places)| places)
            .collect();
        // Positions among ours: what stands between for others' sake doesn't count.
        let line: BTreeSet<usize> = kept.union(&strangers).copied().collect();
        let strangers = line.iter().enumerate().filter(|(_, place)| strangers.contains(place));
        let strangers: Vec<Stranger<'_>> = strangers
            .filter_map(|(rank, place)| {
                Some(Stranger { rank, place: *place, value: live.get(*place)? })
            })
            .collect();
        for (place, value) in pair(missing, strangers, names) {
            let tokens = self.path.iter().cloned().chain([place.to_string()]);
            self.operations.push(PatchOperation::Replace(ReplaceOperation {
                path: PointerBuf::from_tokens(tokens),
                value: value.clone(),
            }));
        }
    }
}

/// An item that we want and that is not there.
struct Item<'a> {
    at: usize,
    value: &'a Value,
}

/// An item that stands where only ours were.
struct Stranger<'a> {
    rank: usize,
    place: usize,
    value: &'a Value,
}

/// How likely it is that a stranger is our item under another key, most likely first.
#[derive(Clone, Copy)]
enum Rule {
    Alike,
    SamePlace,
    First,
}

/// Which stranger goes for which missing item: the place in the live list, and our item for it.
fn pair<'a>(
    mut missing: Vec<Item<'a>>,
    mut strangers: Vec<Stranger<'_>>,
    names: &KeyNames,
) -> Vec<(usize, &'a Value)> {
    let mut pairs = Vec::new();
    for rule in [Rule::Alike, Rule::SamePlace, Rule::First] {
        missing.retain(|item| {
            let fits = |stranger: &Stranger<'_>| match rule {
                Rule::Alike => alike(item.value, stranger.value, names),
                Rule::SamePlace => item.at == stranger.rank,
                Rule::First => true,
            };
            let found = strangers.iter().position(fits);
            if let Some(found) = found {
                pairs.push((strangers.remove(found).place, item.value));
            }
            found.is_none()
        });
    }
    pairs.sort_unstable_by_key(|(place, _)| *place);
    pairs
}

/// Whether a live item has all that ours wants, but for the key.
fn alike(wanted: &Value, live: &Value, names: &KeyNames) -> bool {
    let fields = wanted.as_object().into_iter().flatten();
    let mut content = fields.filter(|(name, _)| !names.contains(name));
    content.all(|(name, wanted)| live.get(name).is_some_and(|live| within(wanted, live)))
}

/// Whether everything in `wanted` is in `live`, which may have more in its maps.
fn within(wanted: &Value, live: &Value) -> bool {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => wanted
            .iter()
            .all(|(name, wanted)| live.get(name).is_some_and(|live| within(wanted, live))),
        (Value::Array(wanted), Value::Array(live)) => {
            wanted.len() == live.len() && wanted.iter().zip(live).all(|(a, b)| within(a, b))
        }
        (wanted, live) => wanted == live,
    }
}

#[cfg(test)]
mod tests;
