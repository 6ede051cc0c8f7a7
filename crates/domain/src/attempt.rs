//! One attempt to call: what is known of it, and how what is heard of it moves that. Pure and without time, so that every
//! order, repetition and loss of the carrier's reports can be tried out.

use std::fmt;
use std::str::FromStr;

use crate::call::{AnsweredBy, CallStatus};
use crate::planted;

/// What became of the request to the carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DialState {
    /// The intent alone: the carrier was not asked, or its answer is on the way.
    Planned,
    /// The carrier has the call.
    Accepted,
    /// The carrier refused the request; it never processed it.
    Rejected,
    /// Nobody knows: the carrier was asked and no answer came.
    Unknown,
    /// The carrier was asked about it later, and has no such call.
    Absent,
}

/// Not the name of a dial state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a dial state")]
pub struct UnknownDialState(pub String);

impl DialState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Planned,
        Self::Accepted,
        Self::Rejected,
        Self::Unknown,
        Self::Absent,
    ];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Absent => "absent",
        }
    }
}

impl fmt::Display for DialState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DialState {
    type Err = UnknownDialState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownDialState(text.to_owned()))
    }
}

/// What is known of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Where the call stands.
    pub status: CallStatus,
    /// Who picked up, once that is known.
    pub answered_by: Option<AnsweredBy>,
    /// Whether the carrier's id of the call is known.
    pub knows_sid: bool,
    /// What became of the request to the carrier.
    pub dial_state: DialState,
}

/// What can be heard of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The carrier has the call, and says this of it.
    Report {
        /// Its status, where the report has one.
        status: Option<CallStatus>,
        /// Who picked up, where the report says so.
        answered_by: Option<AnsweredBy>,
    },
    /// The carrier refused the request.
    Rejected,
    /// No answer came.
    Unanswered,
    /// The carrier, asked, has no such call.
    Absent,
}

/// What something that was heard did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// The carrier's id of the call is known since now.
    pub learned_sid: bool,
    /// Who picked up is known since now, or known better.
    pub learned_who: bool,
    /// The status before and after, where it moved.
    pub moved: Option<(CallStatus, CallStatus)>,
    /// The call is over since now.
    pub ended: bool,
    /// The dial state is another one since now.
    pub dial_state_moved: bool,
}

impl Change {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Attempt {
    /// An intent that is not yet asked for.
    pub const PLANNED: Self = Self {
        status: CallStatus::Initiated,
        answered_by: None,
        knows_sid: false,
        dial_state: DialState::Planned,
    };

    /// Takes in what was heard. The status only climbs and the first terminal one stays. Who picked up may be learned
    /// after the end too, since the verdict and the end travel apart; a verdict that could not tell gives way to one that
    /// can, and the first of two that contradict one another stays. An attempt that never became a call stays so.
    #[must_use]
    pub fn apply(&mut self, heard: &Heard) -> Change {
        let before = *self;
        match *heard {
            Heard::Report {
                status,
                answered_by,
            } => self.report(status, answered_by),
            Heard::Rejected => self.never_called(DialState::Rejected),
            Heard::Absent => self.never_called(DialState::Absent),
            Heard::Unanswered => {
                if self.dial_state == DialState::Planned {
                    self.dial_state = DialState::Unknown;
                }
            }
        }
        Change {
            learned_sid: self.knows_sid && !before.knows_sid,
            learned_who: self.answered_by != before.answered_by,
            moved: (self.status != before.status).then_some((before.status, self.status)),
            ended: self.status.is_terminal() && !before.status.is_terminal(),
            dial_state_moved: self.dial_state != before.dial_state,
        }
    }

    fn report(&mut self, status: Option<CallStatus>, answered_by: Option<AnsweredBy>) {
        if self.never_was_a_call() {
            return;
        }
        self.knows_sid = true;
        self.dial_state = DialState::Accepted;
        if let Some(reported) = status {
            self.status = if planted::bug("status_goes_back") {
                reported
            } else {
                self.status.advanced_by(reported)
            };
        }
        if matches!(self.answered_by, None | Some(AnsweredBy::Unknown)) {
            self.answered_by = answered_by.or(self.answered_by);
        }
    }

    fn never_called(&mut self, dial_state: DialState) {
        if !self.knows_sid && !self.status.is_terminal() {
            self.status = CallStatus::Failed;
            self.dial_state = dial_state;
        }
    }

    const fn never_was_a_call(&self) -> bool {
        matches!(self.dial_state, DialState::Rejected | DialState::Absent)
    }
}

#[cfg(test)]
mod tests;
