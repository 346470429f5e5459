//! The marked objects of the watched kinds, as bytes.

use crate::{app::PART_OF, resource::Resource};
use gitops_core::model::{Document, ObjectId};
use serde_json::Value;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A live object as it was last heard of: identity, version, mark and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: ObjectId,
    pub(crate) uid: Arc<str>,
    pub(crate) version: Arc<str>,
    /// The ApplySet that it is marked as a member of.
    pub(crate) part_of: Option<Arc<str>>,
    pub(crate) document: Document,
}

impl Seen {
    /// Reads a live object. Items of lists lack `apiVersion` and `kind`, which are filled in.
    /// `None` when it has no name: not what an API server sends.
    pub(crate) fn new(resource: &Resource, mut value: Value) -> Option<Self> {
        let map = value.as_object_mut()?;
        map.entry("apiVersion").or_insert_with(|| resource.api_version().into());
        map.entry("kind").or_insert_with(|| resource.kind.clone().into());
        let metadata = map.get("metadata")?;
        let text = |name: &str| metadata.get(name).and_then(Value::as_str);
        let namespace = text("namespace").unwrap_or_default();
        let id = ObjectId::new(&resource.group, &resource.kind, namespace, text("name")?);
        let part_of = metadata.get("labels").and_then(|labels| labels.get(PART_OF)?.as_str());
        Some(Seen {
            id,
            uid: text("uid").unwrap_or_default().into(),
            // The dry run of a create answers none.
            version: text("resourceVersion").unwrap_or_default().into(),
            part_of: part_of.map(Arc::from),
            document: Document::new(&value),
        })
    }
}

/// What watches brought, by kind; and for each ApplySet how often its objects moved.
#[derive(Default)]
pub(super) struct Store {
    kinds: BTreeMap<String, Kind>,
    generations: BTreeMap<Arc<str>, u64>,
}

#[derive(Default)]
struct Kind {
    objects: BTreeMap<ObjectId, Seen>,
    /// Incarnations that we deleted: late news of them is no news.
    buried: BTreeSet<Arc<str>>,
}

impl Store {
    pub(super) fn generation(&self, apply_set: &str) -> u64 {
        self.generations.get(apply_set).copied().unwrap_or_default()
    }

    #[cfg(test)]
    fn get(&self, kind: &str, id: &ObjectId) -> Option<Seen> {
        self.kinds.get(kind)?.objects.get(id).cloned()
    }

    /// All objects of some kinds. O(objects); documents are shared, not copied.
    pub(super) fn of(&self, kinds: &BTreeSet<String>) -> BTreeMap<ObjectId, Seen> {
        let kinds = kinds.iter().filter_map(|kind| self.kinds.get(kind));
        kinds.flat_map(|kind| &kind.objects).map(|(id, seen)| (id.clone(), seen.clone())).collect()
    }

    /// Forgets the kinds that nobody watches any more.
    pub(super) fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.kinds.retain(|key, _| wanted(key));
    }

    /// Takes in one object, unless something newer of it is known.
    pub(super) fn put(&mut self, kind: &str, seen: Seen) {
        let kind = self.kinds.entry(kind.to_owned()).or_default();
        if kind.buried.contains(&seen.uid) {
            return;
        }
        let old = kind.objects.get(&seen.id);
        if old.is_some_and(|old| {
            old.uid == seen.uid && newer(&old.version, &seen.version) != Ordering::Less
        }) {
            return;
        }
        let moved = [old.and_then(|old| old.part_of.clone()), seen.part_of.clone()];
        if seen.part_of.is_some() {
            kind.objects.insert(seen.id.clone(), seen);
        } else {
            kind.objects.remove(&seen.id);
        }
        self.bump(moved);
    }

    /// Takes in that an object is gone, or lost its mark.
    pub(super) fn delete(&mut self, kind: &str, seen: &Seen) {
        let kind = self.kinds.entry(kind.to_owned()).or_default();
        kind.buried.remove(&seen.uid);
        // A newer incarnation under the same name stays.
        if kind.objects.get(&seen.id).is_some_and(|old| old.uid == seen.uid) {
            let old = kind.objects.remove(&seen.id);
            self.bump([old.and_then(|old| old.part_of), None]);
        }
    }

    /// Takes in that we deleted this incarnation: what is still on its way of it is dropped.
    pub(super) fn bury(&mut self, kind: &str, id: &ObjectId, uid: &str) {
        let Some(kind) = self.kinds.get_mut(kind) else { return };
        if kind.objects.get(id).is_some_and(|old| *old.uid == *uid) {
            kind.buried.insert(uid.into());
            let old = kind.objects.remove(id);
            self.bump([old.and_then(|old| old.part_of), None]);
        }
    }

    /// Takes in a complete list. What we wrote after it was made stays.
    pub(super) fn replace(&mut self, kind: &str, objects: Vec<Seen>, version: &str) {
        let known = self.kinds.entry(kind.to_owned()).or_default();
        let listed: BTreeSet<&ObjectId> = objects.iter().map(|seen| &seen.id).collect();
        let gone: Vec<ObjectId> = known
            .objects
            .values()
            .filter(|old| !listed.contains(&old.id))
            .filter(|old| newer(&old.version, version) != Ordering::Greater)
            .map(|old| old.id.clone())
            .collect();
        let mut moved = Vec::new();
        for id in gone {
            moved.push(known.objects.remove(&id).and_then(|old| old.part_of));
        }
        self.bump(moved);
        for seen in objects {
            self.put(kind, seen);
        }
    }

    fn bump(&mut self, moved: impl IntoIterator<Item = Option<Arc<str>>>) {
        for apply_set in moved.into_iter().flatten() {
            *self.generations.entry(apply_set).or_default() += 1;
        }
    }
}

/// Compares versions. Within one kind they are numbers that rise (KEP-5504 makes that a promise);
/// a server that uses anything else gets "the later news is newer".
fn newer(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    match (a.parse::<u128>(), b.parse::<u128>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => Ordering::Less,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(name: &str, uid: &str, version: &str, set: Option<&str>) -> Seen {
        let resource = Resource {
            group: String::new(),
            version: "v1".into(),
            kind: "ConfigMap".into(),
            plural: "configmaps".into(),
            namespaced: true,
            verbs: vec![],
        };
        let labels = set.map_or(json!({}), |set| json!({ PART_OF: set }));
        let metadata = json!({
            "name": name, "namespace": "n", "uid": uid, "resourceVersion": version, "labels": labels
        });
        Seen::new(&resource, json!({ "metadata": metadata })).unwrap()
    }

    #[test]
    fn newer_wins_and_equal_moves_nothing() {
        let mut store = Store::default();
        store.put("k", seen("a", "u", "10", Some("s")));
        store.put("k", seen("a", "u", "9", Some("s")));
        store.put("k", seen("a", "u", "10", Some("s")));
        assert_eq!(store.generation("s"), 1);
        let id = seen("a", "u", "10", None).id;
        assert_eq!(&*store.get("k", &id).unwrap().version, "10");
        store.put("k", seen("a", "v", "3", Some("s")));
        assert_eq!(&*store.get("k", &id).unwrap().uid, "v", "another incarnation is news");
    }

    #[test]
    fn a_lost_mark_moves_the_old_owner() {
        let mut store = Store::default();
        store.put("k", seen("a", "u", "1", Some("s")));
        store.put("k", seen("a", "u", "2", Some("t")));
        assert_eq!((store.generation("s"), store.generation("t")), (2, 1));
        store.put("k", seen("a", "u", "3", None));
        assert_eq!((store.generation("s"), store.generation("t")), (2, 2));
        assert_eq!(store.get("k", &seen("a", "u", "3", None).id), None);
    }

    #[test]
    fn late_news_of_what_we_deleted_is_dropped() {
        let mut store = Store::default();
        let first = seen("a", "u", "1", Some("s"));
        store.put("k", first.clone());
        store.bury("k", &first.id, "u");
        store.put("k", seen("a", "u", "2", Some("s")));
        assert_eq!(store.get("k", &first.id), None);
        store.put("k", seen("a", "w", "5", Some("s")));
        store.delete("k", &seen("a", "u", "4", Some("s")));
        assert_eq!(&*store.get("k", &first.id).unwrap().uid, "w", "the new one stays");
    }

    #[test]
    fn a_list_replaces_all_but_later_own_writes() {
        let mut store = Store::default();
        store.put("k", seen("old", "o", "5", Some("s")));
        store.put("k", seen("own", "w", "12", Some("s")));
        store.replace("k", vec![seen("new", "n", "7", Some("s"))], "10");
        let left = store.of(&BTreeSet::from(["k".to_owned()]));
        let names: Vec<&str> = left.keys().map(ObjectId::name).collect();
        assert_eq!(names, ["new", "own"]);
    }
}
