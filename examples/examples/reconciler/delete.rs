//! `delete`: takes everything away that the app owns.

use crate::{
    Found,
    cli::Delete,
    output::{self, murmur, say},
    progress::Progress,
    wiring,
};
use gitops_core::engine::{Pipeline, PrunePolicy};
use gitops_core::model::{Desired, Revision, Snapshot};
use gitops_core::stage::{InventoryStore, Renderer, Source};
use gitops_core::{Error, Result, Retry, Stage, async_trait, env::Env, reason};
use std::time::Duration;

/// How long to wait for news of objects on their way out that nobody reports.
const PAUSE: Duration = Duration::from_secs(2);

pub(crate) async fn delete(args: Delete) -> Result<Found> {
    let Delete { target, allow_protected } = args;
    let app = wiring::connect(&target, None).await?;
    let inventory = app.inventory();
    output::known(&inventory.load().await?, &inventory)?;

    let prune = allow_protected.iter().fold(PrunePolicy::default(), PrunePolicy::allow_protected);
    let (progress, env) = (Progress::default(), Env::system());
    let options = app.options().prune(prune).recorder(progress.clone());
    let pipeline = Pipeline::new(&*target.app, app.stages(Nothing, Nothing), options, env.clone());

    let deadline = env.clock.now() + target.timeout;
    let mut kept = Vec::new();
    loop {
        let pass = pipeline.delete().await;
        kept.extend(pass.plan.iter().flat_map(|plan| plan.retained.clone()));
        let left = deadline.saturating_sub(env.clock.now());
        let gone = pass.error.is_none() && inventory.load().await?.version.is_none();
        if gone || left.is_zero() || pass.error.as_ref().is_some_and(is_final) {
            say(&output::deleted(&progress.changes(), &kept, gone, target.output));
            return match pass.error {
                Some(error) => Err(error),
                None if gone => Ok(Found::Nothing),
                None => Ok(Found::Trouble),
            };
        }
        murmur("waiting for finalizers");
        tokio::select! { biased;
            _ = pipeline.moved() => {}
            () = env.clock.sleep(PAUSE.min(left)) => {}
        }
    }
}

fn is_final(error: &Error) -> bool {
    error.retry() == Retry::Never
}

/// Deleting asks neither source nor renderer.
struct Nothing;

#[async_trait]
impl Source for Nothing {
    async fn resolve(&self) -> Result<Revision> {
        Err(nothing())
    }
    async fn fetch(&self, _: &Revision) -> Result<Snapshot> {
        Err(nothing())
    }
}

#[async_trait]
impl Renderer for Nothing {
    async fn render(&self, _: &Snapshot) -> Result<Desired> {
        Err(nothing())
    }
}

fn nothing() -> Error {
    let message = "there is no repository to ask";
    Error::new(Stage::Source, Retry::Never, reason::INVALID_CONFIGURATION, message)
}
