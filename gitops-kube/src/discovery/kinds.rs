//! Kinds, resources and scopes as data.

use crate::Resource;
use gitops_core::model::{Object, ObjectId};
use kube::client::{APIGroupDiscovery, APIGroupDiscoveryList};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The answer to "is there such a kind".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lookup {
    Known(Resource),
    /// The server answered for the whole group, and it is not there.
    Unknown,
    /// Part of the group didn't answer: nobody can say.
    Unclear(String),
}

/// All kinds that a server serves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kinds {
    groups: BTreeMap<String, Vec<Served>>,
}

/// One version of a group, in the server's order of preference.
#[derive(Debug, Clone, Default)]
struct Served {
    version: String,
    stale: bool,
    kinds: BTreeMap<String, Resource>,
}

impl Kinds {
    pub(crate) fn new(core: APIGroupDiscoveryList, named: APIGroupDiscoveryList) -> Self {
        let groups = core.items.into_iter().chain(named.items);
        Kinds { groups: groups.map(group).collect() }
    }

    /// The kind in this version.
    pub(crate) fn find(&self, group: &str, version: &str, kind: &str) -> Lookup {
        let versions = self.versions(group);
        let served = versions.iter().find(|served| served.version == version);
        match served.and_then(|served| served.kinds.get(kind)) {
            Some(resource) => Lookup::Known(resource.clone()),
            None if served.is_some_and(|served| !served.stale) => Lookup::Unknown,
            None => self.absent(group),
        }
    }

    /// The kind in the version that the server prefers.
    pub(crate) fn preferred(&self, group: &str, kind: &str) -> Lookup {
        match self.versions(group).iter().find_map(|served| served.kinds.get(kind)) {
            Some(resource) => Lookup::Known(resource.clone()),
            None => self.absent(group),
        }
    }

    /// Whether exactly this is served.
    pub(crate) fn serves(&self, resource: &Resource) -> bool {
        let found = self.find(&resource.group, &resource.version, &resource.kind);
        matches!(found, Lookup::Known(known) if known.plural == resource.plural)
    }

    /// Adds a kind that is known to be served although discovery does not show it yet.
    pub(crate) fn believe(&mut self, resource: &Resource) {
        let versions = self.groups.entry(resource.group.clone()).or_default();
        let known = versions.iter().position(|served| served.version == resource.version);
        let at = known.unwrap_or_else(|| {
            versions.push(Served { version: resource.version.clone(), ..Served::default() });
            versions.len() - 1
        });
        if let Some(served) = versions.get_mut(at) {
            served.kinds.entry(resource.kind.clone()).or_insert_with(|| resource.clone());
        }
    }

    fn versions(&self, group: &str) -> &[Served] {
        self.groups.get(group).map_or(&[], Vec::as_slice)
    }

    fn absent(&self, group: &str) -> Lookup {
        let silent: Vec<&str> = self
            .versions(group)
            .iter()
            .filter(|served| served.stale)
            .map(|served| served.version.as_str())
            .collect();
        if silent.is_empty() {
            Lookup::Unknown
        } else {
            Lookup::Unclear(format!(
                "the server that serves {} of group {group:?} doesn't answer",
                silent.join(", ")
            ))
        }
    }
}

fn group(group: APIGroupDiscovery) -> (String, Vec<Served>) {
    let name = group.metadata.and_then(|metadata| metadata.name).unwrap_or_default();
    let versions = group.versions.into_iter().map(|version| {
        let number = version.version.unwrap_or_default();
        let mut kinds = BTreeMap::new();
        for resource in version.resources {
            let Some(kind) = resource.response_kind.and_then(|kind| kind.kind) else { continue };
            let Some(plural) = resource.resource else { continue };
            kinds.entry(kind.clone()).or_insert(Resource {
                group: name.clone(),
                version: number.clone(),
                kind,
                plural,
                namespaced: resource.scope.as_deref() == Some("Namespaced"),
                verbs: resource.verbs,
            });
        }
        let stale = version.freshness.as_deref() == Some("Stale");
        Served { version: number, stale, kinds }
    });
    let versions = versions.collect();
    (name, versions)
}

/// The kinds that a CustomResourceDefinition makes the server serve; none for anything else.
pub(crate) fn defined(definition: &Value) -> Vec<Resource> {
    let text = |at: &str| definition.pointer(at).and_then(Value::as_str).unwrap_or_default();
    if text("/kind") != "CustomResourceDefinition" {
        return Vec::new();
    }
    let (group, kind, plural) =
        (text("/spec/group"), text("/spec/names/kind"), text("/spec/names/plural"));
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    let served = versions.into_iter().flatten().filter(|version| version["served"] == true);
    let numbers = served.filter_map(|version| version["name"].as_str());
    const VERBS: [&str; 7] = ["create", "delete", "get", "list", "patch", "update", "watch"];
    numbers
        .map(|number| Resource {
            group: group.to_owned(),
            version: number.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced: text("/spec/scope") == "Namespaced",
            verbs: VERBS.map(str::to_owned).to_vec(),
        })
        .collect()
}

/// The kinds that the CustomResourceDefinitions of a desired state define: by group and kind, the
/// definition and what it makes the server serve. O(definitions).
pub(crate) fn declared<'a>(
    objects: impl Iterator<Item = &'a Object>,
) -> BTreeMap<(String, String), (ObjectId, BTreeSet<Resource>)> {
    let mut all: BTreeMap<(String, String), (ObjectId, BTreeSet<Resource>)> = BTreeMap::new();
    for object in objects.filter(|object| is_definition(object.id())) {
        for resource in defined(&object.value()) {
            let key = (resource.group.clone(), resource.kind.clone());
            let entry = all.entry(key).or_insert_with(|| (object.id().clone(), BTreeSet::new()));
            entry.1.insert(resource);
        }
    }
    all
}

/// Whether it is a CustomResourceDefinition.
pub(crate) fn is_definition(id: &ObjectId) -> bool {
    id.group() == "apiextensions.k8s.io" && id.kind() == "CustomResourceDefinition"
}

/// Whether writing it changes which kinds the server serves.
pub(crate) fn changes_kinds(id: &ObjectId) -> bool {
    is_definition(id) || (id.group() == "apiregistration.k8s.io" && id.kind() == "APIService")
}

/// Group and version of an `apiVersion`.
pub(crate) fn split(api_version: &str) -> (&str, &str) {
    api_version.rsplit_once('/').unwrap_or(("", api_version))
}
