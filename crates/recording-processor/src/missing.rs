//! Why an answered call has no transcript, and the honest sentence that says so.

use domain::messages::{self, Language};
use storage::conversations::{Achieved, Claimed, missing};

/// Why an answered call has no transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No recording could be had.
    NoRecording,
    /// This installation has no transcriber.
    NoTranscriber,
    /// The transcriber gave no answer.
    TranscriptionFailed,
    /// The business has no minutes left today.
    BudgetSpent,
}

impl Missing {
    const ALL: [Self; 4] = [
        Self::NoRecording,
        Self::NoTranscriber,
        Self::TranscriptionFailed,
        Self::BudgetSpent,
    ];

    /// The word that is kept with the conversation.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NoRecording => missing::NO_RECORDING,
            Self::NoTranscriber => missing::NO_TRANSCRIBER,
            Self::TranscriptionFailed => missing::TRANSCRIPTION_FAILED,
            Self::BudgetSpent => missing::BUDGET_SPENT,
        }
    }

    pub(crate) fn of(conversation: &Claimed) -> Self {
        let kept = conversation.last_error.as_deref();
        Self::ALL
            .into_iter()
            .find(|missing| Some(missing.as_str()) == kept)
            .unwrap_or(Self::NoRecording)
    }

    /// An honest sentence in place of a summary.
    pub(crate) fn sentence(self, language: Language) -> String {
        let reason = match self {
            Self::NoRecording => messages::text(language, "reason-no-recording", &[]),
            Self::NoTranscriber => messages::text(language, "reason-no-transcriber", &[]),
            Self::TranscriptionFailed => {
                messages::text(language, "reason-transcription-failed", &[])
            }
            Self::BudgetSpent => messages::text(language, "reason-transcription-budget", &[]),
        };
        messages::text(
            language,
            "activity-no-summary",
            &[("reason", reason.into())],
        )
    }

    /// What is saved when the words are given up; `error` is for operators.
    pub(crate) fn given_up(self, error: Option<String>) -> Achieved {
        Achieved::Transcribed {
            transcription: None,
            transcript: None,
            language: None,
            why: Some(self.as_str().to_owned()),
            error,
        }
    }
}
