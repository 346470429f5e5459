//! Many apps under one controller.

use super::{Action, Pipeline, Reconcile, Trigger};
use crate::{
    error::{Error, Result, Retry, Stage},
    model::{AppId, Status},
    reason,
};
use async_trait::async_trait;
use futures::{Stream, stream};
use std::{collections::BTreeMap, sync::Arc};

/// A set of pipelines by app, to be run by one `Controller<AppId>`. Apps fail alone.
#[derive(Debug, Clone, Default)]
pub struct Apps(BTreeMap<AppId, Arc<Pipeline>>);

impl Apps {
    /// The pipelines, keyed by their apps. A second pipeline of the same app takes the place of
    /// the first.
    pub fn new(pipelines: impl IntoIterator<Item = Arc<Pipeline>>) -> Self {
        Apps(pipelines.into_iter().map(|pipeline| (pipeline.app().clone(), pipeline)).collect())
    }

    /// The apps, in order.
    pub fn ids(&self) -> impl Iterator<Item = &AppId> {
        self.0.keys()
    }

    /// The pipeline of an app.
    pub fn get(&self, app: &AppId) -> Option<&Arc<Pipeline>> {
        self.0.get(app)
    }

    /// The status of every app.
    pub fn statuses(&self) -> Vec<Arc<Status>> {
        self.0.values().map(|pipeline| pipeline.status()).collect()
    }

    /// Triggers every app when its live system moved.
    pub fn live(&self) -> impl Stream<Item = Trigger<AppId>> + Send + 'static {
        stream::select_all(self.0.iter().map(|(app, pipeline)| pipeline.live(app.clone())))
    }
}

#[async_trait]
impl Reconcile<AppId> for Apps {
    async fn reconcile(&self, app: &AppId) -> Result<Action> {
        match self.0.get(app) {
            Some(pipeline) => pipeline.reconcile(app).await,
            None => Err(Error::new(
                Stage::Plan,
                Retry::Never,
                reason::INVALID_CONFIGURATION,
                format!("there is no app {app}"),
            )),
        }
    }
}
