//! The addresses and ports that Services have.

use crate::{
    builtin::strategy::services::{
        Allocation, Held, ServiceRange, allocate_create, allocate_update,
    },
    object,
    status::{FieldError, Status},
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
        let Some(old) = old else {
            let unset = new.pointer("/spec/clusterIP").is_none();
            let allocation = allocate_create(new, &*range, dry_run)?;
            return match allocation.taken.addresses.first() {
                Some(address) if unset && !dry_run => named(new, address).map(|()| allocation),
                _ => Ok(allocation),
            };
        };
        allocate_update(new, old, &*range, dry_run)
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

/// The server notes who has an address in an object of its own, which needs a name to note.
fn named(service: &Value, address: &str) -> Result<(), Status> {
    if !object::meta(service, "name").is_empty() {
        return Ok(());
    }
    let why = format!(
        "failed to allocate IP: IPAddress.networking.k8s.io \"{address}\" is invalid: spec.parentRef.name: Required value"
    );
    let error = FieldError::invalid("spec.clusterIPs", Value::from(vec![""]), &why);
    Err(Status::invalid("", "Service", "", &[error]))
}
