//! Without the feature `https` there are no certificates.

use super::Shared;
use std::{convert::Infallible, sync::Arc};
use tokio::net::TcpStream;

/// None of these exists.
#[derive(Clone)]
pub(super) struct Certified(Infallible);

impl Certified {
    pub(super) fn ca_pem(&self) -> &str {
        match self.0 {}
    }

    pub(super) async fn connection(self, _: TcpStream, _: Arc<Shared>) {
        match self.0 {}
    }
}
