//! Judging the health of a live object.

use crate::model::{Health, HealthStatus, Live, ObjectId};
use std::sync::Arc;

/// Judges one live object: synchronous, pure and total.
///
/// **Contract.** Looks at the object alone. Status that the target wrote for an older generation
/// of the object is not taken for news: the object is then `Progressing`.
///
/// ```
/// use gitops_core::{model::*, stage::Assessor};
///
/// /// Healthy once the document says so.
/// struct Flagged;
///
/// impl Assessor for Flagged {
///     fn assess(&self, _id: &ObjectId, live: &Live) -> Health {
///         match live.document.value()["ready"].as_bool() {
///             Some(true) => Health::healthy(),
///             _ => Health::new(HealthStatus::Progressing, "not ready"),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an Assessor: see gitops_core::stage::Assessor"
)]
pub trait Assessor: Send + Sync + 'static {
    /// Judges the object.
    fn assess(&self, id: &ObjectId, live: &Live) -> Health;
}

impl<T: Assessor + ?Sized> Assessor for Arc<T> {
    fn assess(&self, id: &ObjectId, live: &Live) -> Health {
        (**self).assess(id, live)
    }
}

/// The Assessor of targets where being there is all there is to health.
#[derive(Debug, Clone, Copy, Default)]
pub struct Present;

impl Assessor for Present {
    fn assess(&self, _: &ObjectId, live: &Live) -> Health {
        if live.terminating {
            Health::new(HealthStatus::Terminating, "being deleted")
        } else {
            Health::healthy()
        }
    }
}
