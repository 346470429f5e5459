//! `status`: what the app owns, and how it is. Reads only.

use crate::{
    Found,
    cli::Target,
    output::{self, say},
    wiring::{self, within},
};
use gitops_core::Result;
use gitops_core::model::{Desired, Health, HealthStatus, ObjectId, Revision};
use gitops_core::stage::{Assessor, InventoryStore, Observer, Query};
use gitops_kube::health::Kstatus;

pub(crate) async fn status(target: Target) -> Result<Found> {
    let app = wiring::connect(&target, None).await?;
    let inventory = app.inventory();
    let stored = within(target.timeout, inventory.load()).await?;
    output::known(&stored, &inventory)?;

    let desired = Desired::new(Revision::new("", ""), [])?;
    let query = Query { desired: &desired, inventory: &stored.inventory, since: None };
    let observed = within(target.timeout, app.observer().observe(query)).await?;
    let judge = Kstatus::new();
    let health: Vec<(ObjectId, Health)> = stored
        .inventory
        .iter()
        .map(|(id, _)| {
            let health = observed.live(id).map(|live| judge.assess(id, live));
            (id.clone(), health.unwrap_or_else(|| Health::new(HealthStatus::Missing, "not there")))
        })
        .collect();
    say(&output::status(&target.app, &health, target.output));
    Ok(Found::Nothing)
}
