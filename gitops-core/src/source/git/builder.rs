//! What a Git source is made of.

use super::{
    GitSource,
    cache::Cache,
    credentials::{Credential, Credentials},
    fault::Fault,
    limits::Limits,
    reference::{Reference, Wanted},
    url::GitUrl,
    wire,
};
use crate::{env::Env, error::Result};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// What to follow, and where to keep a copy: the required parts of a [`GitSource`].
#[derive(Clone)]
pub struct Repository {
    /// `https://HOST/PATH`, `ssh://USER@HOST/PATH`, `USER@HOST:PATH`, `file:///PATH` or an absolute
    /// path. Without credentials.
    pub url: String,
    /// Which revision is wanted.
    pub reference: Reference,
    /// A directory for the bare repository, created if missing. It survives restarts, may be
    /// shared by processes and may be deleted while none of them runs. One URL, one directory.
    pub cache: PathBuf,
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Somebody may have put a password into the URL: shown only when it was checked.
        let url = GitUrl::parse(&self.url).ok();
        f.debug_struct("Repository")
            .field("url", &url)
            .field("reference", &self.reference)
            .field("cache", &self.cache)
            .finish()
    }
}

/// Options of a [`GitSource`]; each has a safe default.
#[must_use]
pub struct GitSourceBuilder {
    repository: Repository,
    credentials: Arc<dyn Credentials>,
    known_hosts: Option<PathBuf>,
    ca_pem: Vec<Vec<u8>>,
    proxy: Option<String>,
    deadline: Duration,
    limits: Limits,
    packs: usize,
    danger_http_credentials: bool,
    ssh_program: PathBuf,
    git_program: PathBuf,
    env: Option<Env>,
}

/// What transports need to know.
pub(super) struct Settings {
    pub(super) client: reqwest::Client,
    pub(super) known_hosts: Option<PathBuf>,
    pub(super) danger_http_credentials: bool,
    pub(super) ssh_program: PathBuf,
    pub(super) git_program: PathBuf,
    pub(super) proxy_password: Option<String>,
    pub(super) limits: Limits,
}

impl GitSourceBuilder {
    pub(super) fn new(repository: Repository) -> Self {
        GitSourceBuilder {
            repository,
            credentials: Arc::new(Credential::Anonymous),
            known_hosts: None,
            ca_pem: Vec::new(),
            proxy: None,
            deadline: Duration::from_secs(60),
            limits: Limits::default(),
            packs: 50,
            danger_http_credentials: false,
            ssh_program: PathBuf::from("ssh"),
            git_program: PathBuf::from("git"),
            env: None,
        }
    }

    /// Who asks: a [`Credential`], or anything that fetches one. Default: anonymous.
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.credentials = Arc::new(credentials);
        self
    }

    /// The file with the host keys of ssh servers, as ssh writes it. An ssh URL needs one: a host
    /// that is not in it, or has another key, is refused.
    pub fn known_hosts(mut self, file: impl Into<PathBuf>) -> Self {
        self.known_hosts = Some(file.into());
        self
    }

    /// Certificates (PEM) that are trusted beside those of the system. May be called repeatedly.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem.push(pem.into());
        self
    }

    /// The proxy for http and https: `http://[USER:PASSWORD@]HOST:PORT`. The environment's proxy
    /// settings are not looked at.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// How long one `resolve` or `fetch` may take in all, waiting for locks included. Default 60 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Limits on what the repository holds.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// After how many fetched packs the cache is begun anew with one complete fetch, so that it
    /// doesn't grow without bound. Default 50, at least 1.
    pub fn packs(mut self, packs: usize) -> Self {
        self.packs = packs.max(1);
        self
    }

    /// Sends credentials over unencrypted http to this very machine (`localhost`, `127.0.0.1`,
    /// `::1`), for tests. There is no way to send them to another one.
    pub fn danger_allow_http_credentials_on_loopback(mut self) -> Self {
        self.danger_http_credentials = true;
        self
    }

    /// The ssh program, called with OpenSSH's options. Default `ssh`, looked up in `PATH`.
    pub fn ssh_program(mut self, program: impl Into<PathBuf>) -> Self {
        self.ssh_program = program.into();
        self
    }

    /// The git program, needed for `file` URLs only. Default `git`, looked up in `PATH`.
    pub fn git_program(mut self, program: impl Into<PathBuf>) -> Self {
        self.git_program = program.into();
        self
    }

    /// The clock for deadlines. Default [`Env::system`].
    pub fn env(mut self, env: Env) -> Self {
        self.env = Some(env);
        self
    }

    /// Checks everything that can be checked without the network.
    ///
    /// # Errors
    /// `InvalidConfiguration`: a URL, reference, certificate or proxy that can't be read.
    pub fn build(self) -> Result<GitSource> {
        let url = GitUrl::parse(&self.repository.url)?;
        let wanted = Wanted::new(&self.repository.reference)?;
        absolute(&self.repository.cache)?;
        let settings = Settings {
            client: wire::client(&self.ca_pem, self.proxy.as_deref())?,
            known_hosts: self.known_hosts,
            danger_http_credentials: self.danger_http_credentials,
            ssh_program: self.ssh_program,
            git_program: self.git_program,
            proxy_password: self.proxy.as_deref().and_then(wire::proxy_password),
            limits: self.limits,
        };
        let cache = Cache::new(self.repository.cache, &url, self.limits, self.packs);
        Ok(GitSource::assemble(
            url,
            wanted,
            settings,
            cache,
            self.credentials,
            self.deadline,
            self.env.unwrap_or_else(Env::system),
        ))
    }
}

/// A relative cache would move with the working directory.
fn absolute(cache: &Path) -> Result<()> {
    if cache.is_absolute() {
        Ok(())
    } else {
        Err(Fault::invalid(format!("the cache directory {cache:?} is not an absolute path")))
    }
}

impl fmt::Debug for GitSourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the proxy, which may hold a password.
        f.debug_struct("GitSourceBuilder")
            .field("repository", &self.repository)
            .field("deadline", &self.deadline)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
