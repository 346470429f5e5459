//! One API server, and what is known of it.

mod app;
mod calls;

pub use app::AppOnCluster;
pub(crate) use calls::{Calls, Deleted, Write};

use crate::{
    App, Options, discovery::Discovery, error::api_error, transport::Transport, watch::Watches,
};
use gitops_core::{Error, Result, Retry, Stage, env::Env, reason};
use kube::Client;
use std::{fmt, sync::Arc};

/// One API server: a client, its kinds and its watches. Cheap to clone; clones share all of it.
///
/// Several apps share one value, so that each kind is watched once. Several clusters in one
/// process are several values.
#[derive(Clone)]
pub struct Cluster(Arc<Inner>);

struct Inner {
    transport: Transport,
    options: Options,
    discovery: Discovery,
    watches: Watches,
}

impl Cluster {
    /// A cluster behind a client, with default options and tokio's clock.
    ///
    /// Any client does, also one over an in-process `tower` service. Its retry layer, if it has
    /// one, should be off (a `Client` that kube builds from a `Config` has it on): retrying lives
    /// in the controller. [`connect`](Self::connect) sees to it.
    pub fn new(client: Client) -> Self {
        Self::with(client, Options::default(), Env::system())
    }

    /// A cluster behind a client, with options and a clock.
    pub fn with(client: Client, options: Options, env: Env) -> Self {
        let transport = Transport {
            client,
            timeout: options.timeout,
            limit: options.answer_limit,
            env: env.clone(),
        };
        let discovery = Discovery::new(transport.clone());
        let watches = Watches::new(transport.clone(), options.clone());
        Cluster(Arc::new(Inner { transport, options, discovery, watches }))
    }

    /// A cluster by its configuration; the client is built without kube's retries. No request is
    /// sent. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// `InvalidConfiguration` when certificates, proxy or credentials make no sense.
    pub fn connect(mut config: kube::Config) -> Result<Self> {
        config.default_retry = false;
        let client = Client::try_from(config).map_err(|error| {
            Error::new(
                Stage::Observe,
                Retry::Never,
                reason::INVALID_CONFIGURATION,
                "can't build a client for the cluster",
            )
            .advise("check server address, certificates and proxy of the kubeconfig")
            .with_source(error)
        })?;
        Ok(Self::new(client))
    }

    /// The client: for reads and writes of your own.
    pub fn client(&self) -> &Client {
        &self.0.transport.client
    }

    /// The version that the server names, such as `v1.37.2`: one request, a check that it answers.
    ///
    /// # Errors
    /// `Unavailable`, `Unauthenticated`, `Forbidden`.
    pub async fn version(&self) -> Result<String> {
        let version = self.client().apiserver_version().await;
        let version =
            version.map_err(|error| api_error(Stage::Observe, "read the version", false, error))?;
        Ok(version.git_version)
    }

    /// The stages of an app on this cluster.
    ///
    /// # Errors
    /// `InvalidConfiguration` when the app's settings make no sense.
    pub fn app(&self, app: App) -> Result<AppOnCluster> {
        AppOnCluster::new(self.clone(), app)
    }

    /// The kinds that the server serves.
    pub(crate) fn discovery(&self) -> &Discovery {
        &self.0.discovery
    }

    pub(crate) fn watches(&self) -> &Watches {
        &self.0.watches
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.0.transport
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("options", &self.0.options).finish_non_exhaustive()
    }
}
