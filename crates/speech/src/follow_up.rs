//! When to be in touch again: what the conversation's own words say, and what may be believed of a model's word.

use chrono::{DateTime, Duration, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::follow_up::follow_up;

use crate::SummaryRequest;

/// Times are meant on this clock where the request names none.
const HOME: Tz = Tz::Asia__Jerusalem;

/// A model's date further off than this is a mistake.
const FURTHEST: Duration = Duration::days(366);

impl SummaryRequest {
    fn zone(&self) -> Tz {
        self.time_zone.unwrap_or(HOME)
    }

    /// What was promised in the conversation's own words.
    pub(crate) fn follow_up_at(&self) -> Option<DateTime<Utc>> {
        let found = follow_up(&self.transcript, self.occurred_at?, self.zone())?;
        Some(found.at)
    }

    /// The moment of the conversation as its speakers' clocks showed it, with the day of the week.
    pub(crate) fn local_moment(&self) -> Option<String> {
        let local = self.occurred_at?.with_timezone(&self.zone());
        Some(local.format("%A %Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// A model's local time, with or without its offset; none unless it is after the conversation and within a year.
    pub(crate) fn checked_follow_up(&self, local: &str) -> Option<DateTime<Utc>> {
        let occurred_at = self.occurred_at?;
        let local = local.trim();
        let at = match DateTime::parse_from_rfc3339(local) {
            Ok(at) => at.to_utc(),
            Err(_) => {
                let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M:%S").ok()?;
                let at = self.zone().from_local_datetime(&local).earliest()?;
                at.to_utc()
            }
        };
        (occurred_at < at && at - occurred_at <= FURTHEST).then_some(at)
    }
}
