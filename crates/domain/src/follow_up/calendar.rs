//! A time as it is said, on the calendar and the clock of a business.

use chrono::{
    DateTime, Datelike as _, Days, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime,
    TimeZone as _, Utc, Weekday,
};
use chrono_tz::Tz;

use super::Precision;
use super::vocabulary::{Anchor, Half, Part, Span, Unit};
use super::when::{Bound, Day, Hour, When};

/// When a day without an hour is called on, and until when "today" can be.
const OPENING: NaiveTime = NaiveTime::from_hms_opt(10, 0, 0).expect("a time");
const CLOSING: NaiveTime = NaiveTime::from_hms_opt(21, 0, 0).expect("a time");

/// What is promised for later is no date to keep.
const FURTHEST: Duration = Duration::days(400);

/// A date that has just been is not meant for the next year.
const NEWLY_PAST: Duration = Duration::days(60);

/// Where the week begins on Sunday and ends on Thursday.
const SUNDAY_WEEKS: [Tz; 3] = [Tz::Asia__Jerusalem, Tz::Asia__Tel_Aviv, Tz::Israel];

/// The moment and place of a conversation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub at: DateTime<Utc>,
    pub zone: Tz,
}

impl Moment {
    fn local(&self) -> NaiveDateTime {
        self.at.with_timezone(&self.zone).naive_local()
    }

    fn today(&self) -> NaiveDate {
        self.local().date()
    }

    fn has_sunday_weeks(&self) -> bool {
        SUNDAY_WEEKS.contains(&self.zone)
    }

    /// The moment that a time names; none when it is past or too far, or when there is no such day.
    pub fn resolve(&self, when: &When) -> Option<(DateTime<Utc>, Precision)> {
        let (at, precision) = match when.minutes {
            Some(minutes) => {
                let at = self
                    .at
                    .checked_add_signed(Duration::minutes(i64::from(minutes)))?;
                (at, Precision::Time)
            }
            None => {
                let (local, precision) = self.local_time(when)?;
                (self.utc(local)?, precision)
            }
        };
        (self.at < at && at - self.at <= FURTHEST).then_some((at, precision))
    }

    /// A time that the clocks skip is that long after they did.
    fn utc(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let found = self
            .zone
            .from_local_datetime(&local)
            .earliest()
            .or_else(|| {
                let before = self
                    .zone
                    .from_local_datetime(&local.checked_sub_signed(Duration::hours(3))?)
                    .latest()?;
                before.checked_add_signed(Duration::hours(3))
            });
        found.map(|at| at.with_timezone(&Utc))
    }

    fn local_time(&self, when: &When) -> Option<(NaiveDateTime, Precision)> {
        let precision = match (when.hour, when.part) {
            (Some(_), _) => Precision::Time,
            (None, Some(_)) => Precision::PartOfDay,
            (None, None) => Precision::Day,
        };
        let (now, today) = (self.local(), self.today());
        let time = when.hour.map(|(hour, bound)| clock(hour, bound));
        let time = time.or(when.part.map(|part| part.from)).unwrap_or(OPENING);
        let Some((day, bound)) = when.day else {
            let at = today.and_time(time);
            let at = if at > now {
                at
            } else {
                at.checked_add_days(Days::new(1))?
            };
            return Some((at, precision));
        };
        let mut at = self.date(day, bound)?.and_time(time);
        if at.date() == today && at <= now {
            at = match when.hour {
                // Ten in the evening, where ten in the morning is past.
                Some((hour, _)) if hour.half.is_none() && !hour.exact && hour.hour <= 11 => {
                    at.checked_add_signed(Duration::hours(12))?
                }
                Some(_) => return None,
                None => later_today(now, when.part)?,
            };
        }
        (at.date() >= today).then_some((at, precision))
    }

    fn date(&self, day: Day, bound: Bound) -> Option<NaiveDate> {
        let date = match day {
            Day::On(days) => self.today().checked_add_days(Days::new(days.into())),
            Day::Weekday(weekday, None) => self.next(weekday),
            Day::Weekday(weekday, Some(weeks)) => self.in_week(weeks, weekday),
            Day::Week(0) => self.next(self.last_working_day()),
            Day::Week(weeks) => self.in_week(weeks, self.first_working_day()),
            Day::Later(span) => later(self.today(), span),
            Day::Anchor(anchor) => self.anchor(anchor),
            Day::Date { day, month, year } => self.of_calendar(day, month, year),
        }?;
        match (bound, day) {
            (Bound::After, Day::Week(_)) => date.checked_add_days(Days::new(7)),
            (Bound::After, _) => date.checked_add_days(Days::new(1)),
            (Bound::Before, _) => date.checked_sub_days(Days::new(1)),
            (Bound::At | Bound::Until, _) => Some(date),
        }
    }

    /// The next such day; never today.
    fn next(&self, weekday: Weekday) -> Option<NaiveDate> {
        let today = self.today();
        let ahead =
            (7 + weekday.num_days_from_sunday() - today.weekday().num_days_from_sunday()) % 7;
        let ahead = if ahead == 0 { 7 } else { ahead };
        today.checked_add_days(Days::new(ahead.into()))
    }

    fn in_week(&self, weeks: u32, weekday: Weekday) -> Option<NaiveDate> {
        let today = self.today();
        let (back, ahead) = if self.has_sunday_weeks() {
            (
                today.weekday().num_days_from_sunday(),
                weekday.num_days_from_sunday(),
            )
        } else {
            (
                today.weekday().num_days_from_monday(),
                weekday.num_days_from_monday(),
            )
        };
        let start = today.checked_sub_days(Days::new(back.into()))?;
        start.checked_add_days(Days::new(u64::from(7 * weeks + ahead)))
    }

    fn first_working_day(&self) -> Weekday {
        if self.has_sunday_weeks() {
            Weekday::Sun
        } else {
            Weekday::Mon
        }
    }

    fn last_working_day(&self) -> Weekday {
        if self.has_sunday_weeks() {
            Weekday::Thu
        } else {
            Weekday::Fri
        }
    }

    fn anchor(&self, anchor: Anchor) -> Option<NaiveDate> {
        let today = self.today();
        let next_month = || today.with_day(1)?.checked_add_months(Months::new(1));
        match anchor {
            Anchor::WeekEnd => self.next(self.last_working_day()),
            Anchor::Weekend if self.has_sunday_weeks() => self.next(Weekday::Fri),
            Anchor::Weekend | Anchor::AfterSabbath => self.next(Weekday::Sat),
            Anchor::AfterWeekend => self.next(self.first_working_day()),
            Anchor::MonthStart => next_month(),
            Anchor::MonthEnd => next_month()?.pred_opt(),
        }
    }

    /// The next such day of the calendar; today counts.
    fn of_calendar(&self, day: u32, month: Option<u32>, year: Option<i32>) -> Option<NaiveDate> {
        let today = self.today();
        let Some(month) = month else {
            let first = today.with_day(1)?;
            return (0..12)
                .filter_map(|ahead| first.checked_add_months(Months::new(ahead))?.with_day(day))
                .find(|date| *date >= today);
        };
        if let Some(year) = year {
            return NaiveDate::from_ymd_opt(year, month, day);
        }
        let in_year = |ahead: i32| NaiveDate::from_ymd_opt(today.year() + ahead, month, day);
        match in_year(0) {
            Some(date) if date >= today => Some(date),
            Some(date) if today - date < NEWLY_PAST => None,
            _ => in_year(1),
        }
    }
}

fn later(today: NaiveDate, span: Span) -> Option<NaiveDate> {
    match span.unit {
        Unit::Months => today.checked_add_months(Months::new(span.count)),
        Unit::Weeks => today.checked_add_days(Days::new(u64::from(span.count) * 7)),
        Unit::Days | Unit::Minutes => today.checked_add_days(Days::new(span.count.into())),
    }
}

/// An hour from now, while the part of the day lasts.
fn later_today(now: NaiveDateTime, part: Option<Part>) -> Option<NaiveDateTime> {
    let until = part.map_or(CLOSING, |part| part.until);
    let at = now.checked_add_signed(Duration::hours(1))?;
    (at <= now.date().and_time(until)).then_some(at)
}

/// What the clock shows: hours from one to seven are in the afternoon unless something says otherwise; before an hour is
/// an hour before it.
fn clock(said: Hour, bound: Bound) -> NaiveTime {
    let hour = match said.half {
        _ if said.exact || said.hour > 12 => said.hour,
        Some(Half::Morning) => said.hour % 12,
        Some(Half::Noon) if said.hour >= 10 => said.hour,
        Some(Half::Noon | Half::Afternoon) => said.hour % 12 + 12,
        None if (1..=7).contains(&said.hour) => said.hour + 12,
        None => said.hour,
    };
    let earlier = if matches!(bound, Bound::Before | Bound::Until) {
        60
    } else {
        0
    };
    let minutes = (hour * 60 + said.minute).saturating_sub(said.minutes_to + earlier);
    NaiveTime::from_hms_opt(minutes / 60 % 24, minutes % 60, 0).unwrap_or(OPENING)
}
