//! A Git server that misbehaves on request.

mod backend;
mod body;
#[cfg_attr(not(feature = "https"), path = "no_tls.rs")]
mod tls;

use super::{FakeRepo, RepoError};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    collections::BTreeMap,
    convert::Infallible,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// The three requests of Git's protocol over http.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// `GET info/refs`: what the server can do.
    Advertisement,
    /// The list of refs.
    List,
    /// The objects.
    Pack,
}

/// A way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Sends nothing, for ever.
    Stall,
    /// Sends this many bytes of the answer, then nothing more.
    StallAfter(usize),
    /// One byte, a pause, one byte, …
    Trickle(Duration),
    /// Sends this many bytes of the answer, then hangs up.
    Truncate(usize),
    /// Sends the answer with this byte (from its beginning) turned round.
    Flip(usize),
    /// Answers with a status and these headers.
    Status(u16, Vec<(&'static str, String)>),
    /// Sends somebody else to this URL (302).
    Redirect(String),
    /// A friendly page that is no repository (200).
    LoginPage,
    /// Refuses in the protocol's own words, with this text.
    Refuse(String),
}

/// A request that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method and path with query.
    pub line: String,
    /// Which of the three it was, if any.
    pub at: Option<At>,
    /// What it showed to be let in.
    pub authorization: Option<String>,
}

#[derive(Default)]
struct State {
    repos: BTreeMap<String, PathBuf>,
    moved: BTreeMap<String, String>,
    faults: BTreeMap<At, Fault>,
    authorization: Option<(String, &'static str)>,
    requests: Vec<Request>,
}

struct Shared {
    state: Mutex<State>,
    sent: watch::Sender<u64>,
    stalled: watch::Sender<u64>,
}

/// Gives [`FakeRepo`]s out over http or https on loopback, through git's own `http-backend`.
///
/// It stops, with all its connections, when it is dropped.
///
/// ```
/// use gitops_testkit::repo::{At, Fault, FakeRepo, RepoServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gitops_testkit::repo::RepoError> {
/// let repo = FakeRepo::new()?;
/// let server = RepoServer::start().await?;
/// let url = server.serve("shop", &repo); // http://127.0.0.1:…/shop
/// server.require_bearer("token");
/// server.fault(At::Pack, Fault::Stall);
/// # Ok(()) }
/// ```
pub struct RepoServer {
    origin: String,
    shared: Arc<Shared>,
    ca_pem: Option<String>,
    _tasks: JoinSet<()>,
}

impl RepoServer {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> Result<Self, RepoError> {
        Self::listen(None).await
    }

    /// The same over https, with a certificate for `127.0.0.1` from an authority of its own.
    ///
    /// # Errors
    /// When no port or certificate can be had.
    #[cfg(feature = "https")]
    pub async fn start_https() -> Result<Self, RepoError> {
        Self::listen(Some(tls::Certified::new()?)).await
    }

    async fn listen(certified: Option<tls::Certified>) -> Result<Self, RepoError> {
        let listener =
            TcpListener::bind("127.0.0.1:0").await.map_err(RepoError::io("can't listen"))?;
        let address = listener.local_addr().map_err(RepoError::io("can't listen"))?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            sent: watch::Sender::new(0),
            stalled: watch::Sender::new(0),
        });
        let scheme = if certified.is_some() { "https" } else { "http" };
        let ca_pem = certified.as_ref().map(|certified| certified.ca_pem().to_owned());
        let mut tasks = JoinSet::new();
        let serving = shared.clone();
        // Owned by the server: dropping it ends the loop and, with it, every connection.
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while connections.try_join_next().is_some() {}
                let (shared, certified) = (serving.clone(), certified.clone());
                connections.spawn(async move {
                    match certified {
                        Some(certified) => certified.connection(stream, shared).await,
                        None => connection::<TcpStream>(stream, shared).await,
                    }
                });
            }
        });
        Ok(RepoServer { origin: format!("{scheme}://{address}"), shared, ca_pem, _tasks: tasks })
    }

    /// Gives a repository out under a name, and says at which URL. The repository must outlive its
    /// use.
    pub fn serve(&self, name: &str, repo: &FakeRepo) -> String {
        self.state().repos.insert(name.to_owned(), repo.path());
        self.url(name)
    }

    /// Redirects every GET of a name to another URL (301), as a forge does for a renamed repository.
    pub fn redirect(&self, name: &str, to: &str) {
        self.state().moved.insert(name.to_owned(), to.to_owned());
    }

    /// The URL of a name, whether it is served or not.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.origin)
    }

    /// The certificate of the authority, with https.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Lets in only who shows this user name and password.
    pub fn require_basic(&self, username: &str, password: &str) {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let shown = format!("Basic {}", STANDARD.encode(format!("{username}:{password}")));
        self.state().authorization = Some((shown, "Basic realm=\"repo\""));
    }

    /// Lets in only who shows this token.
    pub fn require_bearer(&self, token: &str) {
        self.state().authorization = Some((format!("Bearer {token}"), "Bearer"));
    }

    /// Lets everybody in again.
    pub fn require_nothing(&self) {
        self.state().authorization = None;
    }

    /// Misbehaves at one of the three requests until told otherwise.
    pub fn fault(&self, at: At, fault: Fault) {
        self.state().faults.insert(at, fault);
    }

    /// Behaves again.
    pub fn behave(&self) {
        self.state().faults.clear();
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// Bytes of bodies sent so far.
    pub fn sent(&self) -> u64 {
        *self.shared.sent.borrow()
    }

    /// Waits until this many bytes of bodies were sent.
    pub async fn until_sent(&self, bytes: u64) {
        // The sender lives as long as self.
        let _ = self.shared.sent.subscribe().wait_for(|sent| *sent >= bytes).await;
    }

    /// Waits until this many answers have come to a stop since the start.
    pub async fn until_stalled(&self, answers: u64) {
        let _ = self.shared.stalled.subscribe().wait_for(|stalled| *stalled >= answers).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl std::fmt::Debug for RepoServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RepoServer").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connection<S>(stream: S, shared: Arc<Shared>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send,
{
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(answer(shared, request).await) }
    });
    // A client that hangs up is no news.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    shared: Arc<Shared>,
    request: http::Request<Incoming>,
) -> http::Response<body::Body> {
    let whole = backend::Whole::collect(request).await;
    let at = whole.at();
    let (repo, moved, refused, fault) = {
        let mut state = shared.state();
        state.requests.push(Request {
            line: whole.line(),
            at,
            authorization: whole.header(header::AUTHORIZATION),
        });
        let wrong = state.authorization.as_ref().and_then(|(shown, challenge)| {
            (whole.header(header::AUTHORIZATION).as_ref() != Some(shown)).then_some(*challenge)
        });
        let fault = at.and_then(|at| state.faults.get(&at).cloned());
        let moved = state.moved.get(whole.repo()).map(|to| whole.below(to));
        (state.repos.get(whole.repo()).cloned(), moved, wrong, fault)
    };
    if let Some(challenge) = refused {
        return body::plain(401, &[("www-authenticate", challenge.to_owned())], "", shared);
    }
    if let Some(to) = moved {
        return body::plain(301, &[("location", to)], "", shared);
    }
    let content = |kind: &str| format!("application/x-git-upload-pack-{kind}");
    match (&fault, repo) {
        (Some(Fault::Status(code, headers)), _) => body::plain(*code, headers, "no", shared),
        (Some(Fault::Redirect(to)), _) => body::plain(302, &[("location", to.clone())], "", shared),
        (Some(Fault::LoginPage), _) => {
            let html = [("content-type", "text/html; charset=utf-8".to_owned())];
            body::plain(200, &html, "<h1>Please sign in</h1>", shared)
        }
        (Some(Fault::Refuse(text)), _) => {
            let line = format!("ERR {text}");
            let line = format!("{:04x}{line}", line.len() + 4);
            let kind = if at == Some(At::Advertisement) { "advertisement" } else { "result" };
            body::plain(200, &[("content-type", content(kind))], &line, shared)
        }
        (_, None) => body::plain(404, &[], "not found", shared),
        (_, Some(repo)) => match backend::run(&repo, &whole).await {
            Ok((status, headers, bytes)) => body::scripted(status, headers, bytes, fault, shared),
            Err(error) => body::plain(500, &[], &error.to_string(), shared),
        },
    }
}

/// A whole answer of the backend.
type Answer = (StatusCode, HeaderMap, Bytes);
