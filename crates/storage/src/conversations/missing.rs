//! Why an answered call has no transcript: the words that are kept with its conversation.

/// No recording could be had.
pub const NO_RECORDING: &str = "no recording";

/// The installation has no transcriber.
pub const NO_TRANSCRIBER: &str = "no transcriber";

/// The transcriber gave no answer.
pub const TRANSCRIPTION_FAILED: &str = "transcription failed";

/// Reasons that a transcriber would have done away with.
pub(super) const FOR_WANT_OF_A_TRANSCRIBER: [&str; 2] = [NO_TRANSCRIBER, TRANSCRIPTION_FAILED];

/// Whether what is kept is such a reason.
pub(super) fn is_one(kept: Option<&str>) -> bool {
    kept.is_some_and(|kept| kept == NO_RECORDING || FOR_WANT_OF_A_TRANSCRIBER.contains(&kept))
}
