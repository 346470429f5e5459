//! Writes by several managers: who owns what afterwards, and who is in whose way.
//!
//! [`Updater`] works on field sets by manager. [`managed`](crate::managed) puts the entries of
//! `metadata.managedFields` around it.

mod conflict;
mod convert;
mod owners;
mod prune;

pub use conflict::{Conflict, Conflicts};
pub use convert::{ConvertError, Converter, OneVersion};
pub use owners::{Owned, Owners};

use crate::{
    fields::{Fields, Filter},
    typed::{Comparison, Typed, TypedError, same},
};
use std::collections::BTreeMap;

/// Why a write is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// Other managers own fields that an apply without force would change.
    #[error("{0}")]
    Conflicts(Conflicts),
    /// The objects can't be merged or compared.
    #[error("failed to {step}: {error}")]
    Typed {
        /// What was being done.
        step: &'static str,
        /// What is wrong.
        error: TypedError,
    },
    /// An object can't be converted to the version of a manager's fields.
    #[error("{step}{message}")]
    Convert {
        /// What was being done: nothing, or words that end with a colon and a space.
        step: String,
        /// What the converter says.
        message: String,
    },
}

impl UpdateError {
    fn typed(step: &'static str) -> impl FnOnce(TypedError) -> Self {
        move |error| UpdateError::Typed { step, error }
    }
}

/// The outcome of an apply.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The new object; `None` if it is the same as the live one.
    pub object: Option<Typed>,
    /// Who owns what now.
    pub owners: Owners,
}

/// Computes what becomes of an object and its owners.
#[derive(Debug)]
pub struct Updater<C> {
    converter: C,
    ignored: BTreeMap<String, Filter>,
}

impl<C: Converter> Updater<C> {
    /// Where all sets are of versions that the converter knows.
    pub fn new(converter: C) -> Self {
        Updater { converter, ignored: BTreeMap::new() }
    }

    /// With fields that no write of a version may own or change: by version, which fields count.
    #[must_use]
    pub fn ignoring(self, ignored: BTreeMap<String, Filter>) -> Self {
        Updater { ignored, ..self }
    }

    /// Applies a configuration: merges it into the live object, takes away what this manager
    /// applied last time, does not now, and nobody else owns, and gives it the fields of the
    /// configuration. Both objects are of `version`. O(size × versions).
    ///
    /// # Errors
    /// [`UpdateError::Conflicts`] if other managers own fields that would change, unless forced:
    /// then they lose them. Objects that don't merge or convert. Nothing has changed then.
    pub fn apply(
        &self,
        live: &Typed,
        config: &Typed,
        version: &str,
        owners: Owners,
        manager: &str,
        force: bool,
    ) -> Result<Applied, UpdateError> {
        let mut owners = self.reconcile(live, owners)?;
        let merged = live.merge(config).map_err(UpdateError::typed("merge config"))?;
        let set = config.to_fields().map_err(UpdateError::typed("get field set"))?;
        let set = self.counting(version, set);
        // Most applies leave out nothing of the last one: there is nothing to take away then.
        let leaves_out = owners.get(manager).is_some_and(|last| {
            let left_out = last.fields.difference(&set);
            !last.fields.is_empty() && (&*last.version != version || !left_out.is_empty())
        });
        let last =
            owners.insert(manager, Owned { fields: set, version: version.into(), applied: true });
        let object = match last.filter(|_| leaves_out) {
            Some(last) => self.prune(&merged, &owners, version, &last)?,
            None => merged,
        };
        self.change(live, &object, version, &mut owners, manager, force)?;
        let object = (!same(live.value(), object.value())).then_some(object);
        Ok(Applied { object, owners })
    }

    /// Owners after a write that replaced the live object by the new one: its manager owns what it
    /// added and changed, in addition to what it owned; others lose that, and everybody loses
    /// what is gone. Both objects are of `version`; for a creation the live one is null.
    /// O(size × versions).
    ///
    /// # Errors
    /// Objects that don't compare or convert.
    pub fn update(
        &self,
        live: &Typed,
        new: &Typed,
        version: &str,
        owners: Owners,
        manager: &str,
    ) -> Result<Owners, UpdateError> {
        let mut owners = self.reconcile(live, owners)?;
        let changes = self.change(live, new, version, &mut owners, manager, true)?;
        let own = owners.remove(manager).map(|owned| owned.fields).unwrap_or_default();
        let own = own.difference(&changes.removed).union(&changes.modified).union(&changes.added);
        let own = self.counting(version, own);
        if !own.is_empty() {
            owners.insert(manager, Owned { fields: own, version: version.into(), applied: false });
        }
        Ok(owners)
    }

    /// Takes changed fields away from others, or says that they are in the way.
    fn change(
        &self,
        live: &Typed,
        new: &Typed,
        version: &str,
        owners: &mut Owners,
        manager: &str,
        force: bool,
    ) -> Result<Comparison, UpdateError> {
        let compare = |live: &Typed, new: &Typed, version: &str| {
            let changes = live.compare(new).map_err(UpdateError::typed("compare objects"))?;
            Ok(changes.filtered(self.ignored.get(version)))
        };
        let mut by_version = BTreeMap::from([(version.to_owned(), compare(live, new, version)?)]);
        let mut obsolete = Vec::new();
        let mut conflicts: BTreeMap<String, Fields> = BTreeMap::new();
        for (name, owned) in owners.iter().filter(|(name, _)| *name != manager) {
            let changes = match by_version.get(&*owned.version) {
                Some(changes) => changes,
                None => {
                    let step = "failed to convert old object: ";
                    let old = self.convert(live, &owned.version, step)?;
                    let step = "failed to convert new object: ";
                    let new = self.convert(new, &owned.version, step)?;
                    let (Some(old), Some(new)) = (old, new) else {
                        obsolete.push(name.to_owned());
                        continue;
                    };
                    let changes = compare(&old, &new, &owned.version)?;
                    by_version.entry(owned.version.to_string()).or_insert(changes)
                }
            };
            let changed = changes.modified.clone().union(&changes.added);
            let lost = owned.fields.intersection(&changed);
            if !lost.is_empty() {
                conflicts.insert(name.to_owned(), lost);
            }
        }
        if !force && !conflicts.is_empty() {
            return Err(UpdateError::Conflicts(Conflicts::new(&conflicts)));
        }
        for name in obsolete {
            owners.remove(&name);
        }
        owners.retain(|name, owned| {
            if name != manager {
                let mut left = owned.fields.clone();
                if let Some(lost) = conflicts.get(name) {
                    left = left.difference(lost);
                }
                if let Some(changes) = by_version.get(&*owned.version) {
                    left = left.difference(&changes.removed);
                }
                owned.fields = left;
            }
            !owned.fields.is_empty()
        });
        Ok(by_version.remove(version).unwrap_or_default())
    }

    /// Sets in terms of the schemas of today. Those of versions that are gone are dropped.
    fn reconcile(&self, live: &Typed, owners: Owners) -> Result<Owners, UpdateError> {
        let mut out = Owners::default();
        for (name, mut owned) in owners {
            let Some(converted) = self.convert(live, &owned.version, "")? else { continue };
            let step = "reconcile field set with schema";
            let fields = converted.reconcile(&owned.fields).map_err(UpdateError::typed(step))?;
            if let Some(fields) = fields {
                owned.fields = fields;
            }
            out.insert(&name, owned);
        }
        Ok(out)
    }

    /// The object at a version; `None` if there is no such version any more. `step` is what an error
    /// starts with.
    fn convert(
        &self,
        object: &Typed,
        version: &str,
        step: &str,
    ) -> Result<Option<Typed>, UpdateError> {
        match self.converter.convert(object, version) {
            Ok(object) => Ok(Some(object)),
            Err(ConvertError::MissingVersion) => Ok(None),
            Err(ConvertError::Failed(message)) => {
                Err(UpdateError::Convert { step: step.to_owned(), message })
            }
        }
    }

    fn counting(&self, version: &str, fields: Fields) -> Fields {
        match self.ignored.get(version) {
            Some(filter) => filter.apply(&fields),
            None => fields,
        }
    }
}
