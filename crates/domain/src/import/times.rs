use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

/// How spreadsheets and people write a moment on their own clock; the day before the month, as in Israel and Europe.
const MOMENTS: [&str; 8] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M",
    "%d-%m-%Y %H:%M",
];
const DAYS: [&str; 4] = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"];
/// The time of a day that is named without one.
const MORNING: NaiveTime = match NaiveTime::from_hms_opt(9, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// Reads a time of a file: RFC 3339, or a moment or a day (nine in the morning) on the clock of `zone`.
pub(super) fn time(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return in_reach(at.to_utc());
    }
    let moment = MOMENTS
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || {
        let mut formats = DAYS.iter();
        formats.find_map(|format| NaiveDate::parse_from_str(text, format).ok())
    };
    let local = moment.or_else(|| Some(day()?.and_time(MORNING)))?;
    // An hour that a change of the clock skips is read as if it did not.
    let at = zone.from_local_datetime(&local).earliest();
    in_reach(at.map_or_else(|| local.and_utc(), |at| at.to_utc()))
}

/// Not the year 0026 of a shortened date, nor one that the database has no room for.
fn in_reach(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let year = chrono::Datelike::year(&at);
    (1970..=2200).contains(&year).then_some(at)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2026-12-31T14:30:00Z", Some("2026-12-31T14:30:00+00:00"))]
    #[case("2026-12-31 16:30", Some("2026-12-31T14:30:00+00:00"))]
    #[case("31/12/2026 16:30", Some("2026-12-31T14:30:00+00:00"))]
    #[case("31.12.2026", Some("2026-12-31T07:00:00+00:00"))]
    #[case("12/31/2026", None)]
    #[case("31/12/26", None)]
    #[case("soon", None)]
    #[case("9999-12-31", None)]
    fn a_time_is_read_on_the_business_s_clock(#[case] text: &str, #[case] at: Option<&str>) {
        let read = time(text, Tz::Asia__Jerusalem).map(|at| at.to_rfc3339());
        assert_eq!(read.as_deref(), at);
    }
}
