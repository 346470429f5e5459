//! The events of a watch on the wire.

use super::{ApiBody, BodyError, Encoder};
use crate::{
    object, protobuf,
    read::{Deleted, Event, Watch},
    request::accept::{Encoding, Form},
    status::Status,
    store::Stored,
};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// A watch as a body: one JSON document a line, or frames of protobuf.
pub(crate) fn stream(watch: Watch, form: Form, include: String) -> ApiBody {
    let state = (watch, VecDeque::new(), true);
    ApiBody::stream(stream::unfold(state, move |(mut watch, mut ready, mut headers)| {
        let include = include.clone();
        async move {
            loop {
                if let Some(piece) = ready.pop_front() {
                    return Some((Ok(piece), (watch, ready, headers)));
                }
                if watch.breaks() {
                    return Some((Err(BodyError), (watch, ready, headers)));
                }
                let events = watch.poll()?;
                if events.is_empty() {
                    watch.wait().await;
                    continue;
                }
                let kind = watch.kind().clone();
                let now = watch.core().unix();
                let encoder = Encoder {
                    kind: &kind,
                    form,
                    include: &include,
                    now,
                    other: None,
                    decoded: false,
                };
                for event in events {
                    Line { encoder, headers, out: &mut ready }.event(&event);
                    // Only the first table of a stream describes its columns.
                    headers = false;
                }
            }
        }
    }))
}

/// Where an event is written.
struct Line<'a> {
    encoder: Encoder<'a>,
    headers: bool,
    out: &'a mut VecDeque<Bytes>,
}

impl Line<'_> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Added(stored) => self.stored("ADDED", stored),
            Event::Modified(stored) => self.stored("MODIFIED", stored),
            Event::Deleted(Deleted::Removed(stored)) => self.stored("DELETED", stored),
            Event::Deleted(Deleted::Left(stored, revision)) => {
                let left = self.encoder.read(stored).map(|mut value| {
                    object::set_meta(&mut value, "resourceVersion", revision.to_string());
                    value
                });
                self.object("DELETED", left);
            }
            Event::Bookmark(value) => self.object("BOOKMARK", Ok(value.clone())),
            Event::Error(status) => self.object("ERROR", Err(status.clone())),
        }
    }

    /// An object that goes out as it is stored is not copied.
    fn stored(&mut self, name: &'static str, stored: &Stored) {
        if self.encoder.form != Form::JSON || !self.encoder.kind.is_plain(&stored.bytes) {
            return self.object(name, self.encoder.read(stored));
        }
        self.out.push_back(Bytes::from(format!("{{\"type\":\"{name}\",\"object\":")));
        self.out.push_back(stored.bytes.clone());
        self.out.push_back(Bytes::from_static(b"}\n"));
    }

    /// One event; an object that can't be shown is an error event.
    fn object(&mut self, name: &str, object: Result<Value, Status>) {
        let shaped = object.and_then(|object| self.encoder.shape(object, self.headers));
        let (name, object) = match shaped {
            Ok(object) => (name, object),
            Err(status) => ("ERROR", json!(status)),
        };
        let frame = match self.encoder.form.encoding {
            Encoding::Protobuf => protobuf::encode_watch_event(name, &object).ok(),
            _ => None,
        };
        self.out.push_back(match frame {
            Some(frame) => frame.into(),
            None => format!("{}\n", json!({"type": name, "object": object})).into(),
        });
    }
}
