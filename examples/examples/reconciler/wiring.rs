//! From the command line to the parts of the SDK.

use crate::cli::{
    Adopt, Conflicts, Policy, Reference as ReferenceArgs, Repository as RepositoryArgs, Target,
};
use gitops_core::engine::{AdoptionPolicy, Options, PrunePolicy};
use gitops_core::model::Digest;
use gitops_core::source::git::{Credential, Credentials, GitSource, Reference, Repository};
use gitops_core::{Error, Result, Retry, Stage, async_trait, reason};
use gitops_kube::{App, AppOnCluster, Cluster, ConflictPolicy};
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use kube::api::{Api, PostParams};
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use std::{
    env, fs,
    future::Future,
    path::{Path, PathBuf},
    time::Duration,
};

/// The app on its cluster. Sends no request.
pub(crate) async fn connect(target: &Target, policy: Option<&Policy>) -> Result<AppOnCluster> {
    let config = kubernetes(target).await?;
    let namespace = target.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    let mut app = App::new(&*target.app, namespace);
    if let Some(policy) = policy {
        app = app.adoption(adoption(policy.adopt)).conflicts(match policy.conflicts {
            Conflicts::Force => ConflictPolicy::Force,
            Conflicts::Fail => ConflictPolicy::Fail,
            Conflicts::Yield => ConflictPolicy::Yield,
        });
    }
    Cluster::connect(config)?.app(app)
}

/// The cluster's configuration: a named file, or what kubectl would take, or the pod's own.
async fn kubernetes(target: &Target) -> Result<Config> {
    let options = KubeConfigOptions { context: target.context.clone(), ..Default::default() };
    let wrong = |what: String, why: Box<dyn std::error::Error + Send + Sync>| {
        misconfigured(Stage::Observe, what)
            .advise("name a kubeconfig file with --kubeconfig, and its context with --context")
            .with_source(why)
    };
    if let Some(file) = &target.kubeconfig {
        let unfit = |why| wrong(format!("can't use the kubeconfig {}", file.display()), why);
        let read = Kubeconfig::read_from(file).map_err(|error| unfit(error.into()))?;
        let config = Config::from_custom_kubeconfig(read, &options).await;
        return config.map_err(|error| unfit(error.into()));
    }
    if target.context.is_some() {
        let config = Config::from_kubeconfig(&options).await;
        return config.map_err(|error| wrong("can't use the kubeconfig".to_owned(), error.into()));
    }
    let config = Config::infer().await;
    config.map_err(|error| wrong("no cluster is configured".to_owned(), error.into()))
}

/// Creates the app's namespace, unless it is there.
pub(crate) async fn create_namespace(app: &AppOnCluster) -> Result<()> {
    let name = &app.app().namespace;
    let namespace = Namespace {
        metadata: ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() },
        ..Namespace::default()
    };
    let api = Api::<Namespace>::all(app.cluster().client().clone());
    match api.create(&PostParams::default(), &namespace).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
        Err(error) => {
            let message = format!("can't create namespace {name}");
            Err(Error::new(Stage::Inventory, Retry::Backoff, reason::UNAVAILABLE, message)
                .advise("create it, or leave out --create-namespace if it is there")
                .with_source(error))
        }
    }
}

/// The repository. Sends no request.
pub(crate) fn source(args: &RepositoryArgs, timeout: Duration) -> Result<GitSource> {
    let home = match &args.cache_dir {
        Some(dir) => dir.clone(),
        None => user_cache()?.join("gitops-reconciler"),
    };
    // One URL, one directory.
    let cache = absolute(&home)?.join(Digest::of(&args.repo).short());
    let url = args.repo.clone();
    let reference = reference(&args.reference);
    let mut builder = GitSource::builder(Repository { url, reference, cache }).deadline(timeout);
    if let Some(file) = &args.token_file {
        builder = builder.credentials(FromFile { username: None, file: file.clone() });
    }
    if let (username @ Some(_), Some(file)) = (args.username.clone(), &args.password_file) {
        builder = builder.credentials(FromFile { username, file: file.clone() });
    }
    if let Some(file) = &args.ssh_key {
        builder = builder.credentials(Credential::ssh_key(absolute(file)?));
    }
    if let Some(file) = &args.known_hosts {
        builder = builder.known_hosts(absolute(file)?);
    }
    if let Some(file) = &args.ca_file {
        builder = builder.ca_pem(read(file)?);
    }
    if let Some(proxy) = &args.proxy {
        builder = builder.proxy(proxy);
    }
    builder.build()
}

fn reference(args: &ReferenceArgs) -> Reference {
    match args {
        ReferenceArgs { tag: Some(tag), .. } => Reference::tag(tag),
        ReferenceArgs { semver: Some(range), .. } => Reference::semver(range),
        ReferenceArgs { commit: Some(id), .. } => Reference::commit(id),
        ReferenceArgs { branch, .. } => Reference::branch(branch.as_deref().unwrap_or("main")),
    }
}

/// A secret that somebody else keeps fresh in a file.
struct FromFile {
    username: Option<String>,
    file: PathBuf,
}

#[async_trait]
impl Credentials for FromFile {
    async fn credential(&self) -> Result<Credential> {
        let secret = String::from_utf8(read(&self.file)?).unwrap_or_default();
        let secret = secret.trim_end_matches(['\r', '\n']).to_owned();
        if secret.is_empty() {
            let message = format!("there is no text in {}", self.file.display());
            return Err(misconfigured(Stage::Source, message));
        }
        Ok(match &self.username {
            Some(username) => Credential::basic(username, secret),
            None => Credential::bearer(secret),
        })
    }
}

/// The engine's options: the app's own, with what the command line says.
pub(crate) fn options(app: &AppOnCluster, policy: &Policy, timeout: Duration) -> Options {
    let mut prune = match policy.no_prune {
        true => PrunePolicy::off(),
        false => PrunePolicy::default().allow_empty(policy.allow_empty),
    };
    if let Some(count) = policy.prune_max {
        prune = prune.budget(count, 0);
    }
    for kind in &policy.allow_protected {
        prune = prune.allow_protected(kind);
    }
    app.options().prune(prune).adoption(adoption(policy.adopt)).health_timeout(timeout)
}

fn adoption(adopt: Adopt) -> AdoptionPolicy {
    match adopt {
        Adopt::None => AdoptionPolicy::MustMatch,
        Adopt::Unowned => AdoptionPolicy::AdoptIfUnowned,
        Adopt::All => AdoptionPolicy::AdoptAll,
    }
}

/// The work, if it ends in time.
pub(crate) async fn within<T>(
    timeout: Duration,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    match tokio::time::timeout(timeout, work).await {
        Ok(result) => result,
        Err(_) => {
            let message = format!("not done after {} s", timeout.as_secs());
            Err(Error::new(Stage::Plan, Retry::Backoff, reason::TIMED_OUT, message)
                .advise("allow more with --timeout"))
        }
    }
}

fn user_cache() -> Result<PathBuf> {
    let dir = |name: &str| env::var_os(name).map(PathBuf::from).filter(|dir| dir.is_absolute());
    let home = || dir("HOME").map(|home| home.join(".cache"));
    dir("XDG_CACHE_HOME").or_else(home).or_else(|| dir("LOCALAPPDATA")).ok_or_else(|| {
        misconfigured(Stage::Source, "there is no home directory to keep a copy in")
            .advise("name a folder with --cache-dir")
    })
}

fn absolute(path: &Path) -> Result<PathBuf> {
    let why = |error| misconfigured(Stage::Source, "no working directory").with_source(error);
    std::path::absolute(path).map_err(why)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let message = || format!("can't read {}", file.display());
    fs::read(file).map_err(|error| misconfigured(Stage::Source, message()).with_source(error))
}

fn misconfigured(stage: Stage, message: impl Into<String>) -> Error {
    Error::new(stage, Retry::Never, reason::INVALID_CONFIGURATION, message)
}
