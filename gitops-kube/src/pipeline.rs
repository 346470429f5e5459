//! All of an app's stages on one cluster, wired: from a source and a renderer to a pipeline.

use crate::{
    AppOnCluster, KubeApplier, KubeObserver, Namespaced, applyset::ApplySetStore,
    diff::ManagedFields, health::Kstatus, order::KindOrder,
};
use gitops_core::{
    engine::{Options, Pipeline, Stages},
    env::Env,
    stage::{Renderer, Source},
};

/// The stages of a Kubernetes app, as [`AppOnCluster::stages`] wires them.
pub type KubeStages<S, R> =
    Stages<S, Namespaced<R>, KubeObserver, ManagedFields, KubeApplier, ApplySetStore>;

impl AppOnCluster {
    /// The app's inventory, in the object that [its settings](crate::App::parent) name.
    pub fn inventory(&self) -> ApplySetStore {
        ApplySetStore::new(self.cluster.client().clone(), self.app.parent().clone())
    }

    /// All stages of the app: a struct literal whose parts may be exchanged or wrapped in layers.
    pub fn stages<S: Source, R: Renderer>(&self, source: S, renderer: R) -> KubeStages<S, R> {
        Stages {
            source,
            renderer: self.namespaced(renderer),
            observer: self.observer(),
            differ: ManagedFields::default(),
            applier: self.applier(),
            inventory: self.inventory(),
        }
    }

    /// Options for the app: order by kinds, health by kstatus, and the adoption policy of its
    /// settings. The rest are the engine's defaults.
    pub fn options(&self) -> Options {
        Options::new().order(KindOrder::new()).assessor(Kstatus::new()).adoption(self.app.adoption)
    }

    /// The app's pipeline, with default options.
    ///
    /// ```no_run
    /// # async fn doc(source: impl gitops_core::stage::Source) -> gitops_core::Result<()> {
    /// use gitops_core::{env::Env, render::Yaml};
    /// use gitops_kube::{App, Cluster};
    ///
    /// # let config = kube::Config::new("https://127.0.0.1".parse().expect("a URL"));
    /// let app = Cluster::connect(config)?.app(App::new("shop", "shop-prod"))?;
    /// let pipeline = app.pipeline(source, Yaml::new(["deploy"])?, Env::system());
    /// println!("{}", pipeline.preview().await?);
    /// # Ok(()) }
    /// ```
    pub fn pipeline<S: Source, R: Renderer>(&self, source: S, renderer: R, env: Env) -> Pipeline {
        let id = self.app.id.clone();
        Pipeline::new(id, self.stages(source, renderer), self.options(), env)
    }
}
