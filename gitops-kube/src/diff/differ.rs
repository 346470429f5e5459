//! The Differ for targets with field ownership.

use super::{Mask, changes, masked, settled, wanted};
use gitops_core::{
    error::{Error, Result},
    model::{
        Coverage, Delta, Desired, Diff, Document, FieldChange, Inventory, Live, Object,
        Observation, Observed, Predicted, Verified,
    },
    reason,
    stage::Differ,
};
use serde_json::Value;

/// Compares as the API server would: by what we own, and by what it predicts.
///
/// An object whose inventory entry says that this very document was verified with this very
/// fingerprint ([`crate::fingerprint`]) is in sync, without a prediction. Otherwise the prediction
/// (a dry-run apply) is compared with the live document: equal but for bookkeeping is in sync.
/// Ownership counts: an apply that would only make us owner of a field is a write, and a drift.
///
/// An object that the server refuses over an immutable field is a [`Delta::Replace`] if it bears
/// `kustomize.toolkit.fluxcd.io/force: enabled` as annotation or label, else [`Delta::Refused`].
/// Where nothing can be predicted, an object that is there counts as drifted in fields unknown:
/// applying it again does no harm.
#[derive(Debug, Clone, Default)]
pub struct ManagedFields {
    mask: Mask,
}

/// The mark with which an object allows its replacement.
const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";

impl ManagedFields {
    /// Hides what this mask says in the listed changes.
    pub fn new(mask: Mask) -> Self {
        ManagedFields { mask }
    }

    fn delta(&self, object: &Object, observation: &Observation, known: Option<&Verified>) -> Delta {
        match (&observation.live, &observation.predicted) {
            (Some(live), _) if known.is_some_and(|known| holds(known, object, live)) => {
                Delta::InSync
            }
            (live, Some(Predicted::Refused(error))) => self.refused(object, live.as_ref(), error),
            (None, _) => Delta::Missing,
            (Some(live), Some(Predicted::Document(predicted))) => {
                self.compared(&live.document, predicted)
            }
            (Some(_), Some(Predicted::Later(_)) | None) => Delta::Drifted(Vec::new()),
        }
    }

    fn compared(&self, live: &Document, predicted: &Document) -> Delta {
        if live == predicted {
            return Delta::InSync;
        }
        let (live, predicted) = settled(live.value(), predicted.value());
        if live == predicted {
            return Delta::InSync;
        }
        let (live, predicted) = masked(live, predicted, &self.mask);
        let mut fields = changes(&live, &predicted);
        if fields.len() > 1 {
            // Ownership moves with the values; it is worth a line only where it alone does.
            fields.retain(|field| field.path != ".metadata.managedFields");
        }
        Delta::Drifted(fields)
    }

    fn refused(&self, object: &Object, live: Option<&Live>, error: &Error) -> Delta {
        let desired = object.value();
        match live {
            Some(live) if error.reason() == reason::IMMUTABLE_FIELD && may_replace(&desired) => {
                Delta::Replace(self.wanted(live, desired))
            }
            _ => Delta::Refused(error.clone()),
        }
    }

    fn wanted(&self, live: &Live, desired: Value) -> Vec<FieldChange> {
        let (live, desired) = masked(live.document.value(), desired, &self.mask);
        wanted(&live, &desired)
    }
}

fn holds(known: &Verified, object: &Object, live: &Live) -> bool {
    known.desired == object.digest() && known.state == live.state
}

/// As Flux reads its marks: in annotations and labels, whatever the case.
fn may_replace(desired: &Value) -> bool {
    ["/metadata/annotations", "/metadata/labels"].iter().any(|place| {
        let mark =
            desired.pointer(place).and_then(|marks| marks.get(FORCE)).and_then(Value::as_str);
        mark.is_some_and(|mark| mark.eq_ignore_ascii_case("enabled"))
    })
}

impl Differ for ManagedFields {
    fn diff(&self, desired: &Desired, observed: &Observed, inventory: &Inventory) -> Result<Diff> {
        Ok(Diff::new(desired.objects().map(|object| {
            let known = inventory.get(object.id()).and_then(|entry| entry.verified.as_ref());
            let delta = match (observed.objects.get(object.id()), observed.coverage) {
                (Some(observation), _) => self.delta(object, observation, known),
                (None, Coverage::Everything) => Delta::Missing,
                // It has not moved: what was verified still is.
                (None, Coverage::Moved) => match known {
                    Some(known) if known.desired == object.digest() => Delta::InSync,
                    Some(_) => Delta::Drifted(Vec::new()),
                    None => Delta::Missing,
                },
            };
            (object.id().clone(), delta)
        })))
    }
}
