//! The inventories of the fake system.

use super::{
    super::Op,
    FakeSystem, refuse,
    state::{State, Stored as Record},
    version,
};
use gitops_core::{
    Error, Retry, Stage, async_trait,
    error::Result,
    model::{AppId, Inventory, Version},
    reason,
    stage::{InventoryStore, Stored},
};

/// The inventory of one app in a [`FakeSystem`], kept as bytes. Its calls go through the system's
/// script. Versions are never used again, also not after a removal.
#[derive(Debug, Clone)]
pub struct FakeStore {
    system: FakeSystem,
}

impl FakeStore {
    pub(super) fn new(system: FakeSystem) -> Self {
        FakeStore { system }
    }

    /// What is stored, without a call on record.
    ///
    /// # Errors
    /// `InventoryCorrupt`.
    pub fn stored(&self) -> Result<Stored> {
        load(&self.system.state(), self.system.app())
    }
}

#[async_trait]
impl InventoryStore for FakeStore {
    async fn load(&self) -> Result<Stored> {
        self.system.script().call(Op::Load, None, || self.stored()).await
    }

    async fn save(&self, inventory: &Inventory, base: Option<&Version>) -> Result<Version> {
        let effect = || {
            let bytes = serde_json::to_vec(inventory).map_err(|error| {
                refuse(
                    Stage::Inventory,
                    Retry::Never,
                    reason::INVENTORY_CORRUPT,
                    "the inventory can't be written",
                )
                .with_source(error)
            })?;
            let mut state = self.system.state();
            check(&state, self.system.app(), base)?;
            state.saves += 1;
            let number = state.saves;
            let record = Record { bytes, version: number };
            state.inventories.insert(self.system.app().clone(), record);
            Ok(version(number))
        };
        self.system.script().call(Op::Save, None, effect).await
    }

    async fn remove(&self, base: &Version) -> Result<()> {
        let effect = || {
            let mut state = self.system.state();
            // Done again after success.
            if state.inventories.contains_key(self.system.app()) {
                check(&state, self.system.app(), Some(base))?;
                state.inventories.remove(self.system.app());
            }
            Ok(())
        };
        self.system.script().call(Op::Remove, None, effect).await
    }
}

fn load(state: &State, app: &AppId) -> Result<Stored> {
    let Some(record) = state.inventories.get(app) else { return Ok(Stored::default()) };
    let inventory = serde_json::from_slice(&record.bytes).map_err(|error| {
        refuse(
            Stage::Inventory,
            Retry::Never,
            reason::INVENTORY_CORRUPT,
            "the stored inventory can't be read",
        )
        .with_source(error)
    })?;
    Ok(Stored { inventory, version: Some(version(record.version)) })
}

fn check(state: &State, app: &AppId, base: Option<&Version>) -> Result<(), Error> {
    let stored = state.inventories.get(app).map(|record| version(record.version));
    if stored.as_ref() == base {
        return Ok(());
    }
    Err(refuse(
        Stage::Inventory,
        Retry::Replan,
        reason::INVENTORY_CONFLICT,
        "somebody else wrote the inventory meanwhile",
    ))
}
