//! The door for everybody else: a TCP listener, with a kubeconfig that leads to it.

use super::{Certified, Service, kubeconfig};
use crate::{access::User, core::Core};
use gitops_core::env::Rng;
use http::{HeaderValue, Request, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use std::{
    fmt, fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};
use tower::Service as _;

/// A server couldn't start to listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address is not to be had.
    #[error("can't listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The certificate can't be made.
    #[error("can't make a certificate: {0}")]
    Certificate(String),
}

/// How a server is to listen.
#[derive(Debug)]
pub struct ListenerBuilder {
    core: Arc<Core>,
    address: SocketAddr,
    https: bool,
    token: Option<String>,
}

/// A server that listens, until this is dropped.
///
/// Everybody needs the bearer token, which the [kubeconfig](Self::kubeconfig) has. Its tasks run on
/// the runtime that it was started on.
pub struct Listener {
    url: String,
    token: String,
    authority: Option<String>,
    _tasks: JoinSet<()>,
}

impl ListenerBuilder {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        ListenerBuilder { core, address, https: false, token: None }
    }

    /// Where to listen. The default is a free port of the loopback address; think twice before you
    /// open it to others.
    #[must_use]
    pub fn address(self, address: SocketAddr) -> Self {
        ListenerBuilder { address, ..self }
    }

    /// With TLS, and a certificate authority of its own for `localhost` and `127.0.0.1`.
    #[must_use]
    pub fn https(self) -> Self {
        ListenerBuilder { https: true, ..self }
    }

    /// The administrator's bearer token. The default is a random one.
    #[must_use]
    pub fn token(self, token: impl Into<String>) -> Self {
        ListenerBuilder { token: Some(token.into()), ..self }
    }

    /// Starts to listen. Call it inside a runtime.
    ///
    /// # Errors
    /// The address is not to be had, or no certificate can be made.
    pub async fn start(self) -> Result<Listener, ListenError> {
        let address = self.address;
        let failed = |source| ListenError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let certified = if self.https { Some(Certified::new()?) } else { None };
        let token = self.token.unwrap_or_else(|| {
            let mut rng = Rng::from_entropy();
            format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64())
        });
        self.core.tokens.add(&token, User::admin());
        let scheme = if self.https { "https" } else { "http" };
        let authority = certified.as_ref().map(|certified| certified.authority().to_owned());
        let service = Service::authenticating(self.core);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, service, certified));
        Ok(Listener { url: format!("{scheme}://{address}"), token, authority, _tasks: tasks })
    }
}

impl Listener {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The administrator's bearer token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The certificate authority to trust, as PEM; `None` without TLS.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// A kubeconfig for the administrator.
    pub fn kubeconfig(&self) -> Value {
        kubeconfig::new(&self.url, &self.token, self.authority())
    }

    /// Writes the kubeconfig to a file that only its owner can read, where the system has such.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_kubeconfig(&self, path: &Path) -> io::Result<()> {
        fs::write(path, self.kubeconfig().to_string())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Listener {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("url", &self.url).finish_non_exhaustive()
    }
}

/// How many connections are served at a time. More wait in the system's queue.
const CONNECTIONS: usize = 4096;
/// How long a client may take for a TLS handshake, and for the head of a request, as the real
/// server has it.
const HEAD: Duration = Duration::from_secs(32);

async fn accept(listener: TcpListener, service: Service, certified: Option<Certified>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        // The semaphore is never closed.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, mostly: others have to end first.
            service.pause().await;
            continue;
        };
        let (service, certified) = (service.clone(), certified.clone());
        connections.spawn(async move {
            match certified {
                None => serve(stream, service).await,
                Some(certified) => {
                    if let Ok(Some(stream)) = timeout(HEAD, certified.accept(stream)).await {
                        serve(stream, service).await;
                    }
                }
            }
            drop(place);
        });
    }
}

/// Serves one connection to its end.
async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, service: Service) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let mut service = service.clone();
        async move {
            let mut response = service.call(request).await?;
            response
                .headers_mut()
                .insert(header::SERVER, HeaderValue::from_static("gitops-apiserver"));
            Ok::<_, <Service as tower::Service<Request<Incoming>>>::Error>(response)
        }
    });
    // A client that breaks off, or that gets a reset on purpose, ends its own connection only.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}
