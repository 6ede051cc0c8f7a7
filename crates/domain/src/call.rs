//! A call: its status and how the carrier's reports move it. Reports come late, twice and out of order; the status
//! only ever climbs, and a terminal status is for good.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which way a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The lead called the business.
    Inbound,
    /// The business called the lead.
    Outbound,
}

impl Direction {
    /// The word in the database, the events and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// The status of a call as the carrier names it (Twilio Voice, "Call status values"). The carrier's `queued` is our
/// [`Initiated`](Self::Initiated): asked for, no phone rings yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallStatus {
    /// Asked for; no phone rings yet.
    Initiated,
    /// The phone rings.
    Ringing,
    /// Answered.
    InProgress,
    /// Was answered (by a person or a machine) and has ended.
    Completed,
    /// The line was busy.
    Busy,
    /// Rang out, or was declined.
    NoAnswer,
    /// Could not be connected.
    Failed,
    /// Hung up by us before it was answered.
    Canceled,
}

/// Not the name of a call status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a call status")]
pub struct UnknownCallStatus(pub String);

impl CallStatus {
    /// All of them, in the order of a call's life.
    pub const ALL: [Self; 8] = [
        Self::Initiated,
        Self::Ringing,
        Self::InProgress,
        Self::Completed,
        Self::Busy,
        Self::NoAnswer,
        Self::Failed,
        Self::Canceled,
    ];

    /// The word in the database, the events, the API and at the carrier.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// True when the call is over for good.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        self.rank() == 3
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Initiated => 0,
            Self::Ringing => 1,
            Self::InProgress => 2,
            Self::Completed | Self::Busy | Self::NoAnswer | Self::Failed | Self::Canceled => 3,
        }
    }

    /// The status after a report: the report where it is further along, else unchanged. The first terminal report
    /// wins, so that any order and any number of the same reports ends in the same state.
    #[must_use]
    pub const fn advanced_by(self, reported: Self) -> Self {
        if reported.rank() > self.rank() {
            reported
        } else {
            self
        }
    }
}

impl fmt::Display for CallStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CallStatus {
    type Err = UnknownCallStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "queued" => Ok(Self::Initiated),
            _ => Self::ALL
                .into_iter()
                .find(|status| status.as_str() == text)
                .ok_or_else(|| UnknownCallStatus(text.to_owned())),
        }
    }
}

/// Who or what picked up, as answering machine detection tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A voicemail or another machine.
    Machine,
    /// A fax.
    Fax,
    /// Detection could not tell.
    Unknown,
}

impl AnsweredBy {
    /// Reads the carrier's word: `human`, `machine_start`, `machine_end_beep`, …, `fax`; anything else is unknown.
    #[must_use]
    pub fn from_carrier(word: &str) -> Self {
        match word {
            "human" => Self::Human,
            "fax" => Self::Fax,
            _ if word.starts_with("machine") => Self::Machine,
            _ => Self::Unknown,
        }
    }

    /// The word in the database and the events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Machine => "machine",
            Self::Fax => "fax",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_status() -> impl Strategy<Value = CallStatus> {
        prop::sample::select(CallStatus::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn a_call_never_goes_back(reports in prop::collection::vec(any_status(), 0..12)) {
            let mut status = CallStatus::Initiated;
            for report in reports {
                let next = status.advanced_by(report);
                prop_assert!(next.rank() >= status.rank());
                prop_assert!(!status.is_terminal() || next == status);
                status = next;
            }
        }

        #[test]
        fn duplicates_and_disorder_change_nothing(
            mut reports in prop::collection::vec(prop::sample::select(vec![
                CallStatus::Initiated, CallStatus::Ringing, CallStatus::InProgress,
            ]), 0..8),
            end in prop::sample::select(vec![CallStatus::Completed, CallStatus::Busy, CallStatus::NoAnswer]),
            at in 0_usize..9,
            again in 0_usize..9,
        ) {
            reports.insert(at.min(reports.len()), end);
            reports.insert(again.min(reports.len()), end);
            let last = reports.into_iter().fold(CallStatus::Initiated, CallStatus::advanced_by);
            prop_assert_eq!(last, end);
        }
    }

    #[test]
    fn every_word_reads_back_and_queued_is_initiated() {
        for status in CallStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert_eq!("queued".parse(), Ok(CallStatus::Initiated));
        assert_eq!(
            "warp".parse::<CallStatus>(),
            Err(UnknownCallStatus("warp".into()))
        );
    }
}
