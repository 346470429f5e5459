//! What the API server's answers mean: the one table from HTTP to [`gitops_core::Error`].
//!
//! | answer | reason | retry |
//! |---|---|---|
//! | 401, credentials can't be made | `Unauthenticated` | back-off |
//! | 403 | `Forbidden`, with verb, resource and namespace | never |
//! | 403 in a terminating namespace | `Unavailable` | back-off |
//! | 404 of a namespace | `Invalid` | back-off: it may come |
//! | 404 of a kind | `UnknownKind` | back-off: it may come |
//! | 404 of an object, 409 of a version or incarnation, 410 | `Stale` | replan |
//! | 409 of fields | `FieldConflict`, with fields and managers | never |
//! | 400, 415, 422 | `Invalid`, with causes; `ImmutableField` when all causes say so | never |
//! | 500 of an object that doesn't fit its schema | `Invalid` | never |
//! | 413, etcd's own limit | `TooLarge` | never |
//! | 429 | `Throttled` | after `Retry-After` |
//! | 5xx | `Unavailable` | back-off, or after `Retry-After` |
//! | no answer, too late, 504, to a read | `Unavailable`, `TimedOut` | back-off |
//! | the same to a write that may have been sent | `OutcomeUnknown` | replan |

mod refusal;

pub(crate) use refusal::{Conflict, Refusal};

use crate::resource::Resource;
use gitops_core::{
    Error, Retry, Stage,
    error::chain,
    model::{ObjectId, printable},
    reason,
};
use std::{error::Error as StdError, time::Duration};

type Source = Box<dyn StdError + Send + Sync>;

/// Why a request has no answer that can be used.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server said no.
    Refused(Box<Refusal>),
    /// No credentials could be made for the request; nothing was sent.
    Credentials(Source),
    /// No connection could be made; nothing was sent.
    Unreachable(Source),
    /// The connection broke before the whole answer was there.
    Lost(Source),
    /// No whole answer within this time.
    Late(Duration),
    /// The answer is not what the API promises.
    Garbled(String),
}

impl Failure {
    /// The server's refusal, if it is one.
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        match self {
            Failure::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether it is a refusal with this HTTP code.
    pub(crate) fn is(&self, code: u16) -> bool {
        self.refusal().is_some_and(|refusal| refusal.code == code)
    }
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Failure::Refused(Box::new(Refusal::from_status(*status))),
            kube::Error::Auth(_) => Failure::Credentials(Box::new(error)),
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => {
                Failure::Garbled(chain(&error))
            }
            error if never_sent(&error) => Failure::Unreachable(Box::new(error)),
            error => Failure::Lost(Box::new(error)),
        }
    }
}

/// Whether the error says for sure that no byte of the request left: conservative, since a write
/// that may have been sent must be looked for.
fn never_sent(error: &(dyn StdError + 'static)) -> bool {
    use std::io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable,
    };
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            let kind = io.kind();
            if [AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable]
                .contains(&kind)
            {
                return true;
            }
        }
        next = error.source();
    }
    false
}

/// What was asked for, for the message and for what an absent answer means.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// The stage that asked.
    pub(crate) stage: Stage,
    /// What, as a verb phrase: `patch deployments.apps web in namespace shop`.
    pub(crate) what: String,
    /// Whether the request would change something.
    pub(crate) write: bool,
    /// Whether the server's words may repeat secret values.
    pub(crate) secret: bool,
    /// The object concerned.
    pub(crate) object: Option<ObjectId>,
}

impl Ask {
    /// A request about one object.
    pub(crate) fn of(
        stage: Stage,
        verb: &str,
        resource: &Resource,
        id: &ObjectId,
        write: bool,
    ) -> Self {
        let mut what = format!("{verb} {} {}", resource.full_name(), id.name());
        if !id.namespace().is_empty() {
            what.push_str(&format!(" in namespace {}", id.namespace()));
        }
        let secret = id.group().is_empty() && id.kind() == "Secret";
        Ask { stage, what, write, secret, object: Some(id.clone()) }
    }
}

/// What a failed request means for the pass.
pub(crate) fn judge(ask: &Ask, failure: Failure) -> Error {
    let what = &ask.what;
    let new = |retry, reason, message: String| {
        let error = Error::new(ask.stage, retry, reason, printable(&message));
        match &ask.object {
            Some(object) => error.on(object),
            None => error,
        }
    };
    let unknown = |why: String| {
        new(
            Retry::Replan,
            reason::OUTCOME_UNKNOWN,
            format!("can't tell whether the server did {what}: {why}"),
        )
        .advise("the next pass looks at what became of it")
    };
    match failure {
        Failure::Refused(refusal) if ask.write && refusal.outcome_unknown() => {
            unknown(format!("{} {}", refusal.code, said(ask, &refusal)))
        }
        Failure::Refused(refusal) => refused(ask, &refusal, new),
        Failure::Credentials(source) => new(
            Retry::Backoff,
            reason::UNAUTHENTICATED,
            format!("can't {what}: no credentials for the API server could be made"),
        )
        .advise("check the kubeconfig's user or the service account")
        .with_source(source),
        Failure::Unreachable(source) => new(
            Retry::Backoff,
            reason::UNAVAILABLE,
            format!("can't {what}: the API server can't be reached"),
        )
        .with_source(source),
        Failure::Lost(source) if ask.write => {
            unknown("the connection was lost before the answer".to_owned()).with_source(source)
        }
        Failure::Lost(source) => new(
            Retry::Backoff,
            reason::UNAVAILABLE,
            format!("can't {what}: the connection to the API server was lost"),
        )
        .with_source(source),
        Failure::Late(limit) if ask.write => {
            unknown(format!("no answer within {} s", limit.as_secs_f32()))
        }
        Failure::Late(limit) => new(
            Retry::Backoff,
            reason::TIMED_OUT,
            format!("can't {what}: no answer within {} s", limit.as_secs_f32()),
        ),
        Failure::Garbled(why) if ask.write => unknown(format!("its answer can't be read: {why}")),
        Failure::Garbled(why) => new(
            Retry::Backoff,
            reason::UNAVAILABLE,
            format!("can't {what}: the answer can't be read: {why}"),
        ),
    }
}

/// The server's words, as far as they can be repeated.
fn said(ask: &Ask, refusal: &Refusal) -> String {
    if ask.secret { refusal.without_values() } else { refusal.in_full() }
}

fn refused(
    ask: &Ask,
    refusal: &Refusal,
    new: impl Fn(Retry, &'static str, String) -> Error,
) -> Error {
    let what = &ask.what;
    let said = said(ask, refusal);
    let later = refusal.retry_after.map_or(Retry::Backoff, Retry::After);
    match refusal.code {
        401 => new(
            Retry::Backoff,
            reason::UNAUTHENTICATED,
            format!("can't {what}: the API server refused the credentials"),
        )
        .advise("renew the token or certificate"),
        403 if refusal.has_cause("NamespaceTerminating") => {
            new(Retry::Backoff, reason::UNAVAILABLE, format!("can't {what}: {said}"))
        }
        403 => new(Retry::Never, reason::FORBIDDEN, format!("may not {what}: {said}"))
            .advise("grant it to the controller's account, or satisfy the policy that denies it"),
        404 if refusal.of_missing_namespace() => {
            new(Retry::Backoff, reason::INVALID, format!("can't {what}: {said}"))
                .advise("declare the Namespace in the repository, or create it")
        }
        404 if refusal.of_missing_kind() => {
            new(Retry::Backoff, reason::UNKNOWN_KIND, format!("can't {what}: {said}"))
                .advise("the definition may still be on its way: it is tried again")
        }
        409 if !refusal.conflicts().is_empty() => {
            new(Retry::Never, reason::FIELD_CONFLICT, format!("can't {what}: {}", conflicts(refusal)))
                .advise("take the fields out of the repository, or set the conflict policy to force or yield")
        }
        404 | 409 | 410 => {
            new(Retry::Replan, reason::STALE, format!("can't {what}: {said}"))
        }
        413 => new(Retry::Never, reason::TOO_LARGE, format!("can't {what}: {said}")),
        429 => new(later, reason::THROTTLED, format!("can't {what} now: {said}")),
        408 => new(Retry::Backoff, reason::TIMED_OUT, format!("can't {what}: {said}")),
        500 if refusal.too_large() => {
            new(Retry::Never, reason::TOO_LARGE, format!("can't {what}: {said}"))
        }
        500 if refusal.misfit() => {
            new(Retry::Never, reason::INVALID, format!("can't {what}: {said}"))
                .advise("correct it in the repository")
        }
        500.. => new(later, reason::UNAVAILABLE, format!("can't {what}: {} {said}", refusal.code)),
        _ if refusal.immutable() => {
            new(Retry::Never, reason::IMMUTABLE_FIELD, format!("can't {what}: {said}"))
                .advise("change it back, or annotate the object with kustomize.toolkit.fluxcd.io/force: enabled to have it replaced")
        }
        _ => new(Retry::Never, reason::INVALID, format!("can't {what}: {said}"))
            .advise("correct it in the repository"),
    }
}

fn conflicts(refusal: &Refusal) -> String {
    let fields: Vec<String> = refusal
        .conflicts()
        .iter()
        .map(|Conflict { field, manager }| format!("{field} is owned by {manager}"))
        .collect();
    fields.join(", ")
}

/// An error of a kube call: `what` is a verb phrase (`read configmaps shop in namespace shop`).
/// Takes no side on whether a lost write took effect, so it fits calls under compare-and-swap.
/// `secret`: the server's words may repeat values, and are left out.
pub(crate) fn api_error(stage: Stage, what: &str, secret: bool, error: kube::Error) -> Error {
    let ask = Ask { stage, what: what.to_owned(), write: false, secret, object: None };
    judge(&ask, error.into())
}
