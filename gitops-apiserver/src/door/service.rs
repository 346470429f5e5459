//! The door in process: a tower service.

use crate::{
    access::User,
    answer::{Answer, ApiBody},
    core::Core,
    dispatch,
    request::{Call, MAX_BODY, Path, Query, body_too_large},
    status::Status,
};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::{
    convert::Infallible,
    error::Error,
    sync::Arc,
    task::{Context, Poll},
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
}

/// Who sends a request.
fn authenticate(core: &Core, user: Option<User>, headers: &HeaderMap) -> Result<User, Status> {
    if let Some(user) = user {
        return Ok(user);
    }
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer "));
    token.and_then(|token| core.tokens.user(token)).ok_or_else(Status::unauthorized)
}

impl<B> tower::Service<Request<B>> for Service
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<ApiBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<ApiBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Service { core, user } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let answer = match authenticate(&core, user, &head.headers) {
                Err(status) => Answer::refuse(&status),
                Ok(user) => match collect(body).await {
                    Err(answer) => answer,
                    Ok(body) => {
                        let call = Call {
                            method: head.method,
                            path: Path::parse(head.uri.path()),
                            query: Query::parse(head.uri.query().unwrap_or_default()),
                            raw_query: head.uri.query().unwrap_or_default().to_owned(),
                            headers: head.headers,
                            body,
                            user,
                        };
                        dispatch::answer(&core, &call)
                    }
                },
            };
            Ok(answer.into_response())
        })
    }
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
