//! A moment as people say it.

use chrono::{DateTime, Datelike as _, Days, Utc};
use chrono_tz::Tz;

use crate::messages::{self, Language, Value};

/// `at` on the clock of `zone`, to the minute: today, tomorrow and yesterday by name, other days by date.
pub(super) fn moment(
    language: Language,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: Tz,
) -> String {
    let (local, today) = (
        at.with_timezone(&zone),
        now.with_timezone(&zone).date_naive(),
    );
    let date = local.date_naive();
    let time = ("time", Value::from(local.format("%H:%M").to_string()));
    if date == today {
        return messages::text(language, "moment-today", &[time]);
    }
    if Some(date) == today.checked_add_days(Days::new(1)) {
        return messages::text(language, "moment-tomorrow", &[time]);
    }
    if Some(date) == today.checked_sub_days(Days::new(1)) {
        return messages::text(language, "moment-yesterday", &[time]);
    }
    let weekday = date.weekday().number_from_sunday();
    let values = [
        ("weekday", weekday.into()),
        ("day", date.day().into()),
        ("month", date.month().into()),
        ("year", date.year().into()),
        time,
    ];
    messages::text(language, "moment-date", &values)
}
