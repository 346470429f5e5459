//! How a cluster is asked.

use std::time::Duration;

/// How a [`Cluster`](crate::Cluster) is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The time for one request and its whole answer. Default 30 s.
    pub timeout: Duration,
    /// How many objects a list asks for at once. Default 500.
    pub page: usize,
    /// How many reads and dry runs go on at the same time, for each pass. Default 8.
    pub concurrency: usize,
    /// Whether live objects are watched. Without watches every pass lists. Default true.
    pub watch: bool,
    /// How long one watch request lasts before it is renewed; it is also, with 10 s more, the
    /// longest time for which a watch that died without a word goes unnoticed. Default 240 s.
    pub watch_timeout: Duration,
    /// What watches brought is trusted without a request if it was looked at within this time
    /// (by [`moved`](gitops_core::stage::Observer::moved) or an earlier pass); else the kinds are
    /// listed anew. Default 30 s.
    pub patience: Duration,
    /// The largest answer that is read, in bytes. Default 64 MiB.
    pub answer_limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            timeout: Duration::from_secs(30),
            page: 500,
            concurrency: 8,
            watch: true,
            watch_timeout: Duration::from_secs(240),
            patience: Duration::from_secs(30),
            answer_limit: 64 << 20,
        }
    }
}
