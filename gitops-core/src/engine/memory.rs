//! What a pipeline remembers between passes. All of it can be lost: a pass then costs more, and
//! comes to the same result.

use crate::{
    model::{
        Coverage, Cursor, Desired, Digest, Health, HealthStatus, Live, ObjectId, Observation,
        Observed, ReadSet, Revision, Version,
    },
    stage::{Assessor, Stored},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The inventory as stored; we are its only writer until a save says otherwise.
    pub(super) stored: Option<Stored>,
    pub(super) rendered: Option<Rendered>,
    pub(super) seen: Option<Seen>,
    /// Judged per version: an object that didn't move isn't parsed again.
    health: BTreeMap<ObjectId, (Version, Health)>,
    /// The last pass left nothing to do.
    pub(super) settled: bool,
    pub(super) last_applied: Option<Revision>,
    pub(super) unhealthy_since: Option<Duration>,
}

/// A render, and what it depends on.
#[derive(Debug, Clone)]
pub(super) struct Rendered {
    pub(super) desired: Arc<Desired>,
    pub(super) reads: ReadSet,
}

/// The latest observation, with our own writes worked in.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) observed: Observed,
    desired: Digest,
    inventory: Digest,
}

impl Memory {
    /// The cursor to ask with: only where the same question was asked before and all was well.
    pub(super) fn since(&self, desired: &Desired, inventory: Digest) -> Option<Cursor> {
        let seen = self.seen.as_ref().filter(|_| self.settled)?;
        let same = seen.desired == desired.digest() && seen.inventory == inventory;
        seen.observed.cursor.clone().filter(|_| same)
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
                let (desired, observed) = (desired.digest(), answer);
                self.seen = Some(Seen { observed, desired, inventory });
                true
            }
        }
    }

    /// Works the answers of our own writes in, so that health is judged by them.
    pub(super) fn wrote(&mut self, answers: BTreeMap<ObjectId, Option<Live>>, inventory: Digest) {
        let Some(seen) = &mut self.seen else { return };
        seen.inventory = inventory;
        for (id, live) in answers {
            seen.observed.objects.insert(id, Observation { live, predicted: None });
        }
    }

    /// The health of an object, given its live state. Parses only what moved.
    pub(super) fn health(
        &mut self,
        id: &ObjectId,
        live: Option<&Live>,
        assessor: &dyn Assessor,
    ) -> Health {
        let Some(live) = live else {
            self.health.remove(id);
            return Health::new(HealthStatus::Missing, "not there");
        };
        match self.health.get(id) {
            Some((version, health)) if *version == live.version => health.clone(),
            _ => {
                let health = assessor.assess(id, live);
                self.health.insert(id.clone(), (live.version.clone(), health.clone()));
                health
            }
        }
    }

    /// Forgets the health of objects that are no longer desired.
    pub(super) fn keep_health_of(&mut self, desired: &Desired) {
        self.health.retain(|id, _| desired.get(id).is_some());
    }
}
