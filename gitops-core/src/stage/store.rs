//! Where an app's inventory is kept.

use crate::{
    error::Result,
    model::{Inventory, Version},
};
use async_trait::async_trait;
use std::sync::Arc;

/// A stored inventory and the version it was read at.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// The inventory; empty when none is stored.
    pub inventory: Inventory,
    /// Its version, for the next save; `None` when none is stored.
    pub version: Option<Version>,
}

/// Keeps the inventory of one app, with compare-and-swap.
///
/// **Contract.** `save` replaces the whole inventory at once: a reader sees the old or the new
/// one. It fails with `InventoryConflict` when `base` is not the stored version. What can't be
/// read whole and understood is an error, never an empty inventory.
///
/// # Errors
/// `InventoryConflict` (`Replan`), `InventoryCorrupt`, `InventoryTooNew` (`Never`), and the
/// store's own `Unavailable`, `Forbidden` and so on.
///
/// ```
/// use gitops_core::{error::Result, model::*, stage::{InventoryStore, Stored}};
///
/// /// Remembers nothing: fit for previews only, since without memory nothing is ever pruned.
/// struct Forgetful;
///
/// #[async_trait::async_trait]
/// impl InventoryStore for Forgetful {
///     async fn load(&self) -> Result<Stored> {
///         Ok(Stored::default())
///     }
///     async fn save(&self, _: &Inventory, _: Option<&Version>) -> Result<Version> {
///         Ok(Version::new("0"))
///     }
///     async fn remove(&self, _: &Version) -> Result<()> {
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an InventoryStore: see gitops_core::stage::InventoryStore"
)]
#[async_trait]
pub trait InventoryStore: Send + Sync + 'static {
    /// Reads the inventory.
    async fn load(&self) -> Result<Stored>;

    /// Writes the inventory if `base` is still the stored version (`None`: if none is stored), and
    /// answers the new version.
    async fn save(&self, inventory: &Inventory, base: Option<&Version>) -> Result<Version>;

    /// Removes the stored inventory, once the app is deleted and nothing is owned any more.
    async fn remove(&self, base: &Version) -> Result<()>;
}

#[async_trait]
impl<T: InventoryStore + ?Sized> InventoryStore for Arc<T> {
    async fn load(&self) -> Result<Stored> {
        (**self).load().await
    }

    async fn save(&self, inventory: &Inventory, base: Option<&Version>) -> Result<Version> {
        (**self).save(inventory, base).await
    }

    async fn remove(&self, base: &Version) -> Result<()> {
        (**self).remove(base).await
    }
}
