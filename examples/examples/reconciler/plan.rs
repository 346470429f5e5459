//! `plan`: what would change.

use crate::{
    Found,
    cli::Reconcile,
    output::{self, say},
    progress::Progress,
    wiring::{self, within},
};
use gitops_core::{Result, engine::Pipeline, env::Env, render::Yaml};

pub(crate) async fn plan(args: Reconcile) -> Result<Found> {
    let Reconcile { target, repository, policy, create_namespace: _ } = args;
    let app = wiring::connect(&target, Some(&policy)).await?;
    let source = wiring::source(&repository, target.timeout)?;
    let stages = app.stages(source, Yaml::new(&repository.path)?);
    let options = wiring::options(&app, &policy, target.timeout).recorder(Progress::default());
    let pipeline = Pipeline::new(&*target.app, stages, options, Env::system());
    let plan = within(target.timeout, pipeline.preview()).await?;
    say(&output::plan(&plan, target.output));
    Ok(if plan.is_empty() { Found::Nothing } else { Found::Changes })
}
