//! What the gates look at.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{CallingWindows, Spacing};
use crate::ids::RunId;

/// Everything that decides whether a lead is dialled now.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Whether the lead was deleted.
    pub is_deleted: bool,
    /// Whether it has a valid number.
    pub has_number: bool,
    /// Since when its number must not be called.
    pub suppressed_since: Option<DateTime<Utc>>,
    /// Since when the business is suspended.
    pub suspended_since: Option<DateTime<Utc>>,
    /// Its job, where it has one.
    pub job: Option<JobFacts>,
    /// Where the business lives.
    pub time_zone: Tz,
    /// Where the person lives, where that is known.
    pub person_zone: Option<Tz>,
    /// When the business calls; always, when it has set nothing.
    pub windows: Option<CallingWindows>,
    /// How densely one person is called.
    pub spacing: Spacing,
    /// The calls to the number.
    pub calls: CallsToNumber,
    /// The lines for outbound calls.
    pub outbound_lines: Lines,
    /// The lines for all calls.
    pub total_lines: Lines,
    /// Whether the business has a number to call from.
    pub has_caller_number: bool,
    /// Whether the carrier can reach the installation; the dialer alone is sure, whoever else does not know says `None`.
    pub has_public_host: Option<bool>,
    /// How long the carrier account's calls per second keep the next call waiting, of whatever business it is; zero when it
    /// may begin now, `None` when no pace is kept.
    pub carrier_wait: Option<TimeDelta>,
}

/// A job and its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFacts {
    /// The run.
    pub run: RunId,
    /// `queued`, `dialing`, `calling`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// Not before this, where it was put aside.
    pub due_at: Option<DateTime<Utc>>,
    /// What it was put aside for: `retry`, `carrier`, or the code of a gate.
    pub deferred_by: Option<String>,
    /// `pending`, `running`, `paused`, `completed`, `failed` or `cancelled`.
    pub run_status: String,
    /// A cancel is asked for, of the run or of the job alone.
    pub cancel_requested: bool,
    /// A pause is asked for.
    pub pause_requested: bool,
    /// Why the run failed or was paused.
    pub last_error: Option<String>,
    /// The run starts not before this.
    pub start_at: Option<DateTime<Utc>>,
    /// Calls of the run in the air, and how many there may be.
    pub lines: Lines,
}

/// Outbound calls to one number that could make the phone ring, over all runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallsToNumber {
    /// Whether one is in the air.
    pub in_the_air: bool,
    /// When the last one began.
    pub last_at: Option<DateTime<Utc>>,
    /// How many began today, in the business's time zone.
    pub today: i64,
}

/// Places for calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines {
    /// How many there are.
    pub open: i64,
    /// How many are taken.
    pub taken: i64,
}

impl Lines {
    pub(super) const fn is_full(self) -> bool {
        self.taken >= self.open
    }
}
