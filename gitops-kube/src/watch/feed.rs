//! The news of one kind: list, watch, and round again when the watch ends.

use super::{Seen, list};
use crate::{
    Options,
    app::PART_OF,
    error::{Ask, Failure, Refusal, judge},
    resource::Resource,
    transport::{Lines, Send, Transport},
};
use futures::{StreamExt, stream, stream::BoxStream};
use gitops_core::{Error, Stage, model::ObjectId};
use serde_json::Value;
use std::time::Duration;

/// One piece of news.
pub(super) enum Signal {
    /// All marked objects, and the version of the list.
    Listed(Vec<Seen>, String),
    /// The watch stands: news goes on from where the last ended.
    Opened,
    /// The watch ended; it is opened again from where it was.
    Closed,
    /// The server's history does not reach back to where we were: all is listed anew.
    Expired,
    /// One object is new or other than before.
    Changed(Seen),
    /// One object is gone, or lost its mark.
    Deleted(Seen),
    /// It can't be listed or watched; it is tried again after a while.
    Broken(Error),
    /// It may not be listed or watched; it isn't tried again.
    Denied(Error),
}

/// A watch that ends sooner than this is opened again only after it.
const SHORT: Duration = Duration::from_secs(1);
/// After the time the server was given to end a watch, this long for it to say so.
const GRACE: Duration = Duration::from_secs(10);
/// The longest pause between two tries.
const PAUSE: Duration = Duration::from_secs(30);

/// The endless news of a kind; after [`Signal::Denied`] there is none. Whatever is in flight stays
/// in flight when the stream is not polled for a while, or by somebody else.
pub(super) fn feed(
    transport: Transport,
    resource: Resource,
    options: Options,
) -> BoxStream<'static, Signal> {
    let feed = Feed {
        transport,
        resource,
        options,
        version: None,
        lines: None,
        opened: Duration::ZERO,
        tries: 0,
        pause: None,
        denied: false,
    };
    stream::unfold(feed, |mut feed| async move {
        if feed.denied {
            return None;
        }
        let signal = feed.next().await;
        Some((signal, feed))
    })
    .fuse()
    .boxed()
}

struct Feed {
    transport: Transport,
    resource: Resource,
    options: Options,
    /// Where the news goes on; `None`: with a list.
    version: Option<String>,
    lines: Option<Lines>,
    opened: Duration,
    tries: u32,
    pause: Option<Duration>,
    denied: bool,
}

impl Feed {
    async fn next(&mut self) -> Signal {
        loop {
            if let Some(pause) = self.pause {
                self.transport.env.clock.sleep(pause).await;
                self.pause = None;
            }
            let Some(version) = self.version.clone() else { return self.list().await };
            let Some(lines) = &mut self.lines else { return self.open(&version).await };
            let limit = self.options.watch_timeout + GRACE;
            let line = tokio::select! {
                biased;
                line = lines.next() => line,
                () = self.transport.env.clock.sleep(limit) => Ok(None),
            };
            match line {
                Ok(Some(line)) => {
                    if let Some(signal) = self.read(&line) {
                        return signal;
                    }
                }
                Ok(None) | Err(Failure::Lost(_)) => return self.close(),
                Err(failure) => return self.broken(failure),
            }
        }
    }

    async fn list(&mut self) -> Signal {
        let path = self.resource.all();
        let page = self.options.page;
        match list(&self.transport, &self.resource, &path, PART_OF, page).await {
            Ok((objects, version)) => {
                self.tries = 0;
                self.opened = self.transport.env.clock.now();
                self.version = Some(version.clone());
                Signal::Listed(objects, version)
            }
            Err(failure) => self.broken(failure),
        }
    }

    async fn open(&mut self, version: &str) -> Signal {
        let path = format!(
            "{}?watch=true&allowWatchBookmarks=true&labelSelector={}&resourceVersion={version}&timeoutSeconds={}",
            self.resource.all(),
            PART_OF.replace('/', "%2F"),
            self.options.watch_timeout.as_secs().max(1),
        );
        match self.transport.open(Send::get(path)).await {
            Ok(lines) => {
                self.tries = 0;
                self.opened = self.transport.env.clock.now();
                self.lines = Some(lines);
                Signal::Opened
            }
            Err(failure) if failure.is(410) => self.expire(),
            Err(failure) => self.broken(failure),
        }
    }

    /// Reads one event; `None` when it is of no interest to others.
    fn read(&mut self, line: &[u8]) -> Option<Signal> {
        let Ok(mut event) = serde_json::from_slice::<Value>(line) else {
            return Some(self.broken(Failure::Garbled("an event is not JSON".to_owned())));
        };
        let object = event.get_mut("object").map(Value::take).unwrap_or_default();
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind == "ERROR" {
            let status = serde_json::from_value(object).unwrap_or_default();
            let refusal = Refusal::from_status(status);
            return Some(match refusal.code {
                410 => self.expire(),
                _ => self.broken(Failure::Refused(Box::new(refusal))),
            });
        }
        let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        if let Some(version) = version {
            self.version = Some(version.to_owned());
        }
        if kind == "BOOKMARK" {
            return None;
        }
        let Some(seen) = Seen::new(&self.resource, object) else {
            return Some(self.broken(Failure::Garbled("an event has no object".to_owned())));
        };
        match kind {
            "ADDED" | "MODIFIED" => Some(Signal::Changed(seen)),
            "DELETED" => Some(Signal::Deleted(seen)),
            _ => None,
        }
    }

    fn close(&mut self) -> Signal {
        self.rest();
        Signal::Closed
    }

    fn expire(&mut self) -> Signal {
        self.rest();
        self.version = None;
        Signal::Expired
    }

    /// Ends the watch, with a pause when it was short: a server that always ends it at once must
    /// not be hammered.
    fn rest(&mut self) {
        self.lines = None;
        let lasted = self.transport.env.clock.now().saturating_sub(self.opened);
        self.pause = (lasted < SHORT).then_some(SHORT);
    }

    fn broken(&mut self, failure: Failure) -> Signal {
        self.lines = None;
        // What was missed can't be told: begin with a list.
        self.version = None;
        self.pause = Some((SHORT * 2u32.saturating_pow(self.tries)).min(PAUSE));
        self.tries = (self.tries + 1).min(10);
        // A proxy's or an old server's 405 counts as a refusal too.
        self.denied = failure.is(403) || failure.is(405);
        let ask = Ask {
            stage: Stage::Observe,
            what: format!("list and watch {} in all namespaces", self.resource.full_name()),
            write: false,
            secret: false,
            object: None::<ObjectId>,
        };
        let error = judge(&ask, failure);
        if self.denied { Signal::Denied(error) } else { Signal::Broken(error) }
    }
}
