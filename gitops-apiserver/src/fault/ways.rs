//! All that can go wrong with a request.

use super::{Fault, WatchFault};
use crate::{record::Recorded, status::Status};
use std::time::Duration;

/// Longer than clients wait for an answer.
const LATE: Duration = Duration::from_secs(60);

impl Fault {
    /// Every way in which a request like this one can go wrong without anybody being to blame: what
    /// a controller must get over by itself. Refusals that come again until somebody changes
    /// something, such as 403 and 422, are not among them.
    ///
    /// For tests that play a scenario once, and then again for each request and each of its ways:
    /// see the [cookbook](crate::cookbook).
    pub fn ways(request: &Recorded) -> Vec<Fault> {
        let internal = || Status::internal("no such luck");
        let mut ways = vec![
            Fault::Refuse(internal()),
            Fault::RefuseAfter(internal()),
            Fault::Overload,
            Fault::Latency(LATE),
            Fault::LatencyAfter(LATE),
            Fault::Reset,
            Fault::ResetAfter,
            Fault::Truncate(20),
        ];
        if matches!(&*request.verb, "get" | "list" | "watch") {
            ways.push(Fault::Stale(3));
        }
        if request.verb == "watch" {
            let watch = [
                WatchFault::Drop(1),
                WatchFault::Duplicate(1),
                WatchFault::Delay(1, LATE),
                WatchFault::Close(1),
                WatchFault::Reset(1),
                WatchFault::Expire(1),
            ];
            ways.extend(watch.map(Fault::Watch));
        }
        ways
    }
}
