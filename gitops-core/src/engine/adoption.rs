//! Whether objects that were there before may be taken over.

use crate::{
    error::{Error, Retry, Stage},
    model::{Live, Object, Owner},
    reason,
};

/// What to do when a desired object exists already and is not in the inventory. The names are
/// those of cli-utils' inventory policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AdoptionPolicy {
    /// Only what bears this app's mark.
    MustMatch,
    /// That, and what bears nobody's mark.
    #[default]
    AdoptIfUnowned,
    /// Anything, also from another app or tool.
    AdoptAll,
}

impl AdoptionPolicy {
    /// Whether `live` may be written to.
    pub fn allows(self, live: &Live) -> bool {
        match &live.owner {
            Owner::Ours => true,
            Owner::Nobody => self != AdoptionPolicy::MustMatch,
            Owner::Other(_) => self == AdoptionPolicy::AdoptAll,
        }
    }

    /// The error for an object that may not be taken over.
    pub(super) fn refusal(self, object: &Object, live: &Live) -> Error {
        let (message, advice) = match &live.owner {
            Owner::Other(other) => (
                format!("it belongs to {}", crate::model::printable(other)),
                "remove it from one of the two, or adopt all to take it over",
            ),
            Owner::Nobody | Owner::Ours => (
                "it exists and bears no app's mark".to_owned(),
                "delete it, mark it, or adopt unowned objects to take it over",
            ),
        };
        let error = Error::new(Stage::Plan, Retry::Never, reason::OWNED_BY_OTHER, message)
            .on(object.id())
            .advise(advice);
        match object.origin() {
            Some(origin) => error.at(origin),
            None => error,
        }
    }
}
