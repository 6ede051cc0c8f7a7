use std::fmt;
use std::str::FromStr;

use domain::messages::{self, Language};

/// How a call ended in which nobody spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unanswered {
    /// Rang out, or was declined.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// Could not be connected.
    Failed,
    /// Hung up by us before it was answered.
    Canceled,
    /// A machine answered.
    Voicemail,
    /// Picked up and hung up at once.
    HungUp,
    /// Answered, but nothing was said.
    Silent,
}

/// Not the word of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not how a call goes unanswered")]
pub struct UnknownOutcome(pub String);

impl Unanswered {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::NoAnswer,
        Self::Busy,
        Self::Failed,
        Self::Canceled,
        Self::Voicemail,
        Self::HungUp,
        Self::Silent,
    ];

    /// The word in the events and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAnswer => "no-answer",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Voicemail => "voicemail",
            Self::HungUp => "hung-up",
            Self::Silent => "silent",
        }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Unanswered {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or_else(|| UnknownOutcome(text.to_owned()))
    }
}

/// One honest sentence about a call in which nobody spoke.
#[must_use]
pub fn unanswered_summary(
    language: Language,
    outcome: Unanswered,
    duration_seconds: u32,
) -> String {
    messages::text(
        language,
        &format!("unanswered-{outcome}"),
        &[("seconds", duration_seconds.into())],
    )
}
