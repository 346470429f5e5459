//! `apply`: makes it so, once, and waits until it works.

use crate::{
    Found,
    cli::Reconcile,
    output::{self, murmur, say},
    progress::Progress,
    wiring,
};
use gitops_core::{Result, engine::Pipeline, env::Env, render::Yaml};

pub(crate) async fn apply(args: Reconcile) -> Result<Found> {
    let Reconcile { target, repository, policy, create_namespace } = args;
    let app = wiring::connect(&target, Some(&policy)).await?;
    let source = wiring::source(&repository, target.timeout)?;
    if create_namespace {
        wiring::create_namespace(&app).await?;
    }
    let stages = app.stages(source, Yaml::new(&repository.path)?);
    let progress = Progress::default();
    let options = wiring::options(&app, &policy, target.timeout).recorder(progress.clone());
    let pipeline = Pipeline::new(&*target.app, stages, options, Env::system());

    let pass = pipeline.settle(target.timeout).await;
    say(&output::applied(&progress.changes(), &pass, target.output));
    match &pass.error {
        Some(error) => Err(error.clone()),
        None if pass.is_settled() => Ok(Found::Nothing),
        None => {
            murmur("error: applied, but not all of it works; see above, or allow more --timeout");
            Ok(Found::Trouble)
        }
    }
}
