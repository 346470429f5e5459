//! Faults on cue.
//!
//! A [`Rule`] says which requests go wrong, a [`Fault`] how:
//!
//! ```
//! use gitops_apiserver::{ApiServer, fault::{Fault, Rule}};
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let server = ApiServer::new();
//! // The second patch of any Deployment takes effect, but nobody hears of it.
//! server.faults().add(Rule::verb("patch").resource("deployments").nth(2), Fault::ResetAfter);
//! // Every tenth list, at random but the same with each run, is a minute late.
//! server.faults().add(Rule::verb("list").probability(0.1), Fault::Latency(std::time::Duration::from_secs(60)));
//! # }
//! ```

mod rule;
mod ways;

pub use rule::Rule;

use crate::{request::Call, status::Status};
use gitops_core::env::Rng;
use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The request is refused; it has no effect.
    Refuse(Status),
    /// The request has its effect, and an error is the answer.
    RefuseAfter(Status),
    /// The server has too much to do: 429, as plain text with `Retry-After: 1`, without effect.
    Overload,
    /// The answer comes later; the effect too.
    Latency(Duration),
    /// The effect comes at once, the answer later.
    LatencyAfter(Duration),
    /// The connection breaks before the request has an effect.
    Reset,
    /// The connection breaks after the request has had its effect.
    ResetAfter,
    /// The body of the answer ends after so many bytes.
    Truncate(usize),
    /// A read shows things as they were so many revisions ago; of an object that wasn't there, that
    /// it isn't. As after the switch to another server whose cache lags.
    Stale(u64),
    /// The events of a watch, from the first on.
    Watch(WatchFault),
}

/// What goes wrong with a watch. Counts of events begin with 1.
#[derive(Debug, Clone, PartialEq)]
pub enum WatchFault {
    /// This event never comes.
    Drop(u64),
    /// This event comes twice.
    Duplicate(u64),
    /// Each event from this one on is held back for so long.
    Delay(u64, Duration),
    /// The stream ends after so many events, in good order.
    Close(u64),
    /// The stream breaks after so many events.
    Reset(u64),
    /// After so many events the history is gone: an `ERROR` event of code 410, and the end.
    Expire(u64),
}

/// The faults of a server.
#[derive(Default)]
pub struct Faults(Mutex<Vec<Planned>>);

struct Planned {
    rule: Rule,
    fault: Fault,
    /// How many requests have met the rule's conditions.
    met: u64,
}

impl Faults {
    /// From now on, requests that meet the rule go wrong like this. All faults whose rules a request
    /// meets happen to it, in the order in which they were added.
    pub fn add(&self, rule: Rule, fault: Fault) {
        self.planned().push(Planned { rule, fault, met: 0 });
    }

    /// Nothing goes wrong any more.
    pub fn clear(&self) {
        self.planned().clear();
    }

    /// What goes wrong with a request.
    pub(crate) fn of(&self, call: &Call, rng: &mut Rng) -> Vec<Fault> {
        let mut planned = self.planned();
        let mut out = Vec::new();
        for planned in planned.iter_mut().filter(|planned| planned.rule.meets(call)) {
            planned.met += 1;
            if planned.rule.strikes(planned.met, rng) {
                out.push(planned.fault.clone());
            }
        }
        out
    }

    fn planned(&self) -> std::sync::MutexGuard<'_, Vec<Planned>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let planned = self.planned();
        f.debug_list()
            .entries(planned.iter().map(|planned| (&planned.rule, &planned.fault)))
            .finish()
    }
}
