//! Days of rest of the Jewish calendar, as a business keeps them.

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc, Weekday};
use chrono_tz::Tz;
use icu_calendar::Date;
use icu_calendar::cal::Hebrew;
use icu_calendar::types::{Month, RataDie};
use serde::{Deserialize, Serialize};

const TISHRI: Month = Month::new(1);
const NISAN: Month = Month::new(7);
const SIVAN: Month = Month::new(9);

/// A day of rest begins on its eve at 15:00 of the clock, in minutes: in Israel candles are never lit before 15:50.
const BEGINS: u32 = 15 * 60;
/// It ends at 21:00 of the clock: in Israel the stars are never out later than 20:40.
const ENDS: u32 = 21 * 60;

/// Days on which nobody is called, from 15:00 of their eve to 21:00. The hours are fixed, wide enough for every place and
/// season in Israel, so that anybody can say them without a table of sunsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    /// Saturday.
    Shabbat,
    /// Rosh Hashana (1 and 2 Tishri), Yom Kippur (10 Tishri), the first day of Sukkot and Simchat Torah (15 and 22 Tishri),
    /// the first and the seventh day of Pesach (15 and 21 Nisan) and Shavuot (6 Sivan): the days of rest in Israel. The
    /// days between are as any other.
    JewishHolidays,
}

impl Rest {
    /// The stable word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shabbat => "shabbat",
            Self::JewishHolidays => "jewish_holidays",
        }
    }

    /// Whether it is kept at `now`, seen in `zone`.
    #[must_use]
    pub fn contains(self, now: DateTime<Utc>, zone: Tz) -> bool {
        let local = now.with_timezone(&zone);
        let minute = local.hour() * 60 + local.minute();
        let (from, to) = self.leaves(local.date_naive());
        minute < from || to <= minute
    }

    /// The first minute of `date` that it leaves for calls, and the first that it takes again.
    pub(super) fn leaves(self, date: NaiveDate) -> (u32, u32) {
        let from = if self.is_kept_on(date) { ENDS } else { 0 };
        let tomorrow = date.succ_opt();
        let is_eve = tomorrow.is_some_and(|tomorrow| self.is_kept_on(tomorrow));
        (from, if is_eve { BEGINS } else { super::DAY })
    }

    fn is_kept_on(self, date: NaiveDate) -> bool {
        match self {
            Self::Shabbat => date.weekday() == Weekday::Sat,
            Self::JewishHolidays => is_holiday(date),
        }
    }
}

fn is_holiday(date: NaiveDate) -> bool {
    // Both libraries count days alike: the first is 1 January of the year 1.
    let day = RataDie::new(date.num_days_from_ce().into());
    let hebrew = Date::from_rata_die(day, Hebrew);
    matches!(
        (hebrew.month().to_input(), hebrew.day_of_month().0),
        (TISHRI, 1 | 2 | 10 | 15 | 22) | (NISAN, 15 | 21) | (SIVAN, 6)
    )
}
