//! What to do, as a function from data to data.

use super::{
    AdoptionPolicy, Group, PrunePolicy, arrange,
    guard::{self, Purpose, Verdict},
};
use crate::{
    error::{Error, Result},
    model::{
        Action, AppId, Base, Cause, Change, Delta, Desired, Diff, FieldChange, Inventory, Live,
        Object, ObjectId, Observed, Owner, Plan, Retained, Wave,
    },
    stage::{Order, Place},
};
use std::collections::BTreeMap;

/// Everything a plan is made from.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// The app.
    pub app: &'a AppId,
    /// What should be.
    pub desired: &'a Desired,
    /// What is, as far as we know: it covers everything desired and owned.
    pub observed: &'a Observed,
    /// What differs.
    pub diff: &'a Diff,
    /// What we own.
    pub inventory: &'a Inventory,
    /// Which objects come before which.
    pub order: &'a dyn Order,
    /// How much may be deleted.
    pub prune: &'a PrunePolicy,
    /// What may be taken over.
    pub adoption: AdoptionPolicy,
}

/// A plan, and what the inventory may forget without any change to the live system.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The plan.
    pub plan: Plan,
    /// Owned ids that are gone, or turned out not to be ours.
    pub forget: Vec<ObjectId>,
}

/// Plans a pass: what to create, update, replace and prune, in which order.
///
/// Deterministic; looks at nothing but its arguments. O(n log n).
///
/// # Errors
/// Refuses as a whole, so that nothing is written: objects the target would refuse (all of them),
/// `OwnedByOther`, `EmptyDesired`, `PruneBudget`, `ProtectedKind`, `Dependency`.
pub fn plan(situation: Situation<'_>) -> Result<Decision> {
    decide(situation, Purpose::Prune)
}

/// Plans the deletion of everything an app owns. Budgets don't apply: the user asked for it.
/// Protected kinds are left behind unless allowed.
pub(super) fn plan_deletion(situation: Situation<'_>) -> Result<Decision> {
    decide(situation, Purpose::Delete)
}

fn decide(now: Situation<'_>, purpose: Purpose) -> Result<Decision> {
    let mut errors = Vec::new();
    let (mut changes, unchanged) = writes(now, &mut errors);
    let removal = removals(now, purpose, &mut errors)?;
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    if purpose == Purpose::Prune {
        let prunes: Vec<&ObjectId> = removal.prunes.iter().map(|change| &change.id).collect();
        guard::within_budget(&prunes, now.inventory, now.desired.len(), now.prune)?;
    }

    let places = places(now, now.desired.objects().map(|o| (o.id(), Some(o.document()))))?;
    let mut waves = Vec::new();
    let mut barriers: Vec<ObjectId> = Vec::new();
    for Group { rank, ids } in arrange(&places)? {
        let own: Vec<Change> = ids.iter().filter_map(|id| changes.remove(id)).collect();
        if !own.is_empty() {
            let mut needs = barriers.clone();
            needs.extend(own.iter().flat_map(|change| places[&change.id].after.iter().cloned()));
            needs.sort_unstable();
            needs.dedup();
            waves.push(Wave { rank, changes: own, needs });
        }
        barriers.extend(ids.into_iter().filter(|id| places[id].barrier));
    }
    waves.extend(prune_waves(now, removal.prunes)?);

    let plan = Plan {
        app: now.app.clone(),
        revision: now.desired.revision().clone(),
        desired: now.desired.digest(),
        inventory: now.inventory.digest(),
        waves,
        retained: removal.retained,
        unchanged,
    };
    Ok(Decision { plan, forget: removal.forget })
}

fn writes(now: Situation<'_>, errors: &mut Vec<Error>) -> (BTreeMap<ObjectId, Change>, usize) {
    let mut changes = BTreeMap::new();
    let mut unchanged = 0;
    for object in now.desired.objects() {
        let live = now.observed.live(object.id());
        let owned = now.inventory.contains(object.id());
        if let Some(live) = live
            && !now.adoption.allows(live)
            // Someone took our mark off: that is drift, and ours to repair.
            && !(owned && live.owner == Owner::Nobody)
        {
            errors.push(now.adoption.refusal(object, live));
            continue;
        }
        match write(now, object, live) {
            Ok(Some(change)) => {
                changes.insert(object.id().clone(), change);
            }
            Ok(None) => unchanged += 1,
            Err(error) => errors.push(match object.origin() {
                Some(origin) => error.on(object.id()).at(origin),
                None => error.on(object.id()),
            }),
        }
    }
    (changes, unchanged)
}

fn write(now: Situation<'_>, object: &Object, live: Option<&Live>) -> Result<Option<Change>> {
    let change = |action, fields: &[FieldChange]| Change {
        id: object.id().clone(),
        action,
        cause: cause(now, object, live),
        base: live.map(Base::from),
        fields: fields.to_vec(),
        origin: object.origin().cloned(),
    };
    let object = || object.clone();
    Ok(match (now.diff.get(object().id()), live) {
        // A terminating object can't be kept; it is created anew once it is gone.
        (_, Some(live)) if live.terminating => None,
        (Some(Delta::Refused(error)), _) => return Err(error.clone()),
        (Some(Delta::InSync), _) => None,
        (Some(Delta::Replace(fields)), Some(live)) => {
            let permit = guard::replace(object().id(), live, now.prune)?;
            Some(change(Action::Replace { object: object(), permit }, fields))
        }
        (Some(Delta::Drifted(fields)), Some(_)) => {
            Some(change(Action::Update { object: object() }, fields))
        }
        // A differ that says nothing of an object, or contradicts the observer, is not trusted to
        // mean "in sync": the write is idempotent and says the truth.
        (Some(Delta::Missing) | None, Some(_)) => {
            Some(change(Action::Update { object: object() }, &[]))
        }
        (_, None) => Some(change(Action::Create { object: object() }, &[])),
    })
}

fn cause(now: Situation<'_>, object: &Object, live: Option<&Live>) -> Cause {
    match now.inventory.get(object.id()) {
        None if live.is_some_and(|live| live.owner != Owner::Ours) => Cause::Adopt,
        None => Cause::Desired,
        Some(entry) => match &entry.verified {
            Some(verified) if verified.desired == object.digest() => Cause::Drift,
            _ => Cause::Desired,
        },
    }
}

#[derive(Default)]
struct Removal {
    prunes: Vec<Change>,
    retained: Vec<Retained>,
    forget: Vec<ObjectId>,
}

fn removals(now: Situation<'_>, purpose: Purpose, errors: &mut Vec<Error>) -> Result<Removal> {
    let mut removal = Removal::default();
    for (id, entry) in now.inventory.iter().filter(|(id, _)| now.desired.get(id).is_none()) {
        let live = now.observed.live(id);
        match guard::judge(id, entry, live, now.prune, purpose) {
            Ok(Verdict::Prune(permit)) => removal.prunes.push(Change {
                id: id.clone(),
                action: Action::Prune { permit },
                cause: Cause::Removed,
                base: live.map(Base::from),
                fields: Vec::new(),
                origin: None,
            }),
            Ok(Verdict::Forget) => removal.forget.push(id.clone()),
            // It stays in the inventory until it is seen gone.
            Ok(Verdict::Wait) => {}
            Ok(Verdict::Retain(why)) => removal.retained.push(Retained { id: id.clone(), why }),
            Err(error) => errors.push(error),
        }
    }
    Ok(removal)
}

fn prune_waves(now: Situation<'_>, prunes: Vec<Change>) -> Result<Vec<Wave>> {
    let mut prunes: BTreeMap<ObjectId, Change> =
        prunes.into_iter().map(|change| (change.id.clone(), change)).collect();
    let live = |id: &ObjectId| now.observed.live(id).map(|live| &live.document);
    let mut places = places(now, prunes.keys().map(|id| (id, live(id))))?;
    for place in places.values_mut() {
        place.after.retain(|id| prunes.contains_key(id));
    }
    // A circle among objects that go must not keep them: ranks alone order them then.
    let groups = arrange(&places).or_else(|_| {
        places.values_mut().for_each(|place| place.after.clear());
        arrange(&places)
    })?;
    let wave = |Group { rank, ids }: Group| Wave {
        rank,
        changes: ids.iter().rev().filter_map(|id| prunes.remove(id)).collect(),
        needs: Vec::new(),
    };
    Ok(groups.into_iter().rev().map(wave).collect())
}

fn places<'a>(
    now: Situation<'_>,
    objects: impl Iterator<Item = (&'a ObjectId, Option<&'a crate::model::Document>)>,
) -> Result<BTreeMap<ObjectId, Place>> {
    let mut places = BTreeMap::new();
    let mut errors = Vec::new();
    for (id, document) in objects {
        match now.order.place(id, document) {
            Ok(place) => {
                places.insert(id.clone(), place);
            }
            Err(error) => errors.push(match now.desired.get(id).and_then(Object::origin) {
                Some(origin) => error.at(origin),
                None => error,
            }),
        }
    }
    match Error::join(errors) {
        Some(error) => Err(error),
        None => Ok(places),
    }
}

impl std::fmt::Debug for Situation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Situation({}, {})", self.app, self.desired.revision())
    }
}
