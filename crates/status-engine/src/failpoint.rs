//! Places where a test makes the process die as it would by a crash, to see what others make of what it leaves behind.
//! Which place stands in `FAILPOINTS`. Without the feature `failpoints` there are none.

/// A place between two steps of a decision or of a webhook. Its name is what `FAILPOINTS` calls it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// All that a suggestion asks for is written, its transaction is not committed.
    Decided,
    /// It is committed, the event is not acknowledged.
    Committed,
    /// The deliveries of an event are written, the event is not acknowledged.
    Written,
    /// A delivery is claimed, nothing is sent.
    Claimed,
    /// The receiver has answered, the database does not know.
    Answered,
    /// The database knows.
    Recorded,
}

/// Passes a place; a crash that is due here ends the process at once, without a destructor, as `SIGKILL` would.
#[cfg(feature = "failpoints")]
pub(crate) fn pass(place: Place) {
    let name = match place {
        Place::Decided => "decided",
        Place::Committed => "committed",
        Place::Written => "webhook_written",
        Place::Claimed => "webhook_claimed",
        Place::Answered => "webhook_answered",
        Place::Recorded => "webhook_recorded",
    };
    fail::fail_point!(name, |_| std::process::abort());
}

/// Passes a place.
#[cfg(not(feature = "failpoints"))]
pub(crate) const fn pass(_: Place) {}
