//! What was asked: a record of every request, which tests count and histories are replayed from.

mod history;

pub(crate) use history::Recorder;

pub use history::{History, HistoryError, Sent};

use crate::request::{Call, Path};
use http::header;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How many requests are kept; older ones are forgotten.
const KEPT: usize = 100_000;

/// One request and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When, since the server's clock started.
    pub at: Duration,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; of other
    /// paths the method in lower case.
    pub verb: String,
    /// API group; empty for the core group and for other paths.
    pub group: String,
    /// API version; empty for other paths.
    pub version: String,
    /// Plural of the resource; empty for other paths.
    pub resource: String,
    /// Subresource, if any.
    pub subresource: String,
    /// Namespace, if any.
    pub namespace: String,
    /// Name, if the path has one.
    pub name: String,
    /// The path and query as they were sent.
    pub uri: String,
    /// Who asked.
    pub user: String,
    /// What the client calls itself.
    pub agent: String,
    /// Media type of the body: tells the four kinds of patches apart.
    pub content_type: String,
    /// Whether nothing was to be stored.
    pub dry_run: bool,
    /// Status code of the answer; 0 for none: the connection broke.
    pub code: u16,
}

impl Recorded {
    /// Whether it asked for a change: no read, and no dry run.
    pub fn is_write(&self) -> bool {
        let verbs = ["create", "update", "patch", "delete", "deletecollection"];
        !self.dry_run && verbs.contains(&&*self.verb)
    }

    /// Whether it was a server-side apply.
    pub fn is_apply(&self) -> bool {
        self.verb == "patch" && self.content_type.starts_with("application/apply-patch")
    }

    pub(crate) fn of(call: &Call, uri: &str, at: Duration) -> Self {
        let header = |name| call.header(name).to_owned();
        let mut recorded = Recorded {
            at,
            verb: call.method.as_str().to_lowercase(),
            group: String::new(),
            version: String::new(),
            resource: String::new(),
            subresource: String::new(),
            namespace: String::new(),
            name: String::new(),
            uri: uri.to_owned(),
            user: call.user.name.clone(),
            agent: header(header::USER_AGENT),
            content_type: header(header::CONTENT_TYPE),
            dry_run: call.query.has("dryRun"),
            code: 0,
        };
        if let Path::Resource(address) = &call.path {
            call.verb().clone_into(&mut recorded.verb);
            recorded.group.clone_from(&address.group);
            recorded.version.clone_from(&address.version);
            recorded.resource.clone_from(&address.resource);
            recorded.subresource.clone_from(&address.subresource);
            recorded.namespace.clone_from(&address.namespace);
            recorded.name.clone_from(&address.name);
        }
        recorded
    }
}

/// The last 100,000 requests of a server.
#[derive(Debug, Default)]
pub struct Requests {
    log: Mutex<VecDeque<Recorded>>,
}

impl Requests {
    pub(crate) fn add(&self, recorded: Recorded) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == KEPT {
            log.pop_front();
        }
        log.push_back(recorded);
    }

    /// All of them, oldest first.
    pub fn all(&self) -> Vec<Recorded> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// How many there are like this.
    pub fn count(&self, like: impl Fn(&Recorded) -> bool) -> usize {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().filter(|recorded| like(recorded)).count()
    }

    /// How many asked for a change.
    pub fn writes(&self) -> usize {
        self.count(Recorded::is_write)
    }

    /// Forgets them: what comes next is counted from zero.
    pub fn clear(&self) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
