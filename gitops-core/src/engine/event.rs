//! What the engine tells: a typed stream.

use crate::{
    error::Error,
    model::{AppId, Cause, Digest, ObjectId, Origin, Outcome, Revision, Status},
};
use futures::{Stream, stream};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Something that happened in a pass. Silent passes tell nothing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// Another revision was rendered.
    Rendered {
        /// The app.
        app: AppId,
        /// The revision.
        revision: Revision,
        /// How many objects it has.
        objects: usize,
    },
    /// There is something to do.
    Planned {
        /// The app.
        app: AppId,
        /// The plan's digest.
        plan: Digest,
        /// How many changes it has.
        changes: usize,
    },
    /// A planned change has its outcome.
    Changed {
        /// The app.
        app: AppId,
        /// The object.
        id: ObjectId,
        /// Why it was planned.
        cause: Cause,
        /// Where it is declared.
        origin: Option<Origin>,
        /// What came of it.
        outcome: Outcome,
    },
    /// A wave waits for objects to become healthy, or a deletion for them to be gone.
    Waiting {
        /// The app.
        app: AppId,
        /// For which objects.
        objects: Vec<ObjectId>,
    },
    /// A pass failed, or was refused.
    Failed {
        /// The app.
        app: AppId,
        /// Why.
        error: Error,
    },
    /// The status of an app is another one.
    StatusChanged(Arc<Status>),
}

impl Event {
    /// The app it is about.
    pub fn app(&self) -> &AppId {
        match self {
            Event::Rendered { app, .. }
            | Event::Planned { app, .. }
            | Event::Changed { app, .. }
            | Event::Waiting { app, .. }
            | Event::Failed { app, .. } => app,
            Event::StatusChanged(status) => &status.app,
        }
    }
}

/// Receives events. Called in the middle of a pass: it must be quick and must not block.
///
/// Closures of `Fn(&Event)` are recorders.
pub trait Recorder: Send + Sync + 'static {
    /// Takes note of an event.
    fn record(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Recorder for F {
    fn record(&self, event: &Event) {
        self(event);
    }
}

/// A recorder and the stream of what it records. At most `capacity` events wait to be taken (at
/// least one); of more, the oldest are lost, and the stream says how many: a slow reader never
/// holds up a pass. The stream ends when the recorder and its pipelines are gone.
pub fn events(capacity: usize) -> (impl Recorder, impl Stream<Item = Result<Event, Lost>>) {
    let (sender, receiver) = broadcast::channel(capacity.max(1));
    let recorder = move |event: &Event| {
        // Nobody listens any more: then nobody misses it.
        let _ = sender.send(event.clone());
    };
    let stream = stream::unfold(receiver, |mut receiver| async move {
        match receiver.recv().await {
            Ok(event) => Some((Ok(event), receiver)),
            Err(broadcast::error::RecvError::Lagged(count)) => {
                Some((Err(Lost { count }), receiver))
            }
            Err(broadcast::error::RecvError::Closed) => None,
        }
    });
    (recorder, stream)
}

/// Events that were lost since their reader was too slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{count} events were lost: their reader was too slow")]
pub struct Lost {
    /// How many.
    pub count: u64,
}
