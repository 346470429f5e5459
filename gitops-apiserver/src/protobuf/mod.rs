//! Kubernetes' protobuf envelope, to and from JSON.
//!
//! Go clients speak `application/vnd.kubernetes.protobuf` for built-in kinds. Everything else here
//! works on JSON, so this translates at the door: [`decode`] gives what the server would print for a
//! body, [`encode`] the bytes it would send for an object. Custom resources have no protobuf form.
//!
//! The layout of messages is data (`data/protobuf.txt`), written by `cargo xtask protobuf` from the
//! Go types of the version it names. It is read when the first message is, and a message's own lines
//! when one of its kind is.

mod envelope;
mod error;
mod layout;
mod read;
mod special;
mod wire;
mod write;

pub use envelope::{decode, encode, encode_watch_event, represents};
use error::Malformed;
pub use error::{DecodeError, NotRepresentable};

/// The media type of bodies.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// The media type of a stream of watch events.
pub const WATCH_MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf;stream=watch";
