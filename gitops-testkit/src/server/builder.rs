//! Options of a control plane, and the order in which its servers start.

use super::{
    Assets, ControlPlane, ServerError,
    certificates::{Authority, Pair},
    control_plane::{Servers, admin_kubeconfig},
    folder::Folder,
    process::Process,
};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::Duration,
};

/// Options of a [`ControlPlane`]. Without any: etcd and kube-apiserver only, 2 minutes to be ready.
#[derive(Debug, Clone)]
#[must_use]
pub struct ControlPlaneBuilder {
    assets: Assets,
    controllers: bool,
    kwok: bool,
    audit: bool,
    flags: Vec<String>,
    log_dir: Option<PathBuf>,
    within: Duration,
}

impl ControlPlaneBuilder {
    pub(super) fn new(assets: Assets) -> Self {
        Self {
            assets,
            controllers: false,
            kwok: false,
            audit: false,
            flags: Vec::new(),
            log_dir: None,
            within: Duration::from_secs(120),
        }
    }

    /// Where the programs are.
    pub fn assets(mut self, assets: Assets) -> Self {
        self.assets = assets;
        self
    }

    /// Also runs kube-controller-manager: garbage collection, deletion of namespaces, service
    /// accounts and workloads work then. Without it a deleted namespace stays `Terminating`.
    pub fn controllers(mut self, on: bool) -> Self {
        self.controllers = on;
        self
    }

    /// Also runs kwok and one fake node: a pod that is created there is `Ready` at once. There is no
    /// scheduler; an admission policy puts every pod on that node.
    pub fn kwok(mut self, on: bool) -> Self {
        self.kwok = on;
        self
    }

    /// Writes every request's user, verb and object to a log; see [`ControlPlane::audited`].
    pub fn audit(mut self, on: bool) -> Self {
        self.audit = on;
        self
    }

    /// One more flag of kube-apiserver, as `--name=value`. The last of two equal ones counts.
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Keeps the servers' logs in this folder after the end. By default they go with the rest.
    pub fn log_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.log_dir = Some(folder.into());
        self
    }

    /// How long all of it may take to become ready.
    pub fn within(mut self, deadline: Duration) -> Self {
        self.within = deadline;
        self
    }

    /// Starts the servers and returns when they are ready.
    ///
    /// # Errors
    /// [`ServerError::MissingAssets`] before anything is started; [`ServerError::Exited`] and
    /// [`ServerError::NotReady`] with the end of the log. Nothing is left running after an error, nor
    /// if the future is dropped.
    pub async fn start(self) -> Result<ControlPlane, ServerError> {
        // A free port can be taken by somebody else before our server has it.
        const TRIES: u32 = 3;
        let mut tries = 1;
        loop {
            match self.attempt().await {
                Err(ServerError::Exited { log, .. })
                    if tries < TRIES && log.contains("address already in use") =>
                {
                    tries += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt(&self) -> Result<ControlPlane, ServerError> {
        let etcd = self.assets.find("etcd")?;
        let api_server = self.assets.find("kube-apiserver")?;
        let controllers = self.find_if(self.controllers, "kube-controller-manager")?;
        let kwok = self.find_if(self.kwok, "kwok")?;
        let kubectl = self.assets.find("kubectl").ok();

        let dir = Folder::create()?;
        let logs = self.log_dir.clone().unwrap_or_else(|| dir.path().join("logs"));
        fs::create_dir_all(&logs).map_err(ServerError::io("make the log folder"))?;

        let certificates = dir.path().join("certificates");
        let authority = Authority::create(&certificates)?;
        let serving = authority.server("kube-apiserver")?;
        let tokens = authority.tokens()?;
        let admin = authority.user("admin", "system:masters")?;

        let [client, peer, secure] = free_ports()?;
        let url = format!("https://127.0.0.1:{secure}");
        let args = etcd_args(dir.path(), client, peer);
        let etcd = Process::start("etcd", &etcd, &args, logs.join("etcd.log"))?;

        let audit_log = self.audit.then(|| dir.path().join("audit.log"));
        let mut args = api_server_args(dir.path(), client, secure, &authority, &serving, &tokens);
        if !self.controllers {
            // Nobody makes service accounts, so pods can't be asked to have one.
            args.push("--disable-admission-plugins=ServiceAccount".into());
        }
        if let Some(log) = &audit_log {
            args.extend(audit_args(dir.path(), log)?);
        }
        args.extend(self.flags.iter().cloned());
        let log = logs.join("kube-apiserver.log");
        let api_server = Process::start("kube-apiserver", &api_server, &args, log)?;

        let kubeconfig = admin_kubeconfig(&url, &authority.certificate(), &admin);
        let mut plane = ControlPlane::new(
            dir,
            url,
            kubeconfig,
            kubectl,
            audit_log,
            Servers { others: Vec::new(), api_server, etcd },
        )?;
        plane.wait_until_ready(self.within).await?;

        if let Some(program) = controllers {
            let user = authority.user("system:kube-controller-manager", "system:masters")?;
            let file = plane.write_kubeconfig("controller-manager", &user, &authority)?;
            let args = controller_args(&file, &authority, &tokens);
            let log = logs.join("kube-controller-manager.log");
            plane.add(Process::start("kube-controller-manager", &program, &args, log)?);
        }
        if let Some(program) = kwok {
            let user = authority.user("kwok", "system:masters")?;
            let file = plane.write_kubeconfig("kwok", &user, &authority)?;
            let args = kwok_args(&file);
            plane.add(Process::start("kwok", &program, &args, logs.join("kwok.log"))?);
            plane.add_fake_node().await?;
        }
        plane.settle(self.controllers, self.kwok, self.within).await?;
        Ok(plane)
    }

    fn find_if(&self, wanted: bool, program: &'static str) -> Result<Option<PathBuf>, ServerError> {
        wanted.then(|| self.assets.find(program)).transpose()
    }
}

/// Three ports that were free a moment ago, all different.
fn free_ports() -> Result<[u16; 3], ServerError> {
    let failed = || ServerError::io("find a free port on 127.0.0.1");
    let bind = || TcpListener::bind(("127.0.0.1", 0)).map_err(failed());
    let held = [bind()?, bind()?, bind()?];
    let port = |at: &TcpListener| at.local_addr().map(|at| at.port()).map_err(failed());
    let [a, b, c] = &held;
    Ok([port(a)?, port(b)?, port(c)?])
}

fn etcd_args(dir: &Path, client: u16, peer: u16) -> Vec<String> {
    vec![
        format!("--data-dir={}", dir.join("etcd").display()),
        format!("--listen-client-urls=http://127.0.0.1:{client}"),
        format!("--advertise-client-urls=http://127.0.0.1:{client}"),
        format!("--listen-peer-urls=http://127.0.0.1:{peer}"),
        format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer}"),
        format!("--initial-cluster=default=http://127.0.0.1:{peer}"),
        // Nothing here outlives the test.
        "--unsafe-no-fsync=true".into(),
        "--log-level=warn".into(),
    ]
}

/// After controller-runtime's envtest, and the storage media type of a default installation.
fn api_server_args(
    dir: &Path,
    etcd: u16,
    secure: u16,
    authority: &Authority,
    serving: &Pair,
    tokens: &Pair,
) -> Vec<String> {
    vec![
        format!("--etcd-servers=http://127.0.0.1:{etcd}"),
        "--bind-address=127.0.0.1".into(),
        "--advertise-address=127.0.0.1".into(),
        // Its writer of the service `kubernetes` refuses loopback addresses, and nobody needs it.
        "--endpoint-reconciler-type=none".into(),
        format!("--secure-port={secure}"),
        format!("--cert-dir={}", dir.join("certificates").display()),
        format!("--tls-cert-file={}", serving.certificate.display()),
        format!("--tls-private-key-file={}", serving.key.display()),
        format!("--client-ca-file={}", authority.certificate().display()),
        "--authorization-mode=RBAC".into(),
        "--allow-privileged=true".into(),
        "--service-cluster-ip-range=10.0.0.0/16".into(),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        format!("--service-account-key-file={}", tokens.certificate.display()),
        format!("--service-account-signing-key-file={}", tokens.key.display()),
    ]
}

/// Who did what to which object, without bodies: they hold secrets. Reads of watchers are left out.
fn audit_args(dir: &Path, log: &Path) -> Result<[String; 3], ServerError> {
    let policy = dir.join("audit-policy.json");
    let rule = serde_json::json!({
        "apiVersion": "audit.k8s.io/v1", "kind": "Policy",
        "omitStages": ["RequestReceived", "ResponseStarted"],
        "rules": [{"level": "Metadata"}],
    });
    super::certificates::write(&policy, &rule.to_string())?;
    Ok([
        format!("--audit-policy-file={}", policy.display()),
        format!("--audit-log-path={}", log.display()),
        // In the order of the answers: a request that was answered is in the file.
        "--audit-log-mode=blocking-strict".into(),
    ])
}

fn controller_args(kubeconfig: &Path, authority: &Authority, tokens: &Pair) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", kubeconfig.display()),
        "--leader-elect=false".into(),
        // No port: several control planes run side by side.
        "--secure-port=0".into(),
        format!("--root-ca-file={}", authority.certificate().display()),
        format!("--service-account-private-key-file={}", tokens.key.display()),
        "--concurrent-gc-syncs=5".into(),
        // The fake node sends no heartbeats; nobody is to take it for dead and evict its pods.
        "--node-monitor-grace-period=24h".into(),
        "--node-startup-grace-period=24h".into(),
    ]
}

fn kwok_args(kubeconfig: &Path) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", kubeconfig.display()),
        "--manage-all-nodes=true".into(),
        // Addresses of pods, apart from those of services.
        "--cidr=10.244.0.0/16".into(),
        // No lease: heartbeats would be writes.
        "--node-lease-duration-seconds=0".into(),
    ]
}
