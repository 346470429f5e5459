//! The API server's refusals, read.

use http::{HeaderMap, header::RETRY_AFTER};
use kube::core::Status;
use std::time::Duration;

/// A refusal: HTTP code, the server's words and, for most, its machine-readable causes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    /// The Status's reason, such as `AlreadyExists`; empty when a proxy answered.
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) causes: Vec<Cause>,
    pub(crate) retry_after: Option<Duration>,
}

/// One cause of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) reason: String,
    pub(crate) field: String,
    pub(crate) message: String,
}

/// A field that another manager owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// As structured-merge-diff prints it: `.spec.containers[name="app"].image`.
    pub(crate) field: String,
    /// As the server prints it, such as `"kubectl-edit" using apps/v1`.
    pub(crate) manager: String,
}

/// The server's words are kept up to here: a hostile or broken one may send megabytes.
const WORDS: usize = 4096;

impl Refusal {
    /// Reads a refusal from an answer. Overload is told in plain text and a header
    /// (API priority and fairness), most of the rest in a `Status`.
    pub(crate) fn read(code: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let mut refusal = match serde_json::from_slice::<Status>(body) {
            Ok(status) if !status.message.is_empty() || status.code != 0 => {
                Self::from_status(status)
            }
            _ => Refusal { message: text(body), ..Refusal::default() },
        };
        refusal.code = code;
        let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        if let Some(seconds) = seconds {
            refusal.retry_after = Some(Duration::from_secs(seconds));
        }
        refusal
    }

    pub(crate) fn from_status(status: Status) -> Self {
        let details = status.details;
        let seconds = details.as_ref().map_or(0, |details| u64::from(details.retry_after_seconds));
        let causes = details.map_or(Vec::new(), |details| details.causes);
        let causes = causes.into_iter().map(|cause| Cause {
            reason: cause.reason,
            field: cause.field,
            message: cause.message,
        });
        Refusal {
            code: status.code,
            reason: status.reason,
            message: cut(status.message),
            causes: causes.take(100).collect(),
            retry_after: (seconds > 0).then(|| Duration::from_secs(seconds)),
        }
    }

    pub(crate) fn has_cause(&self, reason: &str) -> bool {
        self.causes.iter().any(|cause| cause.reason == reason)
    }

    /// The fields that others own, when that is what it is about.
    pub(crate) fn conflicts(&self) -> Vec<Conflict> {
        let conflicts = self.causes.iter().filter(|cause| cause.reason == "FieldManagerConflict");
        conflicts
            .map(|cause| Conflict { field: cause.field.clone(), manager: manager(&cause.message) })
            .collect()
    }

    /// Whether every cause says that a field can't be changed: then, and only then, a replacement
    /// can help. API validation has no machine-readable form for it; these are its words.
    pub(crate) fn immutable(&self) -> bool {
        const WORDS: &[&str] = &[
            "immutable",
            "may not change once set",
            "cannot change roleRef",
            "updates to statefulset spec for fields other than",
            "pod updates may not change fields other than",
            "may not be changed",
        ];
        let immutable = |cause: &Cause| WORDS.iter().any(|words| cause.message.contains(words));
        self.code == 422 && !self.causes.is_empty() && self.causes.iter().all(immutable)
    }

    pub(crate) fn of_missing_namespace(&self) -> bool {
        self.code == 404 && self.message.starts_with("namespaces \"")
    }

    /// Whether the path itself is not served, rather than one object missing.
    pub(crate) fn of_missing_kind(&self) -> bool {
        self.code == 404
            && (self.message.starts_with("404 page not found")
                || self.message.starts_with("the server could not find the requested resource"))
    }

    /// Whether the server itself can't say what it did: a time-out behind it.
    pub(crate) fn outcome_unknown(&self) -> bool {
        self.code == 504
            || (self.code == 500
                && (["Timeout", "ServerTimeout"].contains(&self.reason.as_str())
                    || self.message.contains("request timed out")
                    || self.message.contains("leader changed")))
    }

    pub(crate) fn too_large(&self) -> bool {
        self.message.contains("etcdserver: request is too large")
            || self.message.contains("trying to send message larger than max")
    }

    /// Whether the object doesn't fit its kind's schema, which server-side apply finds before
    /// validation and answers as an internal error.
    pub(crate) fn misfit(&self) -> bool {
        self.code == 500 && self.message.starts_with("failed to create typed patch object")
    }

    /// Whether an admission webhook could not be asked: a matter of this object, not of the
    /// server as a whole.
    pub(crate) fn webhook_down(&self) -> bool {
        self.code >= 500 && self.message.contains("failed calling webhook")
    }

    /// Whether an admission webhook can't judge a dry run (it declares side effects).
    pub(crate) fn dry_run_unsupported(&self) -> bool {
        self.code == 400 && self.message.contains("does not support dry run")
    }

    /// Whether it is about the one object that was sent rather than about the server.
    pub(crate) fn of_object(&self) -> bool {
        !matches!(self.code, 401 | 408 | 410 | 429) && (self.code < 500 || self.webhook_down())
            || self.too_large()
            || self.misfit()
    }

    pub(crate) fn in_full(&self) -> String {
        if self.message.is_empty() {
            format!("the server answered {} without a word", self.code)
        } else {
            self.message.clone()
        }
    }

    /// Whether the words may repeat what was sent: those of validation and of admission, which has
    /// a code of its choice (403 by default).
    fn may_repeat_values(&self) -> bool {
        const ABOUT_NAMES: [&str; 3] =
            ["User \"", "exceeded quota: ", "unable to create new content in namespace "];
        match self.code {
            400 | 422 | 500.. => true,
            403 => {
                let why = self.message.split_once("is forbidden: ").map_or("", |(_, why)| why);
                !ABOUT_NAMES.iter().any(|words| why.starts_with(words))
            }
            _ => self.message.contains("denied "),
        }
    }

    /// The refusal without the server's words, which may repeat values: fields and types only.
    pub(crate) fn without_values(&self) -> String {
        if !self.may_repeat_values() {
            return self.in_full();
        }
        let causes: Vec<String> =
            self.causes.iter().map(|cause| format!("{}: {}", cause.field, cause.reason)).collect();
        let causes =
            if causes.is_empty() { String::new() } else { format!(" ({})", causes.join(", ")) };
        let reason = if self.reason.is_empty() { "refused" } else { &self.reason };
        format!(
            "{reason}{causes}; the server's own words are left out, since they may repeat the secret"
        )
    }
}

fn cut(mut text: String) -> String {
    if text.len() > WORDS {
        let end = (0..=WORDS).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

fn text(body: &[u8]) -> String {
    let body = body.get(..WORDS).unwrap_or(body);
    String::from_utf8_lossy(body).trim().to_owned()
}

/// `conflict with "kubectl-edit" using apps/v1 at 2026-…` names the manager.
fn manager(message: &str) -> String {
    let named = message.strip_prefix("conflict with ").unwrap_or(message);
    named.split(" at 2").next().unwrap_or(named).to_owned()
}
