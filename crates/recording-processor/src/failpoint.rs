//! Places where a test makes the process die as it would by a crash, to see what others make of what it leaves behind.
//! Which place stands in `FAILPOINTS`. Without the feature `failpoints` there are none.

use storage::conversations::State;

/// A place between two steps. Its name is what `FAILPOINTS` calls it.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "failpoints"),
    expect(dead_code, reason = "only the name of a place is made of its state")
)]
pub(crate) enum Place {
    /// The recording lies in the store, which the database does not know.
    Fetched,
    /// The step that follows this state is done, not saved.
    Done(State),
    /// It is saved.
    Saved(State),
}

/// Passes a place; a crash that is due here ends the process at once, without a destructor, as `SIGKILL` would.
#[cfg(feature = "failpoints")]
pub(crate) fn pass(place: Place) {
    let name = match place {
        Place::Fetched => "fetched".to_owned(),
        Place::Done(state) => format!("done_{}", state.as_str()),
        Place::Saved(state) => format!("saved_{}", state.as_str()),
    };
    fail::fail_point!(&name, |_| std::process::abort());
}

/// Passes a place.
#[cfg(not(feature = "failpoints"))]
pub(crate) const fn pass(_: Place) {}
