//! What stands between a queued job and a dial: one ordered list.
//!
//! The claim of a job, the answer to "why is this lead not being dialled?" and the preflight of a run all go by it. The
//! claim reads its part of the same facts set by set; everything that is a rule and not a look-up (opening hours, the
//! day that a cap counts in, when a gap began) is decided here for all of them.

mod calling_window;
mod facts;
mod moment;
mod rest;
#[cfg(test)]
mod tests;
mod verdict;
mod waiting;

use chrono::{DateTime, Days, Duration, NaiveDate, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use calling_window::CallingWindows;
pub use facts::{CallsToNumber, Facts, JobFacts, Lines};
use moment::moment;
pub use rest::Rest;
use verdict::Judge;
pub use waiting::Waiting;

use crate::messages::{self, Language};

/// Minutes in a day that no clock change shortens.
const DAY: u32 = 24 * 60;

/// A gate, named by what it stops. In order: the first that does not pass is the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The lead was deleted.
    Deleted,
    /// The lead has no valid number.
    NoPhoneNumber,
    /// The number must not be called.
    Suppressed,
    /// The business is suspended.
    BusinessSuspended,
    /// It is queued in no run that is under way.
    Run,
    /// Its job is not due yet: a later start or a further call.
    Due,
    /// Outside the hours in which the business calls, on its own clock or on the person's.
    CallingWindow,
    /// The phone is in a call already.
    InACall,
    /// The last call was too short a time ago.
    Gap,
    /// The person was called often enough today.
    DailyCap,
    /// All lines of the business are taken.
    Lines,
    /// The run has as many calls in the air as it may.
    RunConcurrency,
    /// The business has no number to call from.
    CallerNumber,
    /// The carrier could not reach the installation.
    PublicHost,
    /// As many calls have begun as the carrier account may create per second.
    CarrierPace,
}

impl Gate {
    /// All, in order.
    pub const ALL: [Self; 15] = [
        Self::Deleted,
        Self::NoPhoneNumber,
        Self::Suppressed,
        Self::BusinessSuspended,
        Self::Run,
        Self::Due,
        Self::CallingWindow,
        Self::InACall,
        Self::Gap,
        Self::DailyCap,
        Self::Lines,
        Self::RunConcurrency,
        Self::CallerNumber,
        Self::PublicHost,
        Self::CarrierPace,
    ];

    /// The stable word for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::NoPhoneNumber => "no_phone_number",
            Self::Suppressed => "suppressed",
            Self::BusinessSuspended => "business_suspended",
            Self::Run => "run",
            Self::Due => "due",
            Self::CallingWindow => "calling_window",
            Self::InACall => "in_a_call",
            Self::Gap => "gap",
            Self::DailyCap => "daily_cap",
            Self::Lines => "lines",
            Self::RunConcurrency => "run_concurrency",
            Self::CallerNumber => "caller_number",
            Self::PublicHost => "public_host",
            Self::CarrierPace => "carrier_pace",
        }
    }

    /// Whether waiting does not open it: a run leaves such a lead out instead of queueing it.
    #[must_use]
    pub const fn is_lasting(self) -> bool {
        matches!(self, Self::Deleted | Self::NoPhoneNumber | Self::Suppressed)
    }
}

/// What one gate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The gate.
    pub gate: Gate,
    /// Whether it lets the call through.
    pub passed: bool,
    /// What it saw, as a sentence for people.
    pub detail: String,
    /// When it opens by itself, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

impl Verdict {
    /// When the gate opens by itself, in words and on the clock of `zone`, where that is known.
    #[must_use]
    pub fn opens(&self, language: Language, now: DateTime<Utc>, zone: Tz) -> Option<String> {
        let at = moment(language, self.until?, now, zone);
        Some(messages::text(language, "gate-opens", &[("at", at.into())]))
    }
}

/// Whether a lead is dialled now, and what each gate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// Whether every gate lets it through.
    pub dialable: bool,
    /// In the order of [`Gate::ALL`].
    pub gates: Vec<Verdict>,
}

/// Asks every gate. What it says is in `language`, with times on the business's clock.
#[must_use]
pub fn judge(facts: &Facts, now: DateTime<Utc>, language: Language) -> Judgement {
    let judge = Judge {
        facts,
        now,
        language,
    };
    let gates: Vec<Verdict> = Gate::ALL.into_iter().map(|gate| judge.asks(gate)).collect();
    Judgement {
        dialable: gates.iter().all(|verdict| verdict.passed),
        gates,
    }
}

/// How often and how densely one person is called, over all runs. `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spacing {
    /// Minutes from the start of one call to the start of the next, at least.
    pub min_gap_minutes: Option<i32>,
    /// Calls in one day of the business's time zone, at most.
    pub max_calls_per_day: Option<i16>,
}

impl Spacing {
    /// A call that began after this keeps the next one waiting.
    #[must_use]
    pub fn gap_began(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.gap().map(|gap| now - gap)
    }

    /// From the start of one call to the start of the next.
    #[must_use]
    pub fn gap(self) -> Option<Duration> {
        self.min_gap_minutes
            .map(|minutes| Duration::minutes(minutes.into()))
    }
}

/// When the day of `now` began in `zone`.
#[must_use]
pub fn day_start(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    begins(now.with_timezone(&zone).date_naive(), zone)
}

/// When the day after that of `now` begins in `zone`.
#[must_use]
pub fn next_day_start(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    begins(today.checked_add_days(Days::new(1)).unwrap_or(today), zone)
}

/// The first instant of a date. Where clocks change at midnight it is not 00:00.
fn begins(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    (0..=4)
        .filter_map(|half_hours| {
            zone.from_local_datetime(&(midnight + Duration::minutes(30 * half_hours)))
                .earliest()
        })
        .next()
        .map_or_else(|| midnight.and_utc(), |local| local.to_utc())
}
