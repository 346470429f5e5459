//! The order of work: waves by rank and dependency. Pure.

use crate::{
    error::{Error, Result, Retry, Stage},
    model::ObjectId,
    reason,
    stage::Place,
};
use std::collections::{BTreeMap, BTreeSet};

/// Objects that may be worked on together, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The rank that they share.
    pub rank: i64,
    /// The objects, by step and id.
    pub ids: Vec<ObjectId>,
}

/// Arranges objects in groups: lower ranks first; an object comes after everything in its
/// [`Place::after`], which raises its rank where need be; within a group by step, then id.
///
/// Pruning uses the same order backwards. O((n + e) log n) for n objects and e dependencies.
///
/// # Errors
/// `Dependency` when objects depend on each other in a circle (all of them named) or on something
/// that is not among them.
pub fn arrange(places: &BTreeMap<ObjectId, Place>) -> Result<Vec<Group>> {
    let mut missing = Vec::new();
    let mut waiting: BTreeMap<&ObjectId, usize> = BTreeMap::new();
    let mut dependents: BTreeMap<&ObjectId, Vec<&ObjectId>> = BTreeMap::new();
    for (id, place) in places {
        let needs: BTreeSet<&ObjectId> = place.after.iter().collect();
        for need in &needs {
            if !places.contains_key(*need) {
                missing.push(dangling(id, need));
            }
            dependents.entry(need).or_default().push(id);
        }
        waiting.insert(id, needs.len());
    }
    if let Some(error) = Error::join(missing) {
        return Err(error);
    }

    // Kahn's algorithm; a level is (rank, depth below the first of that rank).
    let mut levels: BTreeMap<&ObjectId, (i64, u32)> =
        places.iter().map(|(id, place)| (id, (place.rank, 0))).collect();
    let mut free: Vec<&ObjectId> =
        waiting.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    let mut done = 0;
    while let Some(id) = free.pop() {
        done += 1;
        let (rank, depth) = levels[id];
        for dependent in dependents.get(id).into_iter().flatten() {
            if let Some(level) = levels.get_mut(*dependent) {
                *level = (*level).max((rank, depth + 1));
            }
            if let Some(count) = waiting.get_mut(*dependent) {
                *count -= 1;
                if *count == 0 {
                    free.push(dependent);
                }
            }
        }
    }
    if done < places.len() {
        let circle = waiting.into_iter().filter(|(_, count)| *count > 0).map(|(id, _)| id);
        return Err(circular(&circle.collect::<Vec<_>>()));
    }

    let mut groups: BTreeMap<(i64, u32), Vec<(u32, &ObjectId)>> = BTreeMap::new();
    for (id, level) in levels {
        groups.entry(level).or_default().push((places[id].step, id));
    }
    let group = |((rank, _), mut ids): ((i64, u32), Vec<(u32, &ObjectId)>)| {
        ids.sort_unstable();
        Group { rank, ids: ids.into_iter().map(|(_, id)| id.clone()).collect() }
    };
    Ok(groups.into_iter().map(group).collect())
}

fn dangling(id: &ObjectId, need: &ObjectId) -> Error {
    let message = format!("depends on {need}, which is not in this app");
    Error::new(Stage::Plan, Retry::Never, reason::DEPENDENCY, message)
        .on(id)
        .advise("declare it in this app or remove the dependency")
}

fn circular(ids: &[&ObjectId]) -> Error {
    let names: Vec<String> = ids.iter().take(10).map(ToString::to_string).collect();
    let message = format!("objects depend on each other in a circle: {}", names.join(", "));
    Error::new(Stage::Plan, Retry::Never, reason::DEPENDENCY, message)
        .advise("remove one of the dependencies")
}

#[cfg(test)]
mod tests;
