//! Taking away what is no longer applied.

use super::{Converter, Owned, Owners, UpdateError, Updater};
use crate::{fields::Fields, typed::Typed};
use std::collections::BTreeMap;

impl<C: Converter> Updater<C> {
    /// Takes a field or item out of the merged object if the manager applied it last time, does
    /// not apply it now, and nobody else owns it.
    pub(super) fn prune(
        &self,
        merged: &Typed,
        owners: &Owners,
        version: &str,
        last: &Owned,
    ) -> Result<Typed, UpdateError> {
        let step =
            "failed to prune fields: failed to convert merged object to last applied version: ";
        let Some(merged) = self.convert(merged, &last.version, step)? else {
            return Ok(merged.clone());
        };
        let gone = merged.schema().with_declared(&last.fields, merged.of());
        let pruned = merged.remove(&gone);
        let pruned = self.put_back_owned(&merged, pruned, &last.version, owners)?;
        let pruned = self.put_back_dangling(&merged, &pruned, last)?;
        let step = "failed to prune fields: ";
        let converted = self.convert(&pruned, version, step)?;
        converted.ok_or_else(|| UpdateError::Convert {
            step: step.to_owned(),
            message: format!("there is no version {version}"),
        })
    }

    /// Puts back what anybody owns, this manager's new configuration included.
    fn put_back_owned(
        &self,
        merged: &Typed,
        pruned: Typed,
        last_version: &str,
        owners: &Owners,
    ) -> Result<Typed, UpdateError> {
        let mut by_version: BTreeMap<&str, Fields> = BTreeMap::new();
        for (_, owned) in owners.iter() {
            let fields = by_version.entry(&owned.version).or_default();
            *fields = std::mem::take(fields).union(&owned.fields);
        }
        // The version of what was pruned goes first: a conversion may need what comes back.
        let first = by_version.remove_entry(last_version);
        let mut state = (merged.clone(), pruned);
        for (version, owned) in first.into_iter().chain(by_version) {
            state = self.put_back_at(state, version, &owned)?;
        }
        Ok(state.1)
    }

    fn put_back_at(
        &self,
        (merged, pruned): (Typed, Typed),
        version: &str,
        owned: &Fields,
    ) -> Result<(Typed, Typed), UpdateError> {
        let step = |object: &str| {
            format!(
                "failed to prune fields: failed add back owned items: failed to convert {object} object at version {version}: "
            )
        };
        let Some(merged_here) = self.convert(&merged, version, &step("merged"))? else {
            return Ok((merged, pruned));
        };
        let Some(pruned) = self.convert(&pruned, version, &step("pruned"))? else {
            return Ok((merged_here, pruned));
        };
        let merged = merged_here;
        let declared = |fields: &Fields| merged.schema().with_declared(fields, merged.of());
        let kept = declared(&set_of(&pruned)?).union(&declared(owned));
        let pruned = merged.remove(&declared(&set_of(&merged)?).difference(&kept));
        Ok((merged, pruned))
    }

    /// Puts back what this manager did not own last time, such as what a default put below an item
    /// of its.
    fn put_back_dangling(
        &self,
        merged: &Typed,
        pruned: &Typed,
        last: &Owned,
    ) -> Result<Typed, UpdateError> {
        let step = "failed to prune fields: failed add back dangling items: failed to convert pruned object to last applied version: ";
        let Some(pruned) = self.convert(pruned, &last.version, step)? else {
            return Ok(merged.clone());
        };
        let declared = |fields: &Fields| merged.schema().with_declared(fields, merged.of());
        let gone = declared(&set_of(merged)?).difference(&declared(&set_of(&pruned)?));
        Ok(merged.remove(&gone.intersection(&declared(&last.fields))))
    }
}

fn set_of(object: &Typed) -> Result<Fields, UpdateError> {
    object.to_fields().map_err(UpdateError::typed("get field set"))
}
