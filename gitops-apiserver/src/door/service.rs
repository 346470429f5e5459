//! The door in process: a tower service.

use crate::{
    access::{self, User},
    answer::{Answer, ApiBody},
    core::Core,
    dispatch,
    fault::Fault,
    record::{Recorded, Sent},
    request::{Call, MAX_BODY, Path, Query, body_too_large},
    status::Status,
};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::{
    error::Error,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// A server as a tower service, for `kube::Client::new` and any other HTTP client over tower.
///
/// Cheap to clone; all clones are the same server. Requests are worked out when their future is
/// first polled, without any thread or task of the server's own: under a paused clock every run is
/// the same.
#[derive(Debug, Clone)]
pub struct Service {
    core: Arc<Core>,
    /// Who asks; `None`: whose token it is.
    user: Option<User>,
}

impl Service {
    /// For one user, who needs no token.
    pub(crate) fn new(core: Arc<Core>, user: User) -> Self {
        Service { core, user: Some(user) }
    }

    /// For those who have a token.
    #[cfg(feature = "listen")]
    pub(crate) fn authenticating(core: Arc<Core>) -> Self {
        Service { core, user: None }
    }

    /// Waits for a moment.
    #[cfg(feature = "listen")]
    pub(crate) async fn pause(&self) {
        self.core.clock.sleep(Duration::from_millis(10)).await;
    }
}

/// How long the body of a request may take: the real server's `--request-timeout`.
const REQUEST: Duration = Duration::from_secs(60);

/// Who sends a request.
fn authenticate(core: &Core, user: Option<User>, headers: &HeaderMap) -> Result<User, Status> {
    if let Some(user) = user {
        return Ok(user);
    }
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let mut words = value.unwrap_or_default().trim().splitn(3, ' ');
    let scheme = words.next().unwrap_or_default();
    match words.next() {
        Some(token) if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() => {
            let holder = core.authenticate(token, &[access::ISSUER.to_owned()]);
            holder.map(|holder| holder.user).map_err(|_| Status::unauthorized())
        }
        // Whom roles may allow what everybody may see.
        _ => Ok(User::anonymous()),
    }
}

/// The connection breaks: the client gets no answer, or not all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("connection reset by peer")]
pub struct ConnectionReset;

impl<B> tower::Service<Request<B>> for Service
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<ApiBody>;
    type Error = ConnectionReset;
    type Future = BoxFuture<'static, Result<Response<ApiBody>, ConnectionReset>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectionReset>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Service { core, user } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let user = match authenticate(&core, user, &head.headers) {
                Ok(user) => user,
                Err(status) => return Ok(Answer::refuse(&status).into_response()),
            };
            let body = tokio::select! {
                biased;
                body = collect(body) => body,
                () = core.clock.sleep(REQUEST) => Err(too_slow()),
            };
            let body = match body {
                Ok(body) => body,
                Err(answer) => return Ok(answer.into_response()),
            };
            let uri = head.uri.path_and_query().map_or("/", |uri| uri.as_str()).to_owned();
            core.recorder.add(|| Sent::new(&head.method, &uri, &head.headers, &body));
            let mut call = Call {
                method: head.method,
                path: Path::parse(head.uri.path()),
                query: Query::parse(head.uri.query().unwrap_or_default()),
                raw_query: head.uri.query().unwrap_or_default().to_owned(),
                headers: head.headers,
                body,
                user,
            };
            let mut recorded = Recorded::of(&call, &uri, core.now());
            let answered = answer(&core, &mut call).await;
            recorded.code = answered.as_ref().map_or(0, |answer| answer.code);
            core.requests.add(recorded);
            answered.map(Answer::into_response)
        })
    }
}

/// Answers a request, with what goes wrong on the way.
async fn answer(core: &Arc<Core>, call: &mut Call) -> Result<Answer, ConnectionReset> {
    let faults = core.random(|rng| core.faults.of(call, rng));
    for fault in &faults {
        match fault {
            Fault::Refuse(status) => return Ok(Answer::refuse(status)),
            Fault::Overload => return Ok(Answer::overloaded()),
            Fault::Reset => return Err(ConnectionReset),
            Fault::Latency(time) => core.clock.sleep(*time).await,
            _ => {}
        }
    }
    let mut answer = match access::pass(core, call) {
        Ok(user) => {
            call.user = user;
            dispatch::answer(core, call, &faults)
        }
        Err(status) => Answer::refuse(&status),
    };
    for fault in &faults {
        match fault {
            Fault::RefuseAfter(status) => return Ok(Answer::refuse(status)),
            Fault::ResetAfter => return Err(ConnectionReset),
            Fault::LatencyAfter(time) => core.clock.sleep(*time).await,
            Fault::Truncate(bytes) => answer.truncate(*bytes),
            _ => {}
        }
    }
    Ok(answer)
}

/// The body of a request doesn't come.
fn too_slow() -> Answer {
    Answer::refuse(&Status::timeout("request did not complete within the allotted timeout", 0))
}

/// Reads a body, but no more of it than any request may have.
async fn collect<B>(body: B) -> Result<Bytes, Answer>
where
    B: http_body::Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Answer::refuse(&body_too_large())),
        // The client has gone away; nobody reads this.
        Err(_) => Err(Answer::text(400, "the body of the request could not be read")),
    }
}
