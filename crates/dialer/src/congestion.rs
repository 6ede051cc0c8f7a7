//! How long to stay away from a carrier that has too much to do: full jitter between zero and a ceiling that doubles with
//! every refusal in a row, over all dials of this process, until the carrier accepts one again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// Refusals in a row.
#[derive(Debug, Default)]
pub(crate) struct Congestion(AtomicU32);

impl Congestion {
    /// The carrier refused again, or could not be reached: how long the job waits.
    pub(crate) fn pause(&self) -> Duration {
        let refusals = self.0.fetch_add(1, Ordering::Relaxed);
        chassis::backoff::exponential_full_jitter(refusals, FIRST, LONGEST)
    }

    /// The carrier accepted a call.
    pub(crate) fn over(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
