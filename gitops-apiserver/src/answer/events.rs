//! The events of a watch on the wire.

use super::{ApiBody, Encoder};
use crate::{
    object,
    read::{Deleted, Event, Watch},
    request::accept::Form,
    status::Status,
    store::Stored,
};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// A watch as a body: one JSON document a line.
pub(crate) fn stream(watch: Watch, form: Form, include: String) -> ApiBody {
    let state = (watch, VecDeque::new());
    ApiBody::stream(stream::unfold(state, move |(mut watch, mut ready)| {
        let include = include.clone();
        async move {
            loop {
                if let Some(piece) = ready.pop_front() {
                    return Some((Ok(piece), (watch, ready)));
                }
                let events = watch.poll()?;
                if events.is_empty() {
                    watch.wait().await;
                    continue;
                }
                let kind = watch.kind().clone();
                let now = watch.core().unix();
                let encoder = Encoder { kind: &kind, form, include: &include, now };
                for event in events {
                    encode(&encoder, &event, &mut ready);
                }
            }
        }
    }))
}

/// Appends an event; an object that goes out as it is stored is not copied.
fn encode(encoder: &Encoder<'_>, event: &Event, out: &mut VecDeque<Bytes>) {
    let plain = encoder.form == Form::JSON && encoder.kind.is_stored_version();
    let mut object = |name: &'static str, stored: &Stored| {
        if plain {
            out.push_back(Bytes::from(format!("{{\"type\":\"{name}\",\"object\":")));
            out.push_back(stored.bytes.clone());
            out.push_back(Bytes::from_static(b"}\n"));
        } else {
            let value =
                encoder.kind.read(&stored.bytes).and_then(|object| encoder.shape(object, false));
            out.push_back(line(name, value));
        }
    };
    match event {
        Event::Added(stored) => object("ADDED", stored),
        Event::Modified(stored) => object("MODIFIED", stored),
        Event::Deleted(Deleted::Removed(stored)) => object("DELETED", stored),
        Event::Deleted(Deleted::Left(stored, revision)) => {
            let value = encoder.kind.read(&stored.bytes).and_then(|mut value| {
                object::set_meta(&mut value, "resourceVersion", revision.to_string());
                encoder.shape(value, false)
            });
            out.push_back(line("DELETED", value));
        }
        Event::Bookmark(value) => {
            out.push_back(line("BOOKMARK", encoder.shape(value.clone(), false)))
        }
        Event::Error(status) => out.push_back(line("ERROR", Err(status.clone()))),
    }
}

/// One event; an object that can't be shown is an error event.
fn line(name: &str, object: Result<Value, Status>) -> Bytes {
    let event = match object {
        Ok(object) => json!({"type": name, "object": object}),
        Err(status) => json!({"type": "ERROR", "object": status}),
    };
    Bytes::from(format!("{event}\n"))
}
