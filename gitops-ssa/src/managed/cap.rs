//! A bound on the number of updaters.

use super::{Entries, Identity};
use crate::{fields::Operation, update::Owned};
use std::collections::{BTreeMap, BTreeSet};

/// How many Update entries an object keeps.
const UPDATERS: usize = 10;
/// Who owns what older updaters owned.
const ANCIENT: &str = "ancient-changes";

/// Merges the oldest Update entries of each version until there are few enough. One entry of each
/// version always stays, so that many versions can exceed the bound.
pub(super) fn cap(entries: &mut Entries) {
    let updaters = entries.owners.iter().filter(|(_, owned)| !owned.applied);
    let mut updaters: Vec<(String, String, String)> = updaters
        .map(|(name, owned)| {
            let time = entries.times.get(name).cloned().unwrap_or_default();
            (time, name.to_owned(), owned.version.to_string())
        })
        .collect();
    let mut count = updaters.len();
    // Oldest first.
    updaters.sort_unstable();
    let mut first_of: BTreeMap<String, String> = BTreeMap::new();
    for (time, name, version) in updaters {
        if count <= UPDATERS {
            return;
        }
        let Some(first) = first_of.get(&version) else {
            first_of.insert(version, name);
            continue;
        };
        let bucket = Identity::new(ANCIENT, Operation::Update, &version, "");
        let bucket = bucket.as_str();
        let parts = [first.as_str(), name.as_str(), bucket];
        let parts: BTreeSet<&str> = parts.into_iter().collect();
        let owned = parts.into_iter().filter_map(|name| entries.owners.remove(name));
        let merged =
            owned.reduce(|left, right| Owned { fields: left.fields.union(&right.fields), ..right });
        if let Some(merged) = merged {
            entries.owners.insert(bucket, merged);
        }
        count -= 1;
        // The later of the two.
        entries.times.insert(bucket.to_owned(), time);
        first_of.insert(version, bucket.to_owned());
    }
}
