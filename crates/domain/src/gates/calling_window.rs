//! When a business may call, on its own clock and on the person's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, Timelike as _, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{DAY, Rest};
use crate::planted;

/// How far a clock change moves the local time, at most.
const CLOCK_CHANGE: u32 = 2 * 60;
/// How far ahead the next opening is looked for, in days.
const HORIZON_DAYS: i64 = 400;

/// Hours per weekday, dates without any, and the days of rest that are kept, on the clock of whoever they are asked for:
/// `{"days": {"sun": [["09:00", "13:00"], ["16:00", "19:00"]]}, "closed_dates": ["2026-09-12"],
/// "closed": ["shabbat", "jewish_holidays"]}`. A weekday that is not named is closed. Shabbat and a holiday of rest
/// ([`Rest`] says which) are closed from 15:00 of their eve to 21:00 of their last day, whatever hours the days have. A
/// business that has set none may always call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct CallingWindows {
    days: BTreeMap<Day, Vec<Span>>,
    closed_dates: BTreeSet<NaiveDate>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    closed: BTreeSet<Rest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    days: BTreeMap<Day, Vec<Span>>,
    #[serde(default)]
    closed_dates: BTreeSet<NaiveDate>,
    #[serde(default)]
    closed: BTreeSet<Rest>,
}

impl TryFrom<Written> for CallingWindows {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written {
            days,
            closed_dates,
            closed,
        } = written;
        if days.values().all(Vec::is_empty) {
            return Err("at least one day must have hours; null means always open");
        }
        let ordered = |spans: &Vec<Span>| spans.windows(2).all(|two| two[0].to <= two[1].from);
        if !days.values().all(ordered) {
            return Err("the hours of a day must be in order and must not overlap");
        }
        Ok(Self {
            days,
            closed_dates,
            closed,
        })
    }
}

impl CallingWindows {
    /// Whether the business may call at `now`.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>, zone: Tz) -> bool {
        let zone = if planted::bug("server_time_zone") {
            Tz::UTC
        } else {
            zone
        };
        let local = now.with_timezone(&zone);
        let minute = local.hour() * 60 + local.minute();
        self.hours_of(local.date_naive())
            .any(|span| span.from <= minute && minute < span.to)
    }

    /// The first minute after `now` in which the business may call; `None` when there is none in the next 400 days.
    /// It is found by asking [`Self::is_open`], so a clock change cannot make the two disagree.
    #[must_use]
    pub fn next_opening(&self, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let end = now + Duration::days(HORIZON_DAYS);
        let into_minute = Duration::seconds(i64::from(now.second()))
            + Duration::nanoseconds(i64::from(now.nanosecond()));
        let mut at = now - into_minute + Duration::minutes(1);
        while at < end {
            if self.is_open(at, zone) {
                return Some(at);
            }
            let local = at.with_timezone(&zone);
            let minute = local.hour() * 60 + local.minute();
            let begins_next = self
                .hours_of(local.date_naive())
                .find(|span| minute < span.to + CLOCK_CHANGE)
                .map_or(DAY, |span| span.from);
            // In one step up to the next beginning of the day, or of the next day where this one is over for good, and
            // short of it by as much as the clocks may change on the way.
            let step = begins_next.saturating_sub(minute + CLOCK_CHANGE).max(1);
            at += Duration::minutes(i64::from(step));
        }
        None
    }

    /// The first minute from `now` on in which its hours hold on each of these clocks; `None` when there is none in the
    /// next 400 days.
    #[must_use]
    pub fn next_common_opening(&self, now: DateTime<Utc>, zones: &[Tz]) -> Option<DateTime<Utc>> {
        let end = now + Duration::days(HORIZON_DAYS);
        let mut at = now;
        while at < end {
            let Some(closed) = zones.iter().find(|zone| !self.is_open(at, **zone)) else {
                return Some(at);
            };
            at = self.next_opening(at, *closed)?;
        }
        None
    }

    /// The day of rest that keeps `now` closed, where one does.
    pub(super) fn rest(&self, now: DateTime<Utc>, zone: Tz) -> Option<Rest> {
        let mut closed = self.closed.iter().copied();
        closed.find(|rest| rest.contains(now, zone))
    }

    /// What the days of rest leave of the hours of a date, in order.
    fn hours_of(&self, date: NaiveDate) -> impl Iterator<Item = Span> {
        let spans = match self.days.get(&Day::from(date.weekday())) {
            Some(spans) if !self.closed_dates.contains(&date) => spans.as_slice(),
            _ => &[],
        };
        let (from, to) = match spans {
            [] => (0, DAY),
            _ => self.closed.iter().fold((0, DAY), |(from, to), rest| {
                let left = rest.leaves(date);
                (from.max(left.0), to.min(left.1))
            }),
        };
        let left = move |span: &Span| Span {
            from: span.from.max(from),
            to: span.to.min(to),
        };
        spans.iter().map(left).filter(|span| span.from < span.to)
    }
}

/// A weekday, Sunday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Sun,
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
}

impl From<Weekday> for Day {
    fn from(weekday: Weekday) -> Self {
        match weekday {
            Weekday::Sun => Self::Sun,
            Weekday::Mon => Self::Mon,
            Weekday::Tue => Self::Tue,
            Weekday::Wed => Self::Wed,
            Weekday::Thu => Self::Thu,
            Weekday::Fri => Self::Fri,
            Weekday::Sat => Self::Sat,
        }
    }
}

/// Minutes of a day: the first, and the first after. Written as `["09:00", "19:00"]`; a day ends at `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[String; 2]", into = "[String; 2]")]
struct Span {
    from: u32,
    to: u32,
}

/// Hours that make no span.
#[derive(Debug)]
struct WrongHours([String; 2]);

impl fmt::Display for WrongHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = &self.0;
        write!(
            f,
            "[{from:?}, {to:?}] must be two times as HH:MM, the first before the second, 24:00 at the latest"
        )
    }
}

impl TryFrom<[String; 2]> for Span {
    type Error = WrongHours;

    fn try_from(written: [String; 2]) -> Result<Self, WrongHours> {
        match (minute(&written[0]), minute(&written[1])) {
            (Some(from), Some(to)) if from < to => Ok(Self { from, to }),
            _ => Err(WrongHours(written)),
        }
    }
}

impl From<Span> for [String; 2] {
    fn from(span: Span) -> Self {
        [span.from, span.to].map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60))
    }
}

/// The minute of the day that `HH:MM` names, up to 24:00.
fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| {
        let sound = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        sound.then(|| digits.parse::<u32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY).then_some(minute)
}
