//! What can go wrong, and what each of it means to a user: one table.

use super::scrub::Scrub;
use crate::{
    error::{Error, Retry, Stage},
    reason,
};
use std::time::Duration;

/// A failure as it was seen, before it is put into words.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// The future was dropped or the deadline passed; nobody reads this one.
    Interrupted,
    /// No connection, no name, no TLS.
    Unreachable { detail: String },
    /// The connection ended in the middle.
    Lost { detail: String },
    /// An HTTP status that is no success, and how long the server asks us to stay away.
    Status { code: u16, after: Option<Duration> },
    /// A redirect to another origin, where our credentials must not go.
    Redirected { to: String },
    /// A redirect, or a web page, where a repository should answer.
    WebPage { detail: String },
    /// The server said no in Git's own words.
    Refused { detail: String },
    /// A child process ended; these are its last words.
    Child { program: String, detail: String },
    /// A child process could not be started.
    NoProgram { program: String, detail: String },
    /// The ref, version or commit is not there.
    NoSuchRef { what: String, advice: &'static str },
    /// More than a limit allows.
    TooLarge { what: String, limit: String },
    /// What arrived, or what is in the cache, is damaged.
    Corrupt { detail: String },
    /// The cache directory can't be used.
    Storage { detail: String },
    /// Credentials and URL don't fit each other.
    Unfit { detail: String, advice: &'static str },
}

impl Fault {
    /// A configuration that makes no sense.
    pub(super) fn invalid(message: impl Into<String>) -> Error {
        Error::new(Stage::Source, Retry::Never, reason::INVALID_CONFIGURATION, message)
    }

    /// Whether a damaged local copy may be the cause, so that a new one is worth a try.
    pub(super) fn may_be_local(&self) -> bool {
        matches!(self, Fault::Corrupt { .. } | Fault::Storage { .. })
    }

    /// The error that users see. `place` is the URL without credentials; what the far side said
    /// is scrubbed of every secret that we sent it, shortened and made printable.
    pub(super) fn into_error(self, place: &str, scrub: &Scrub) -> Error {
        use Retry::{Backoff, Never};
        let said = |text: &str| scrub.clean(text);
        let (retry, reason, message, advice) = match &self {
            Fault::Interrupted => (Backoff, reason::CANCELLED, format!("{place}: interrupted"), ""),
            Fault::Unreachable { detail } => (
                Backoff,
                reason::UNREACHABLE,
                format!("{place} can't be reached: {}", said(detail)),
                if detail.contains("certificate") || detail.contains("UnknownIssuer") {
                    "the server's certificate is not trusted: add its authority with ca_pem"
                } else {
                    "check host name, port, network and proxy"
                },
            ),
            Fault::Lost { detail } => (
                Backoff,
                reason::UNREACHABLE,
                format!("{place}: the connection was lost: {}", said(detail)),
                "it is tried again",
            ),
            Fault::Status { code: 401, .. } => (
                Never,
                reason::UNAUTHENTICATED,
                format!("{place} refuses the credentials, or wants some (HTTP 401)"),
                "check the token or password: it may have expired",
            ),
            Fault::Status { code: 403, after: None } => (
                Never,
                reason::FORBIDDEN,
                format!("{place} does not allow these credentials to read (HTTP 403)"),
                "give them read access to the repository's contents",
            ),
            Fault::Status { code: 404 | 410, .. } => (
                Never,
                reason::REPOSITORY_NOT_FOUND,
                format!("{place} does not exist, or is hidden from these credentials (HTTP 404)"),
                "check the URL; forges answer alike for a private repository",
            ),
            Fault::Status { code, after: Some(after) } => (
                Retry::After(*after),
                reason::THROTTLED,
                format!("{place} asks to be left alone for {} s (HTTP {code})", after.as_secs()),
                "poll less often, or use credentials with a higher quota",
            ),
            Fault::Status { code: 429, .. } => (
                Backoff,
                reason::THROTTLED,
                format!("{place} gets too many requests (HTTP 429)"),
                "poll less often, or use credentials with a higher quota",
            ),
            Fault::Status { code: 407, .. } => (
                Never,
                reason::UNAUTHENTICATED,
                format!("the proxy on the way to {place} wants credentials (HTTP 407)"),
                "put them into the proxy's URL",
            ),
            Fault::Status { code, .. } if *code >= 500 => (
                Backoff,
                reason::UNREACHABLE,
                format!("{place} fails (HTTP {code})"),
                "it is tried again; look at the server if it lasts",
            ),
            Fault::Status { code, .. } => (
                Never,
                reason::REPOSITORY_NOT_FOUND,
                format!("{place} does not answer as a Git repository (HTTP {code})"),
                "check the URL",
            ),
            Fault::Redirected { to } => (
                Never,
                reason::FORBIDDEN,
                format!("{place} redirects to another origin, {}", said(to)),
                "credentials are not carried there: if that is right, configure that URL",
            ),
            Fault::WebPage { detail } => (
                Never,
                reason::UNAUTHENTICATED,
                format!("{place} answers with a web page, not a repository: {}", said(detail)),
                "it is often a login page: check that the credentials have not expired, and the URL",
            ),
            Fault::Refused { detail } | Fault::Child { detail, .. } => {
                return refusal(&self, detail, place, scrub);
            }
            Fault::NoProgram { program, detail } => (
                Never,
                reason::INVALID_CONFIGURATION,
                format!("{program} can't be started for {place}: {}", said(detail)),
                "install it, or name it by its full path",
            ),
            Fault::NoSuchRef { what, advice } => {
                (Never, reason::REVISION_NOT_FOUND, format!("{place}: {}", said(what)), *advice)
            }
            Fault::TooLarge { what, limit } => (
                Never,
                reason::TOO_LARGE,
                format!("{place}: {} is over the limit of {limit}", said(what)),
                "make it smaller, or raise the limit if that is wanted",
            ),
            Fault::Corrupt { detail } => (
                Backoff,
                reason::CORRUPT,
                format!("{place}: what was received is damaged: {}", said(detail)),
                "it is fetched anew; run git fsck on the server if it lasts",
            ),
            Fault::Storage { detail } => (
                Backoff,
                reason::UNAVAILABLE,
                format!("the cache of {place} can't be used: {}", said(detail)),
                "the directory must be writable and have room",
            ),
            Fault::Unfit { detail, advice } => (
                Never,
                reason::INVALID_CONFIGURATION,
                format!("{place}: {}", said(detail)),
                *advice,
            ),
        };
        let error = Error::new(Stage::Source, retry, reason, message);
        if advice.is_empty() { error } else { error.advise(advice) }
    }
}

/// What ssh, `git upload-pack` and servers say in words, first match first.
/// Sources: OpenSSH's messages in the C locale, git's upload-pack.c and the forges' ssh front ends.
const WORDS: &[(&[&str], Retry, &str, &str, &str)] = &[
    (
        &["Host key verification failed", "IDENTIFICATION HAS CHANGED", "host key is known"],
        Retry::Never,
        reason::UNAUTHENTICATED,
        "the server's host key is unknown or has changed",
        "compare the key with one from a trusted place, then put it into the known_hosts file",
    ),
    (
        &["Permission denied", "permission denied", "Authentication failed", "bad permissions"],
        Retry::Never,
        reason::UNAUTHENTICATED,
        "the server refuses the key",
        "add the public key as a deploy key; the private key file must belong to its reader only",
    ),
    (
        &["not our ref", "no such remote ref", "unadvertised object"],
        Retry::Never,
        reason::REVISION_NOT_FOUND,
        "the commit is not there, or the server does not give out this one",
        "it may have gone with a force-push: resolve again",
    ),
    (
        &["dubious ownership"],
        Retry::Never,
        reason::FORBIDDEN,
        "git refuses a repository that belongs to another user",
        "let the repository belong to the user who reads it",
    ),
    (
        &[
            "does not appear to be a git repository",
            "epository not found",
            "not exported",
            "does not exist",
            "No such file",
            "could not be found",
        ],
        Retry::Never,
        reason::REPOSITORY_NOT_FOUND,
        "there is no repository, or it is hidden from these credentials",
        "check the URL",
    ),
    (
        &[
            "resolve hostname",
            "Connection refused",
            "Connection timed out",
            "Operation timed out",
            "Connection closed",
            "Connection reset",
            "No route to host",
            "unreachable",
        ],
        Retry::Backoff,
        reason::UNREACHABLE,
        "the server can't be reached",
        "check host name, port and network",
    ),
    (
        &["ccess denied", "orbidden", "not allowed", "nauthorized"],
        Retry::Never,
        reason::FORBIDDEN,
        "the server does not allow it",
        "give these credentials read access",
    ),
];

fn refusal(fault: &Fault, detail: &str, place: &str, scrub: &Scrub) -> Error {
    let who = match fault {
        Fault::Child { program, .. } => program.as_str(),
        _ => "the server",
    };
    let said = scrub.clean(detail);
    let said = if said.is_empty() { String::new() } else { format!(" ({who} says: {said})") };
    let known = WORDS.iter().find(|(words, ..)| words.iter().any(|word| detail.contains(word)));
    match known {
        Some((_, retry, reason, message, advice)) => {
            Error::new(Stage::Source, *retry, reason, format!("{place}: {message}{said}"))
                .advise(*advice)
        }
        None => Error::new(
            Stage::Source,
            Retry::Backoff,
            reason::UNREACHABLE,
            format!("{place}: the transfer failed{said}"),
        )
        .advise("it is tried again"),
    }
}
