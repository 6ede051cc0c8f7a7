//! Somebody is on the line and waits for what the call flow says: an error would be read to them, so the database is asked
//! again while the carrier still listens.

use std::time::Duration;

use chassis::backoff::exponential_full_jitter;
use storage::Result;
use tokio::time::Instant;

/// From the request until the last try begins. The carrier listens for 15 s, and a try waits up to 4 s for a
/// connection.
const PATIENCE: Duration = Duration::from_secs(9);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What is left of it for one request of the carrier, however often that asks the database.
pub(super) struct Patience {
    until: Instant,
}

impl Patience {
    /// The request has come.
    pub(super) fn begin() -> Self {
        Self {
            until: Instant::now() + PATIENCE,
        }
    }

    /// Asks until the database answers. What is asked must be the same whether it was done before or not.
    ///
    /// # Errors
    /// Any that another try would not mend, and the last one.
    pub(super) async fn ask<T, Fut>(&self, ask: impl Fn() -> Fut) -> Result<T>
    where
        Fut: Future<Output = Result<T>>,
    {
        let mut tries = 0;
        loop {
            match ask().await {
                Err(error) if error.is_transient() && Instant::now() < self.until => {
                    tracing::warn!(
                        error = chassis::telemetry::chain(&error),
                        "a caller waits for the database"
                    );
                    let pause = exponential_full_jitter(tries, FIRST_PAUSE, LONGEST_PAUSE);
                    tokio::time::sleep(pause).await;
                    tries += 1;
                }
                answered => return answered,
            }
        }
    }
}
