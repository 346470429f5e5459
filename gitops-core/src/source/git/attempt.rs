//! One attempt: how it is stopped, what it received and what went wrong first.

use super::fault::Fault;
use std::{
    process::Child,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::{runtime::Handle, sync::watch, task::JoinHandle};

/// Shared by the future that waits and the thread that works.
///
/// The thread blocks in gix, which blocks in our transports. Stopping it takes three things: the
/// flag that gix looks at, the signal that ends a wait for the network, and the death of a child
/// process whose output is waited for.
pub(super) struct Attempt {
    stopped: AtomicBool,
    signal: watch::Sender<bool>,
    child: Mutex<Option<Child>>,
    received: AtomicU64,
    limit: u64,
    fault: Mutex<Option<Fault>>,
    runtime: Handle,
}

/// Stops the attempt when the future that owns it is dropped.
pub(super) struct StopOnDrop(pub(super) Arc<Attempt>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Attempt {
    pub(super) fn new(limit: u64, runtime: Handle) -> Arc<Self> {
        Arc::new(Attempt {
            stopped: AtomicBool::new(false),
            signal: watch::Sender::new(false),
            child: Mutex::new(None),
            received: AtomicU64::new(0),
            limit,
            fault: Mutex::new(None),
            runtime,
        })
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.signal.send_replace(true);
        if let Some(child) = lock(&self.child).as_mut() {
            // It may have ended by itself.
            let _ = child.kill();
        }
    }

    /// The flag that gix looks at.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.stopped
    }

    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Waits for a future on a blocking thread, until it is done or the attempt is stopped.
    pub(super) fn wait<F: Future>(&self, future: F) -> Result<F::Output, Fault> {
        let mut signal = self.signal.subscribe();
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                _ = signal.wait_for(|stopped| *stopped) => Err(Fault::Interrupted),
                output = future => Ok(output),
            }
        })
    }

    /// Runs something that blocks beside the attempt.
    pub(super) fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.spawn_blocking(work)
    }

    /// Hands over a child process, to be killed when the attempt is stopped.
    pub(super) fn adopt(&self, child: Child) {
        let mut slot = lock(&self.child);
        *slot = Some(child);
        if self.stopped.load(Ordering::SeqCst)
            && let Some(child) = slot.as_mut()
        {
            let _ = child.kill();
        }
    }

    /// Ends the child and takes its remains away.
    pub(super) fn bury(&self) {
        let child = lock(&self.child).take();
        if let Some(mut child) = child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Counts what arrived.
    pub(super) fn count(&self, bytes: usize) -> std::io::Result<()> {
        let before = self.received.fetch_add(bytes as u64, Ordering::Relaxed);
        if self.stopped.load(Ordering::SeqCst) {
            return Err(self.fail(Fault::Interrupted));
        }
        if before.saturating_add(bytes as u64) > self.limit {
            return Err(self.fail(Fault::TooLarge {
                what: "the transfer".to_owned(),
                limit: format!("{} bytes", self.limit),
            }));
        }
        Ok(())
    }

    /// Remembers the first fault, and gives gix an error to come back with.
    pub(super) fn fail(&self, fault: Fault) -> std::io::Error {
        lock(&self.fault).get_or_insert(fault);
        std::io::Error::other("the transport failed")
    }

    /// What our transports saw, if they saw anything: it is more exact than what gix made of it.
    pub(super) fn fault(&self) -> Option<Fault> {
        if self.stopped.load(Ordering::SeqCst) {
            return Some(Fault::Interrupted);
        }
        lock(&self.fault).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
