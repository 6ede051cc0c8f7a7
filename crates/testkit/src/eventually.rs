use std::panic::Location;
use std::time::Duration;

use tokio::time::Instant;

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks `condition` again and again until it answers something, at most for `deadline`.
///
/// # Panics
/// At the caller's place, when the deadline has passed.
#[track_caller]
pub fn eventually<T, Fut>(
    deadline: Duration,
    mut condition: impl FnMut() -> Fut,
) -> impl Future<Output = T>
where
    Fut: Future<Output = Option<T>>,
{
    let caller = Location::caller();
    async move {
        let end = Instant::now() + deadline;
        loop {
            if let Some(found) = condition().await {
                return found;
            }
            assert!(
                Instant::now() < end,
                "what was awaited at {caller} has not come within {deadline:?}"
            );
            tokio::time::sleep(PAUSE).await;
        }
    }
}
