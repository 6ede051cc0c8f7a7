//! Calls that end by themselves, to the tenth of a millisecond. The timer of the runtime rounds up to whole milliseconds,
//! which would be counted as idle lines.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::oneshot;

/// Nanoseconds of `CLOCK_MONOTONIC`: the same clock in every process of the machine.
pub(super) fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
}

/// A thread that waits for the next end. Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub(super) struct Timer(Arc<Handle>);

struct Handle(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// By when they are due, and then by when they came.
    ends: BTreeMap<(u64, u64), oneshot::Sender<u64>>,
    came: u64,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut waiting = self.lock();
        while !waiting.closed {
            let Some(due) = waiting.ends.keys().next().map(|(due, _)| *due) else {
                waiting = self
                    .changed
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let now = monotonic_ns();
            if due > now {
                let (woken, _) = self
                    .changed
                    .wait_timeout(waiting, Duration::from_nanos(due - now))
                    .unwrap_or_else(PoisonError::into_inner);
                waiting = woken;
            } else if let Some((_, end)) = waiting.ends.pop_first() {
                // Whoever waited for it may be gone.
                let _ = end.send(now);
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_one();
    }
}

impl Timer {
    pub(super) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let thread = Arc::clone(&shared);
        std::thread::spawn(move || thread.run());
        Self(Arc::new(Handle(shared)))
    }

    /// Resolves to the moment at which it fired: not before `at_ns`.
    pub(super) fn at(&self, at_ns: u64) -> oneshot::Receiver<u64> {
        let (fire, fired) = oneshot::channel();
        let shared = &self.0.0;
        let is_next = {
            let mut waiting = shared.lock();
            waiting.came += 1;
            let key = (at_ns, waiting.came);
            waiting.ends.insert(key, fire);
            waiting.ends.keys().next() == Some(&key)
        };
        if is_next {
            shared.changed.notify_one();
        }
        fired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ends_come_in_their_order_and_never_early() {
        let timer = Timer::start();
        let now = monotonic_ns();
        let late = timer.at(now + 20_000_000);
        let soon = timer.at(now + 1_000_000);
        let past = timer.at(0);
        let (late, soon, past) = tokio::join!(late, soon, past);
        let (late, soon, past) = (
            late.expect("fired"),
            soon.expect("fired"),
            past.expect("fired"),
        );
        assert!(past >= now && soon >= now + 1_000_000 && late >= now + 20_000_000);
        assert!(late > soon);
    }
}
