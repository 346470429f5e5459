//! Protobuf beside the real server, and against bytes of every kind.

mod hostile;
pub(crate) mod lab;
mod real_server;
mod refusals;
mod watch;
