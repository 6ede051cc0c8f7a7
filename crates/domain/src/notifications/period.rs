use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, TimeZone as _, Timelike as _, Utc};
use chrono_tz::Tz;

/// How far clocks are set on at most, in hours: so long a time may be missing from a day.
const LONGEST_GAP: i64 = 3;

/// What is gathered into one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Names it among the periods of a user.
    pub key: String,
    /// Its end: the first moment that belongs to the next one.
    pub ends_at: DateTime<Utc>,
}

/// The hour of the clock that `now` lies in. Named by its end in UTC: the hour that the clocks repeat in autumn is two.
pub(super) fn hour_ends(now: DateTime<Utc>, zone: Tz) -> Period {
    let local = now.with_timezone(&zone);
    let into_hour = Duration::minutes(i64::from(local.minute()))
        + Duration::seconds(i64::from(local.second()))
        + Duration::nanoseconds(i64::from(local.nanosecond()));
    let ends_at = now - into_hour + Duration::hours(1);
    Period {
        key: format!("hourly {}", ends_at.format("%Y-%m-%dT%H:%MZ")),
        ends_at,
    }
}

/// The day up to `hour` of the clock that `now` lies in. Named by the date of its end there.
pub(super) fn day_ends(now: DateTime<Utc>, hour: u32, zone: Tz) -> Period {
    let mut date = now.with_timezone(&zone).date_naive();
    loop {
        let ends_at = on_the_clock(date, hour, zone);
        let tomorrow = date.checked_add_days(Days::new(1));
        match (ends_at, tomorrow) {
            (Some(ends_at), _) if ends_at > now => {
                let key = format!("daily {date}");
                return Period { key, ends_at };
            }
            (_, Some(tomorrow)) => date = tomorrow,
            // The end of the calendar.
            (_, None) => {
                let (key, ends_at) = (format!("daily {date}"), now);
                return Period { key, ends_at };
            }
        }
    }
}

/// The first moment at which the clock shows this hour, or a later one where the clocks are set on over it.
fn on_the_clock(date: NaiveDate, hour: u32, zone: Tz) -> Option<DateTime<Utc>> {
    let local = date.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
    (0..=LONGEST_GAP).find_map(|later| {
        let local = local + Duration::hours(later);
        let at = zone.from_local_datetime(&local).earliest()?;
        Some(at.with_timezone(&Utc))
    })
}
