//! An app on a cluster: where its stages come from.

use crate::applyset::ApplySetStore;
use crate::{App, Cluster, KubeApplier, KubeObserver, Namespaced, app::Memory};
use gitops_core::Result;
use std::sync::Arc;

/// An app on a cluster. Its observer and applier share what was last seen of its objects.
#[derive(Debug, Clone)]
pub struct AppOnCluster {
    pub(crate) cluster: Cluster,
    pub(crate) app: Arc<App>,
    pub(crate) memory: Arc<Memory>,
}

impl AppOnCluster {
    pub(crate) fn new(cluster: Cluster, app: App) -> Result<Self> {
        app.check()?;
        Ok(AppOnCluster { cluster, app: Arc::new(app), memory: Arc::default() })
    }

    /// The app's settings.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Reads the live objects of the app.
    pub fn observer(&self) -> KubeObserver {
        KubeObserver::new(self.clone())
    }

    /// Writes the live objects of the app.
    pub fn applier(&self) -> KubeApplier {
        KubeApplier::new(self.clone())
    }

    /// Keeps the inventory of the app in its [parent](crate::App::parent).
    pub fn store(&self) -> ApplySetStore {
        ApplySetStore::new(self.cluster.client().clone(), self.app.parent().clone())
    }

    /// A renderer whose objects get the app's namespace where they need one.
    pub fn namespaced<R>(&self, renderer: R) -> Namespaced<R> {
        Namespaced::new(self.cluster.clone(), &self.app.namespace, renderer)
    }
}
