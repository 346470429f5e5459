//! Errors of the API server in our terms.

use gitops_core::{
    error::{Error, Retry, Stage},
    reason,
};

/// What an error of the API means for the engine.
pub(crate) fn api_error(stage: Stage, what: &str, error: kube::Error) -> Error {
    let (retry, reason) = match &error {
        kube::Error::Api(status) => match status.code {
            401 => (Retry::Backoff, reason::UNAUTHENTICATED),
            403 => (Retry::Never, reason::FORBIDDEN),
            409 => (Retry::Replan, reason::STALE),
            422 | 400 => (Retry::Never, reason::INVALID),
            429 => (Retry::Backoff, reason::THROTTLED),
            _ => (Retry::Backoff, reason::UNAVAILABLE),
        },
        _ => (Retry::Backoff, reason::UNAVAILABLE),
    };
    Error::new(stage, retry, reason, format!("can't {what}")).with_source(error)
}
