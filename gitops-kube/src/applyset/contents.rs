//! Which kinds and namespaces a set says its members have.

use gitops_core::model::{Inventory, ObjectId};
use std::collections::BTreeSet;

/// Kinds and namespaces of a set's members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// `Kind.group`, or `Kind` for the core group.
    pub(super) kinds: BTreeSet<String>,
    /// Namespaces besides the parent's.
    pub(super) namespaces: BTreeSet<String>,
}

impl Contents {
    /// What the members of an inventory have.
    pub(super) fn of(inventory: &Inventory, home: &str) -> Self {
        let ids = || inventory.iter().map(|(id, _)| id);
        let away = |namespace: &&str| !namespace.is_empty() && *namespace != home;
        Contents {
            kinds: ids().map(group_kind).collect(),
            namespaces: ids().map(ObjectId::namespace).filter(away).map(String::from).collect(),
        }
    }

    /// Reads the values of the annotations.
    pub(super) fn parse(kinds: &str, namespaces: &str) -> Self {
        let list = |text: &str| {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            items.map(String::from).collect()
        };
        Contents { kinds: list(kinds), namespaces: list(namespaces) }
    }

    /// All that is in either.
    pub(super) fn union(&self, other: &Self) -> Self {
        Contents {
            kinds: &self.kinds | &other.kinds,
            namespaces: &self.namespaces | &other.namespaces,
        }
    }

    /// The value of [`super::CONTAINS_GROUP_KINDS`].
    pub(super) fn kinds_text(&self) -> String {
        join(&self.kinds)
    }

    /// The value of [`super::ADDITIONAL_NAMESPACES`].
    pub(super) fn namespaces_text(&self) -> String {
        join(&self.namespaces)
    }
}

fn join(items: &BTreeSet<String>) -> String {
    items.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

fn group_kind(id: &ObjectId) -> String {
    match id.group() {
        "" => id.kind().to_owned(),
        group => format!("{}.{group}", id.kind()),
    }
}
