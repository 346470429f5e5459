//! The transports that gix speaks Git over.
//!
//! gix brings its own; ours can be stopped at once, count what arrives, keep credentials at their
//! origin, take nothing from environment and configuration, and remember exactly what went wrong.

mod http;
mod process;

use super::{
    attempt::Attempt,
    builder::Settings,
    credentials::Credential,
    fault::Fault,
    url::{GitUrl, Way},
};
use gix::protocol::transport::client::blocking_io::Transport;
use std::sync::Arc;

pub(super) use http::{client, proxy_password};

/// A transport to the repository, not connected yet.
pub(super) fn open(
    url: &GitUrl,
    settings: &Settings,
    credential: &Credential,
    attempt: &Arc<Attempt>,
) -> Result<Box<dyn Transport + Send>, Fault> {
    match url.way() {
        Way::Https | Way::Http => http::open(url, settings, credential, attempt),
        Way::Ssh => process::ssh(url, settings, credential, attempt),
        Way::File => process::local(url, settings, attempt),
    }
}
