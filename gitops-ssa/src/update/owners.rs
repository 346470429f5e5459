//! What each manager owns.

use crate::fields::Fields;
use std::collections::BTreeMap;

/// What one manager owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// Its paths.
    pub fields: Fields,
    /// The API version that they are paths of.
    pub version: Box<str>,
    /// Whether it owns them by apply, so that what it leaves out goes.
    pub applied: bool,
}

/// Managers by name, with what they own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners(BTreeMap<String, Owned>);

impl Owners {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What a manager owns.
    pub fn get(&self, manager: &str) -> Option<&Owned> {
        self.0.get(manager)
    }

    /// Sets what a manager owns; returns what it owned.
    pub fn insert(&mut self, manager: &str, owned: Owned) -> Option<Owned> {
        self.0.insert(manager.to_owned(), owned)
    }

    /// Forgets a manager; returns what it owned.
    pub fn remove(&mut self, manager: &str) -> Option<Owned> {
        self.0.remove(manager)
    }

    /// Managers by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Owned)> {
        self.0.iter().map(|(name, owned)| (&**name, owned))
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&str, &mut Owned) -> bool) {
        self.0.retain(|name, owned| keep(name, owned));
    }

    /// Who owns something else in the other: by manager, the paths that only one side has, at the
    /// other's version. Where the versions differ, all that the other has.
    #[must_use]
    pub fn difference(&self, other: &Owners) -> Owners {
        let mut out = Owners::default();
        for (name, left) in self.iter() {
            let right = match other.get(name) {
                None => left.clone(),
                Some(right) if right.version != left.version => {
                    out.insert(name, right.clone());
                    continue;
                }
                Some(right) => {
                    let only = left.fields.difference(&right.fields);
                    let fields = only.union(&right.fields.difference(&left.fields));
                    Owned { fields, version: right.version.clone(), applied: false }
                }
            };
            if !right.fields.is_empty() {
                out.insert(name, right);
            }
        }
        for (name, right) in other.iter() {
            if self.get(name).is_none() && !right.fields.is_empty() {
                out.insert(name, right.clone());
            }
        }
        out
    }
}

impl IntoIterator for Owners {
    type Item = (String, Owned);
    type IntoIter = std::collections::btree_map::IntoIter<String, Owned>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(String, Owned)> for Owners {
    fn from_iter<I: IntoIterator<Item = (String, Owned)>>(items: I) -> Self {
        Owners(items.into_iter().collect())
    }
}
