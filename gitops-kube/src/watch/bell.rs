//! One waker for many waiters.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Wake, Waker},
};

/// Wakes everybody who waits: shared streams keep one waker only, and whoever polled last may be
/// gone when they are ready.
#[derive(Default)]
pub(super) struct Bell(Mutex<Slots>);

#[derive(Default)]
struct Slots {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl Bell {
    /// A place for one waiter's waker, given back on drop.
    pub(super) fn slot(self: &Arc<Self>) -> Slot {
        let mut slots = self.lock();
        slots.next += 1;
        Slot { bell: self.clone(), number: slots.next }
    }

    /// Wakes everybody.
    pub(super) fn ring(&self) {
        let wakers: Vec<Waker> = self.lock().wakers.values().cloned().collect();
        for waker in wakers {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}

/// See [`Bell::slot`].
pub(super) struct Slot {
    bell: Arc<Bell>,
    number: u64,
}

impl Slot {
    pub(super) fn set(&self, waker: &Waker) {
        self.bell.lock().wakers.insert(self.number, waker.clone());
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.bell.lock().wakers.remove(&self.number);
        // The streams may have counted on this waiter: let another one drive.
        self.bell.ring();
    }
}
