//! A running control plane and how to talk to it.

use super::{
    Assets, ControlPlaneBuilder, ServerError,
    certificates::{Authority, Pair, write},
    folder::Folder,
    process::Process,
};
use http::{HeaderName, HeaderValue, Request};
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The processes. Fields drop in this order: nobody talks to a server that is gone already.
#[derive(Debug)]
pub(super) struct Servers {
    pub(super) others: Vec<Process>,
    pub(super) api_server: Process,
    pub(super) etcd: Process,
}

/// An API server of our own with its etcd, running until this is dropped.
///
/// Bound to no async runtime: clients are made in the runtime that uses them.
#[derive(Debug)]
pub struct ControlPlane {
    // Before the folder, so that it is removed when nobody writes there any more.
    servers: Servers,
    url: String,
    kubeconfig: Value,
    kubeconfig_file: PathBuf,
    kubectl: Option<PathBuf>,
    audit_log: Option<PathBuf>,
    names: AtomicU64,
    dir: Folder,
}

impl ControlPlane {
    /// Starts etcd and kube-apiserver from the folder that the environment names.
    pub async fn start() -> Result<Self, ServerError> {
        Self::builder().start().await
    }

    /// Options for what else runs, and how.
    pub fn builder() -> ControlPlaneBuilder {
        ControlPlaneBuilder::new(Assets::from_environment())
    }

    pub(super) fn new(
        dir: Folder,
        url: String,
        kubeconfig: Value,
        kubectl: Option<PathBuf>,
        audit_log: Option<PathBuf>,
        servers: Servers,
    ) -> Result<Self, ServerError> {
        let kubeconfig_file = dir.path().join("admin.kubeconfig");
        write(&kubeconfig_file, &kubeconfig.to_string())?;
        Ok(Self {
            servers,
            url,
            kubeconfig,
            kubeconfig_file,
            kubectl,
            audit_log,
            names: AtomicU64::new(0),
            dir,
        })
    }

    /// The API server's address, `https://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A kubeconfig file of the administrator, for kubectl and other programs.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig_file
    }

    /// The folder that holds everything of this control plane; it goes with it.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn kubectl_path(&self) -> Result<&Path, ServerError> {
        self.kubectl
            .as_deref()
            .ok_or_else(|| ServerError::MissingAssets { program: "kubectl", looked_in: Vec::new() })
    }

    pub(super) fn audit_log(&self) -> Option<&Path> {
        self.audit_log.as_deref()
    }

    /// The administrator's client configuration (group `system:masters`).
    pub async fn config(&self) -> Result<Config, ServerError> {
        self.parse("admin").await
    }

    /// The administrator's client.
    pub async fn client(&self) -> Result<Client, ServerError> {
        client(self.config().await?)
    }

    /// The client configuration of any user with any groups. Nothing is allowed until RBAC says so.
    pub async fn config_for(&self, user: &str, groups: &[&str]) -> Result<Config, ServerError> {
        // By impersonation: a certificate of ours could carry one group only.
        let mut config = self.parse(user).await?;
        let header = |name: &'static str, value: &str| {
            let value = HeaderValue::from_str(value).map_err(|source| ServerError::Kubeconfig {
                user: user.to_owned(),
                source: source.into(),
            })?;
            Ok((HeaderName::from_static(name), value))
        };
        config.headers.push(header("impersonate-user", user)?);
        for group in groups {
            config.headers.push(header("impersonate-group", group)?);
        }
        Ok(config)
    }

    /// The client of any user with any groups. Nothing is allowed until RBAC says so.
    pub async fn client_for(&self, user: &str, groups: &[&str]) -> Result<Client, ServerError> {
        client(self.config_for(user, groups).await?)
    }

    /// A kubeconfig file of any user with any groups, for kubectl.
    pub fn kubeconfig_for(&self, user: &str, groups: &[&str]) -> Result<PathBuf, ServerError> {
        let mut kubeconfig = self.kubeconfig.clone();
        if let Some(admin) = kubeconfig.pointer_mut("/users/0/user") {
            admin["as"] = json!(user);
            admin["as-groups"] = json!(groups);
        }
        let file = self.dir.path().join(format!("user-{}.kubeconfig", self.number()));
        write(&file, &kubeconfig.to_string())?;
        Ok(file)
    }

    async fn parse(&self, user: &str) -> Result<Config, ServerError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| ServerError::Kubeconfig {
            user: user.to_owned(),
            source,
        };
        let kubeconfig: Kubeconfig = serde_json::from_value(self.kubeconfig.clone())
            .map_err(|error| failed(error.into()))?;
        Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .map_err(|error| failed(error.into()))
    }

    /// Makes a namespace that no other test has, `prefix-N`, and gives its name.
    pub async fn namespace(&self, prefix: &str) -> Result<String, ServerError> {
        let name = format!("{prefix}-{}", self.number());
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
        });
        self.post("/api/v1/namespaces", &namespace).await?;
        Ok(name)
    }

    pub(super) async fn post(&self, path: &str, object: &Value) -> Result<(), ServerError> {
        let client = self.client().await?;
        self.post_as(&client, path, object).await.map(|_| ())
    }

    pub(super) async fn post_as(
        &self,
        client: &Client,
        path: &str,
        object: &Value,
    ) -> Result<String, ServerError> {
        let what = || ServerError::request(format!("create an object at {path}"));
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(object.to_string().into_bytes())
            .map_err(|error| what()(kube::Error::HttpError(error)))?;
        client.request_text(request).await.map_err(what())
    }

    pub(super) async fn get(&self, client: &Client, path: &str) -> Result<String, ServerError> {
        let what = || ServerError::request(format!("read {path}"));
        let request = Request::get(path)
            .body(Vec::new())
            .map_err(|error| what()(kube::Error::HttpError(error)))?;
        client.request_text(request).await.map_err(what())
    }

    fn number(&self) -> u64 {
        self.names.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn add(&mut self, process: Process) {
        self.servers.others.push(process);
    }

    pub(super) fn write_kubeconfig(
        &self,
        name: &str,
        user: &Pair,
        authority: &Authority,
    ) -> Result<PathBuf, ServerError> {
        let file = self.dir.path().join(format!("{name}.kubeconfig"));
        let kubeconfig = admin_kubeconfig(&self.url, &authority.certificate(), user);
        write(&file, &kubeconfig.to_string())?;
        Ok(file)
    }

    /// An error if one of the servers ended.
    pub(super) fn check(&self) -> Result<(), ServerError> {
        let Servers { others, api_server, etcd } = &self.servers;
        // etcd first: if it ended, the API server's complaint is a consequence.
        [etcd, api_server].into_iter().chain(others).try_for_each(Process::check)
    }

    /// The server that was started last.
    pub(super) fn newest(&self) -> &Process {
        self.servers.others.last().unwrap_or(&self.servers.api_server)
    }

    pub(super) fn api_server(&self) -> &Process {
        &self.servers.api_server
    }

    /// The last lines of every server's log, for the message of a failing test.
    pub fn logs(&self) -> String {
        let Servers { others, api_server, etcd } = &self.servers;
        let processes = [etcd, api_server].into_iter().chain(others);
        processes
            .map(|one| {
                format!("== {} ({})\n{}\n", one.program(), one.log().display(), one.log_tail())
            })
            .collect()
    }

    /// Stops everything, the API server before etcd. Dropping does the same.
    pub fn stop(self) {}

    pub(super) async fn wait_until_ready(&self, within: Duration) -> Result<(), ServerError> {
        let client = self.client().await?;
        // A ready server still makes its own objects; a test that counts writes must not see that.
        let own = [
            "/readyz",
            "/api/v1/namespaces/kube-node-lease",
            "/api/v1/namespaces/kube-public",
            "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication",
            "/api/v1/namespaces/default/services/kubernetes",
        ];
        for path in own {
            self.poll(within, self.api_server(), async || {
                self.get(&client, path).await.map(|_| ())
            })
            .await?;
        }
        Ok(())
    }

    /// Asks `ready` until it agrees. An error counts as "not yet", and the last one is told.
    #[allow(
        clippy::disallowed_methods,
        reason = "a starting process has no event to wait for, and its time is real time"
    )]
    pub(super) async fn poll(
        &self,
        within: Duration,
        process: &Process,
        ready: impl AsyncFn() -> Result<(), ServerError>,
    ) -> Result<(), ServerError> {
        let start = std::time::Instant::now();
        loop {
            self.check()?;
            let Err(error) = ready().await else { return Ok(()) };
            if start.elapsed() > within {
                return Err(ServerError::NotReady {
                    program: process.program(),
                    within,
                    last: gitops_core::error::chain(&error),
                    log: process.log_tail(),
                });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn client(config: Config) -> Result<Client, ServerError> {
    Client::try_from(config).map_err(ServerError::request("make a client"))
}

/// JSON, which is YAML too.
pub(super) fn admin_kubeconfig(url: &str, authority: &Path, user: &Pair) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{
            "name": "testkit",
            "cluster": {"server": url, "certificate-authority": authority},
        }],
        "users": [{
            "name": "testkit",
            "user": {"client-certificate": user.certificate, "client-key": user.key},
        }],
        "contexts": [{
            "name": "testkit",
            "context": {"cluster": "testkit", "user": "testkit", "namespace": "default"},
        }],
        "current-context": "testkit",
    })
}
