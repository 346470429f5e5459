//! Who owns a number of replicas: the owners of an object as those of its scale, and back.
//!
//! The rules are those of apimachinery's `managedfields.ScaleHandler`, with what follows from them:
//! who scales is an owner without a time, and nobody owns a scale of 0, which has no number.

use crate::kind::Kind;
use gitops_ssa::{
    fields::{Fields, PathElement},
    managed::Entries,
    update::Owned,
};
use serde_json::Value;

/// The API version of scales.
const SCALE: &str = "autoscaling/v1";

/// The owners of an object that is scaled.
pub(super) struct Replicas<'a> {
    kind: &'a Kind,
    entries: Entries,
}

impl<'a> Replicas<'a> {
    pub(super) fn of(kind: &'a Kind, object: &Value) -> Self {
        // Entries that can't be read are as none.
        Replicas { kind, entries: Entries::of(object).unwrap_or_default() }
    }

    /// The `managedFields` of the object's scale.
    pub(super) fn of_scale(&self) -> Value {
        let mut scale = Entries::default();
        for (name, owned) in self.entries.owners.iter() {
            let path = self.kind.model.replicas(&owned.version).unwrap_or_default();
            if path.is_empty() || !owned.fields.contains(&path) {
                continue;
            }
            let fields = Fields::of(&in_scale());
            let applied = owned.applied;
            scale.owners.insert(name, Owned { fields, version: SCALE.into(), applied });
            copy_time(&self.entries, name, &mut scale);
        }
        scale.to_value()
    }

    /// The `managedFields` of the object, after its scale has been written.
    pub(super) fn of_object(&self, scale: &Value) -> Value {
        let mut of_scale = Entries::of(scale).unwrap_or_default().owners;
        let mut object = Entries::default();
        for (name, owned) in self.entries.owners.iter() {
            let Some(path) = self.kind.model.replicas(&owned.version) else { continue };
            let mut owned = owned.clone();
            let owner = !path.is_empty() && owned.fields.contains(&path);
            if owner && of_scale.remove(name).is_none() {
                owned.fields = owned.fields.difference(&Fields::of(&path));
            }
            if !owner || !owned.fields.is_empty() {
                object.owners.insert(name, owned);
                copy_time(&self.entries, name, &mut object);
            }
        }
        let version = &*self.kind.api_version;
        let fields = Fields::of(&self.kind.model.replicas(version).unwrap_or_default());
        for (name, owned) in of_scale.iter().filter(|(_, owned)| owned.fields.contains(&in_scale()))
        {
            let applied = owned.applied;
            object
                .owners
                .insert(name, Owned { fields: fields.clone(), version: version.into(), applied });
            copy_time(&self.entries, name, &mut object);
        }
        object.to_value()
    }
}

/// Where a scale has its number.
fn in_scale() -> [PathElement; 2] {
    [PathElement::field("spec"), PathElement::field("replicas")]
}

fn copy_time(from: &Entries, name: &str, to: &mut Entries) {
    if let Some(time) = from.times.get(name) {
        to.times.insert(name.to_owned(), time.clone());
    }
}
