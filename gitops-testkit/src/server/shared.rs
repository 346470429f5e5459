//! One control plane for all tests of a binary.

use super::{ControlPlane, ControlPlaneBuilder, ServerError, process};
use std::{
    future::Future,
    sync::{Arc, Weak},
};
use tokio::sync::Mutex;

#[derive(Default)]
struct Shared {
    running: Weak<ControlPlane>,
    /// Held for good only where the kernel ends the servers with us: a static is never dropped.
    kept: Option<Arc<ControlPlane>>,
}

/// The control plane that all tests of this binary share: no controllers, no audit. The first caller
/// starts it; tests keep apart by [`ControlPlane::namespace`].
///
/// It ends with the test binary, also if that is killed (on Linux with util-linux; elsewhere it ends
/// when no test holds it, and the next one starts another).
pub async fn shared() -> Result<Arc<ControlPlane>, ServerError> {
    static SHARED: Mutex<Option<Shared>> = Mutex::const_new(None);
    let mut shared = SHARED.lock().await;
    let shared = shared.get_or_insert_default();
    if let Some(running) = shared.running.upgrade() {
        running.check()?;
        return Ok(running);
    }
    let started = Arc::new(ControlPlane::start().await?);
    shared.running = Arc::downgrade(&started);
    shared.kept = process::death_signal().map(|_| started.clone());
    Ok(started)
}

/// [`shared`], or `None` where the servers' programs are missing: the test then returns, and the
/// reason is on standard output.
///
/// With `GITOPS_REQUIRE_ASSETS=1` in the environment a missing program is a failure: continuous
/// integration can't lose these tests in silence.
///
/// # Panics
/// On every error but a missing program, with the servers' logs.
pub async fn server_or_skip() -> Option<Arc<ControlPlane>> {
    or_skip(shared()).await
}

/// The same with a control plane of the test's own.
///
/// # Panics
/// As [`server_or_skip`].
pub async fn server_or_skip_with(builder: ControlPlaneBuilder) -> Option<ControlPlane> {
    or_skip(builder.start()).await
}

#[allow(clippy::panic, reason = "an assertion")]
#[allow(clippy::disallowed_methods, reason = "the switch of continuous integration")]
async fn or_skip<T>(start: impl Future<Output = Result<T, ServerError>>) -> Option<T> {
    let required = std::env::var_os("GITOPS_REQUIRE_ASSETS").is_some_and(|value| value == "1");
    match start.await {
        Ok(server) => Some(server),
        Err(missing @ ServerError::MissingAssets { .. }) if !required => {
            println!("skipped: {missing}");
            None
        }
        Err(error) => panic!("no server: {}", gitops_core::error::chain(&error)),
    }
}
