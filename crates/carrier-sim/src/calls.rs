//! The calls that the carrier knows.

use std::collections::BTreeSet;

use tokio::sync::mpsc;

use crate::clock::SimTime;

/// The states of a call, as the REST API and the callbacks name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Queued,
    Ringing,
    InProgress,
    Completed,
    Busy,
    NoAnswer,
    Failed,
    Canceled,
}

impl Status {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub(crate) const fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Ringing | Self::InProgress)
    }
}

/// An address that the carrier was told to call, with its fragment.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub url: String,
    pub get: bool,
}

/// What happens when the call is answered.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Hook(Hook, Option<Hook>),
    Twiml(String),
}

#[derive(Debug, Clone)]
pub(crate) struct RecordPlan {
    pub hook: Option<Hook>,
    pub events: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct DetectionPlan {
    /// Where the verdict goes; without it the call waits for the verdict before it asks for TwiML.
    pub hook: Option<Hook>,
    pub asynchronous: bool,
    /// The verdict waits for the end of the machine's own message.
    pub waits_for_beep: bool,
}

/// What was ordered.
#[derive(Debug, Clone)]
pub(crate) struct CallPlan {
    pub to: String,
    pub from: String,
    pub inbound: bool,
    pub answer: Answer,
    pub status_hook: Option<Hook>,
    pub status_events: BTreeSet<String>,
    pub ring_limit: f64,
    pub time_limit: f64,
    pub record: Option<RecordPlan>,
    pub detection: Option<DetectionPlan>,
    /// Scheme and host under which the client sees this carrier: addresses of recordings start with it.
    pub base_url: String,
}

impl CallPlan {
    /// The number of the business: it calls, or is called.
    pub(crate) fn business_number(&self) -> &str {
        if self.inbound { &self.to } else { &self.from }
    }

    pub(crate) const fn direction(&self) -> &'static str {
        if self.inbound {
            "inbound"
        } else {
            "outbound-api"
        }
    }
}

/// What is visible of a call from a moment on.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub at: SimTime,
    pub status: Status,
    pub start: Option<SimTime>,
    pub end: Option<SimTime>,
    pub duration: Option<u32>,
    pub answered_by: Option<String>,
    pub queue_ms: u64,
}

/// An order to a live call.
#[derive(Debug)]
pub(crate) enum Order {
    End,
    Redirect(Answer),
}

pub(crate) struct CallRecord {
    pub sid: String,
    pub plan: CallPlan,
    pub created: SimTime,
    /// Oldest first; lagging reads look back in it.
    pub history: Vec<View>,
    pub orders: mpsc::UnboundedSender<Order>,
}

impl CallRecord {
    pub(crate) fn latest(&self) -> &View {
        self.history
            .last()
            .expect("a call is created with its first view")
    }

    /// As it was seen at that moment; absent before it was created.
    pub(crate) fn seen_at(&self, at: SimTime) -> Option<&View> {
        self.history.iter().rev().find(|view| view.at <= at)
    }
}

/// A new id: two letters and 32 hexadecimal digits. Never seeded: ids of two runs must not collide in one database.
pub(crate) fn new_sid(prefix: &str) -> String {
    format!("{prefix}{:032x}", rand::random::<u128>())
}
