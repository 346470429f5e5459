//! The addresses and ports that Services have.

use crate::{
    builtin::strategy::services::{
        Allocation, Held, ServiceRange, allocate_create, allocate_update,
    },
    status::Status,
};
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is taken of a cluster's addresses and node ports.
#[derive(Debug, Default)]
pub(crate) struct Services(Mutex<ServiceRange>);

impl Services {
    fn range(&self) -> MutexGuard<'_, ServiceRange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills in a Service that is to be stored. Nothing is taken yet.
    pub(crate) fn allocate(
        &self,
        new: &mut Value,
        old: Option<&Value>,
        dry_run: bool,
    ) -> Result<Allocation, Status> {
        let range = self.range();
        match old {
            Some(old) => allocate_update(new, old, &*range, dry_run),
            None => allocate_create(new, &*range, dry_run),
        }
    }

    /// Takes and frees what a write that was stored does.
    pub(crate) fn apply(&self, allocation: Option<Allocation>) {
        if let Some(allocation) = allocation {
            self.range().apply(&allocation);
        }
    }

    /// Frees what a deleted Service had.
    pub(crate) fn free(&self, held: &Held) {
        self.range().free(held);
    }

    /// Takes what a Service has that is there from the start.
    pub(crate) fn take(&self, held: &Held) {
        self.range().take(held);
    }
}
