//! Why an answered call has no transcript: the words that are kept with its conversation.

/// No recording could be had.
pub const NO_RECORDING: &str = "no recording";

/// The installation has no transcriber.
pub const NO_TRANSCRIBER: &str = "no transcriber";

/// The transcriber gave no answer.
pub const TRANSCRIPTION_FAILED: &str = "transcription failed";

/// The business had no minutes left that day.
pub const BUDGET_SPENT: &str = "transcription budget spent";

/// Reasons that a transcriber at the right time would have done away with.
pub(super) const FOR_WANT_OF_A_TRANSCRIBER: [&str; 3] =
    [NO_TRANSCRIBER, TRANSCRIPTION_FAILED, BUDGET_SPENT];

/// Whether what is kept is such a reason.
pub(super) fn is_one(kept: Option<&str>) -> bool {
    kept.is_some_and(|kept| kept == NO_RECORDING || FOR_WANT_OF_A_TRANSCRIBER.contains(&kept))
}
