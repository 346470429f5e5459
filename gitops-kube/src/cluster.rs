//! One API server, and what is known of it.

mod app;
mod calls;
mod transport;

pub use app::AppOnCluster;
pub(crate) use calls::{Calls, Deleted, Write};
pub(crate) use transport::{APPLY_PATCH, Answer, JSON, JSON_PATCH, Lines, Send, Transport};

use crate::{App, discovery::Discovery, error::api_error, watch::Watches};
use gitops_core::{Error, Result, Retry, Stage, env::Env, reason};
use kube::Client;
use std::{fmt, sync::Arc, time::Duration};

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

/// How a [`Cluster`] is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The time for one request and its whole answer. Default 30 s.
    pub timeout: Duration,
    /// How many objects a list asks for at once. Default 500.
    pub page: usize,
    /// How many reads and dry runs go on at the same time, for each pass. Default 8.
    pub concurrency: usize,
    /// Whether live objects are watched. Without watches every pass lists. Default true.
    pub watch: bool,
    /// How long one watch request lasts before it is renewed; it is also, with 10 s more, the
    /// longest time for which a watch that died without a word goes unnoticed. Default 240 s.
    pub watch_timeout: Duration,
    /// What watches brought is trusted without a request if it was looked at within this time
    /// (by [`moved`](gitops_core::stage::Observer::moved) or an earlier pass); else the kinds are
    /// listed anew. Default 30 s.
    pub patience: Duration,
    /// The largest answer that is read, in bytes. Default 64 MiB.
    pub answer_limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            timeout: Duration::from_secs(30),
            page: 500,
            concurrency: 8,
            watch: true,
            watch_timeout: Duration::from_secs(240),
            patience: Duration::from_secs(30),
            answer_limit: 64 << 20,
        }
    }
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
            version.map_err(|error| api_error(Stage::Observe, "read the version", error))?;
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
