//! Reads: one object, lists, watches.

mod connect;
mod filter;
mod get;
mod list;
mod watch;

pub(crate) use connect::connect;
pub(crate) use filter::Filter;
pub(crate) use get::{get, get_stale};
pub(crate) use list::{Listed, list, list_stale, select};
pub(crate) use watch::{Deleted, Event, Watch, watch};
