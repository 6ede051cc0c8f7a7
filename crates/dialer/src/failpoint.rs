//! Places where a test makes the process die as it would by a crash, to see what others make of what it leaves behind.
//! Which place, and at the how-manieth passage, stands in `FAILPOINTS`. Without the feature `failpoints` there are none.

/// A place between two steps of a dial. Its name is what `FAILPOINTS` calls it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// The claims are written, their transaction is not committed.
    #[cfg(feature = "failpoints")]
    BeforeCommit,
    /// The claim is committed, the carrier has not been asked.
    BeforePost,
    /// The carrier's answer is understood, not recorded.
    BeforeRecord,
    /// What came of the dial is recorded.
    Recorded,
}

/// Passes a step; a crash that is due here ends the process at once, without a destructor, as `SIGKILL` would.
#[cfg(feature = "failpoints")]
pub(crate) fn pass(step: Step) {
    let name = match step {
        Step::BeforeCommit => "before_commit",
        Step::BeforePost => "before_post",
        Step::BeforeRecord => "before_record",
        Step::Recorded => "recorded",
    };
    fail::fail_point!(name, |_| std::process::abort());
}

/// Passes a step.
#[cfg(not(feature = "failpoints"))]
pub(crate) const fn pass(_: Step) {}
