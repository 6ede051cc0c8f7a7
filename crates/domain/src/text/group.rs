use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a conversation came to. In order of priority: where several are truly present, the first stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Group {
    /// A slot, a visit or a job was agreed.
    AppointmentSet,
    /// The person wants to know or have more; nothing agreed yet.
    HotInterested,
    /// Later: call back, think, consult.
    FollowUp,
    /// Refuses, asks to be left alone, has no need.
    NotRelevant,
    /// Nobody was reached.
    NoAnswer,
}

/// Not the name of a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a group; use APPOINTMENT_SET, HOT_INTERESTED, FOLLOW_UP, NOT_RELEVANT or NO_ANSWER"
)]
pub struct UnknownGroup(pub String);

impl Group {
    /// All of them, in order of priority.
    pub const ALL: [Self; 5] = [
        Self::AppointmentSet,
        Self::HotInterested,
        Self::FollowUp,
        Self::NotRelevant,
        Self::NoAnswer,
    ];

    /// The name in the database, the events and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppointmentSet => "APPOINTMENT_SET",
            Self::HotInterested => "HOT_INTERESTED",
            Self::FollowUp => "FOLLOW_UP",
            Self::NotRelevant => "NOT_RELEVANT",
            Self::NoAnswer => "NO_ANSWER",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Group {
    type Err = UnknownGroup;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|group| group.as_str() == text)
            .ok_or_else(|| UnknownGroup(text.to_owned()))
    }
}
