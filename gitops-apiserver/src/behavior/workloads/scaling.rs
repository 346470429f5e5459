//! The sizes of a Deployment's ReplicaSets.

use super::{
    REPLICA_SETS,
    deployments::{Deployment, annotate, annotation, replicas},
};
use crate::{builtin::defaults::field, object, status::Status};
use serde_json::Value;

pub(super) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
pub(super) const MAX: &str = "deployment.kubernetes.io/max-replicas";

/// A number or a percentage of a whole.
pub(super) fn share(value: Option<&Value>, whole: i64, up: bool) -> i64 {
    let Some(value) = value else { return 0 };
    let percent = value.as_str().and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
    match percent {
        Some(percent) => {
            let share = percent.saturating_mul(whole);
            if up { share.saturating_add(99) / 100 } else { share / 100 }
        }
        None => value.as_i64().unwrap_or(0),
    }
}

impl Deployment<'_, '_> {
    fn is_rolling(&self) -> bool {
        field::text(&self.at.object, "spec.strategy.type") == "RollingUpdate"
    }

    /// How many pods there may be too many, and how many too few.
    fn limits(&self) -> (i64, i64) {
        if !self.is_rolling() {
            return (0, 0);
        }
        let wanted = self.at.replicas();
        let part = |name: &str| {
            field::get(&self.at.object, &format!("spec.strategy.rollingUpdate.{name}"))
        };
        let surge = share(part("maxSurge"), wanted, true);
        let unavailable = share(part("maxUnavailable"), wanted, false);
        // Without either it could never begin.
        if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
    }

    pub(super) fn max_unavailable(&self) -> i64 {
        self.limits().1.min(self.at.replicas())
    }

    fn max_replicas(&self) -> i64 {
        self.at.replicas() + self.limits().0
    }

    /// The size that the new ReplicaSet can have now, which has `have`.
    pub(super) fn new_size(&self, have: i64) -> i64 {
        let wanted = self.at.replicas();
        if !self.is_rolling() {
            return wanted;
        }
        let total: i64 = self.all().map(replicas).sum();
        let room = (self.max_replicas() - total).min(wanted - have).max(0);
        have + room
    }

    /// Notes in a ReplicaSet how large the Deployment is.
    pub(super) fn annotate_size(&self, set: &mut Value) {
        annotate(set, DESIRED, &self.at.replicas().to_string());
        annotate(set, MAX, &self.max_replicas().to_string());
    }

    /// Whether the Deployment has another size than its ReplicaSets know.
    pub(super) fn is_scaled(&self) -> bool {
        let wanted = self.at.replicas();
        let known = |set: &Value| annotation(set, DESIRED)?.parse::<i64>().ok();
        self.active().filter_map(known).any(|known| known != wanted)
    }

    pub(super) fn resize_new(&mut self, size: i64) -> Result<bool, Status> {
        let Some(set) = &self.new else { return Ok(false) };
        let resized = self.resized(set, size, false)?;
        let scaled = resized.is_some();
        if let Some(resized) = resized {
            self.new = Some(resized);
        }
        Ok(scaled)
    }

    pub(super) fn resize_old(&mut self, at: usize, size: i64) -> Result<bool, Status> {
        let Some(set) = self.old.get(at) else { return Ok(false) };
        let resized = self.resized(set, size, false)?;
        let scaled = resized.is_some();
        if let (Some(resized), Some(set)) = (resized, self.old.get_mut(at)) {
            *set = resized;
        }
        Ok(scaled)
    }

    /// Gives a ReplicaSet another size; with `notes`, it learns the Deployment's size in any case.
    fn resized(&self, set: &Value, size: i64, notes: bool) -> Result<Option<Value>, Status> {
        if replicas(set) == size && !notes {
            return Ok(None);
        }
        let mut new = set.clone();
        field::put(&mut new, "spec.replicas", size);
        self.annotate_size(&mut new);
        if new == *set {
            return Ok(None);
        }
        self.at.update(REPLICA_SETS, &new).map(Some)
    }

    /// Brings a change of size to the ReplicaSets, in proportion to what they have.
    pub(super) fn scale(&mut self) -> Result<(), Status> {
        let wanted = self.at.replicas();
        let active = self.active().count();
        if active <= 1 {
            let one = self.active().next().or(self.new.as_ref()).or(self.old.last()).cloned();
            if let Some(one) = one {
                // The same size, but another than it was told.
                self.store(&one, wanted)?;
            }
            return Ok(());
        }
        let saturated = self.new.as_ref().is_some_and(|new| {
            replicas(new) == wanted
                && annotation(new, DESIRED) == Some(&*wanted.to_string())
                && field::number(new, "status.availableReplicas") == wanted
        });
        if saturated {
            for at in 0..self.old.len() {
                self.resize_old(at, 0)?;
            }
            return Ok(());
        }
        if !self.is_rolling() {
            return Ok(());
        }
        let mut sets: Vec<Value> = self.active().cloned().collect();
        let allowed = if wanted > 0 { self.max_replicas() } else { 0 };
        let add = allowed - sets.iter().map(replicas).sum::<i64>();
        // The largest first; of equal ones the newest grows first and the oldest shrinks first.
        if add > 0 {
            sets.reverse();
        }
        sets.sort_by_key(|set| std::cmp::Reverse(replicas(set)));
        let mut sizes = Vec::with_capacity(sets.len());
        let mut added = 0;
        for set in &sets {
            let share = if add == added { 0 } else { self.portion(set, add, added) };
            added += share;
            sizes.push(replicas(set) + share);
        }
        if let Some(first) = sizes.first_mut() {
            *first = (*first + add - added).max(0);
        }
        for (set, size) in sets.iter().zip(sizes) {
            self.store(set, size)?;
        }
        Ok(())
    }

    /// How much of what is to be added (or taken) a ReplicaSet gets.
    fn portion(&self, set: &Value, add: i64, added: i64) -> i64 {
        let left = add - added;
        let have = replicas(set);
        let share = if self.at.replicas() == 0 {
            -have
        } else {
            let noted = annotation(set, MAX).and_then(|max| max.parse::<i64>().ok());
            let before = noted
                .filter(|max| *max != 0)
                .unwrap_or_else(|| field::number(&self.at.object, "status.replicas"));
            if before == 0 {
                return 0;
            }
            // Rounded to the nearest, half away from zero.
            let size = have.saturating_mul(self.max_replicas()).saturating_mul(2) + before;
            size.div_euclid(before.saturating_mul(2)) - have
        };
        if add > 0 { share.min(left) } else { share.max(left) }
    }

    /// Stores a ReplicaSet's new size, and keeps what came of it.
    fn store(&mut self, set: &Value, size: i64) -> Result<(), Status> {
        let Some(resized) = self.resized(set, size, true)? else { return Ok(()) };
        let name = object::meta(set, "name");
        let mut all = self.old.iter_mut().chain(self.new.as_mut());
        if let Some(place) = all.find(|have| object::meta(have, "name") == name) {
            *place = resized;
        }
        Ok(())
    }
}
