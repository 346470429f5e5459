//! What a pipeline remembers between passes. All of it can be lost: a pass then costs more, and
//! comes to the same result.

use crate::{
    model::{
        Coverage, Cursor, Desired, Digest, Health, HealthStatus, Inventory, Live, ObjectId,
        Observation, Observed, ReadSet, Revision, Version,
    },
    stage::{Assessor, Stored},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The inventory as stored; we are its only writer until a save says otherwise.
    pub(super) held: Option<Held>,
    pub(super) rendered: Option<Rendered>,
    seen: Option<Seen>,
    /// Judged per version: an object that didn't move isn't parsed again.
    health: BTreeMap<ObjectId, (Version, Health)>,
    /// The last pass left nothing to do.
    pub(super) settled: bool,
    pub(super) last_applied: Option<Revision>,
    pub(super) unhealthy_since: Option<Duration>,
}

/// A stored inventory, shared, with its digest.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) inventory: Arc<Inventory>,
    pub(super) digest: Digest,
    pub(super) version: Option<Version>,
}

impl Held {
    pub(super) fn new(inventory: Inventory, version: Option<Version>) -> Self {
        Held { digest: inventory.digest(), inventory: Arc::new(inventory), version }
    }
}

impl From<Stored> for Held {
    fn from(stored: Stored) -> Self {
        Held::new(stored.inventory, stored.version)
    }
}

impl Default for Held {
    fn default() -> Self {
        Held::from(Stored::default())
    }
}

/// A render, and what it depends on.
#[derive(Debug, Clone)]
pub(super) struct Rendered {
    pub(super) desired: Arc<Desired>,
    pub(super) reads: Arc<ReadSet>,
}

/// The latest observation, with our own writes worked in.
#[derive(Debug)]
struct Seen {
    observed: Observed,
    /// The question it answers: this desired state and inventory.
    desired: Digest,
    inventory: Digest,
}

impl Memory {
    /// The latest observation.
    pub(super) fn observed(&self) -> Option<&Observed> {
        self.seen.as_ref().map(|seen| &seen.observed)
    }

    /// Where the latest observation stands.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        self.observed()?.cursor.clone()
    }

    /// The cursor to ask with: only where the same question was asked before and all was well.
    pub(super) fn since(&self, desired: &Desired, inventory: Digest) -> Option<Cursor> {
        let seen = self.seen.as_ref().filter(|_| self.settled)?;
        let same = seen.desired == desired.digest() && seen.inventory == inventory;
        self.cursor().filter(|_| same)
    }

    /// Works an answer in. Whether anything moved since the question's cursor.
    pub(super) fn observe(
        &mut self,
        answer: Observed,
        desired: &Desired,
        inventory: Digest,
    ) -> bool {
        match (&mut self.seen, answer.coverage) {
            (Some(seen), Coverage::Moved) => {
                let moved = !answer.objects.is_empty();
                seen.observed.cursor = answer.cursor;
                seen.observed.objects.extend(answer.objects);
                moved
            }
            (_, Coverage::Everything | Coverage::Moved) => {
                let desired = desired.digest();
                self.seen = Some(Seen { observed: answer, desired, inventory });
                true
            }
        }
    }

    /// Works the answers of our own writes in, so that health is judged by them.
    pub(super) fn wrote(&mut self, answers: &BTreeMap<ObjectId, Option<Live>>) {
        let Some(seen) = &mut self.seen else { return };
        for (id, live) in answers {
            let observation = Observation { live: live.clone(), predicted: None };
            seen.observed.objects.insert(id.clone(), observation);
        }
    }

    /// Takes note of what is stored now: the latest observation stays an answer, since only we
    /// changed the question.
    pub(super) fn stored(&mut self, held: Held) {
        if let Some(seen) = &mut self.seen {
            seen.inventory = held.digest;
        }
        self.held = Some(held);
    }

    /// The health of every desired object, by the latest observation. Judges only what moved.
    pub(super) fn health(
        &mut self,
        desired: &Desired,
        assessor: &dyn Assessor,
    ) -> Vec<(ObjectId, Health)> {
        let Some(seen) = &self.seen else { return Vec::new() };
        let mut known = std::mem::take(&mut self.health);
        let mut verdicts = Vec::with_capacity(desired.len());
        for object in desired.objects() {
            let id = object.id();
            let health = match seen.observed.live(id) {
                None => Health::new(HealthStatus::Missing, "not there"),
                Some(live) => {
                    let entry = known.remove(id).filter(|(version, _)| *version == live.version);
                    let (version, health) =
                        entry.unwrap_or_else(|| (live.version.clone(), assessor.assess(id, live)));
                    self.health.insert(id.clone(), (version, health.clone()));
                    health
                }
            };
            verdicts.push((id.clone(), health));
        }
        verdicts
    }
}
