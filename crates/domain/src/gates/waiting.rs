//! How many leads a run would keep waiting, and for what.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Gate;
use super::moment::moment;
use crate::messages::{self, Language};

/// Leads of a run that are queued and not called at once, because of a gate that opens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The first gate that is closed for them: the calling hours, a call in the air, the gap or the daily cap.
    pub gate: Gate,
    /// How many leads.
    pub count: i64,
    /// When it opens for the first of them, where that is known.
    pub until: Option<DateTime<Utc>>,
}

impl Waiting {
    /// A sentence for people, with times on the clock of `zone`.
    #[must_use]
    pub fn says(&self, language: Language, now: DateTime<Utc>, zone: Tz) -> String {
        let count = ("count", self.count.into());
        let at = |until| ("at", moment(language, until, now, zone).into());
        match (self.gate, self.until.map(at)) {
            (Gate::InACall, _) => messages::text(language, "preflight-waiting-in-a-call", &[count]),
            (Gate::Gap, Some(at)) => {
                messages::text(language, "preflight-waiting-gap", &[count, at])
            }
            (Gate::DailyCap, Some(at)) => {
                messages::text(language, "preflight-waiting-daily-cap", &[count, at])
            }
            (_, Some(at)) => {
                messages::text(language, "preflight-waiting-calling-window", &[count, at])
            }
            (_, None) => messages::text(language, "preflight-waiting-never-open", &[count]),
        }
    }
}
