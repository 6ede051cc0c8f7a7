//! Which days are asked for, and whose.

use chrono::{DateTime, Datelike as _, Days as Count, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::ids::{ListId, UserId};
use serde::Deserialize;
use storage::analytics::{self, Days, Scope};
use storage::{StorageError, TenantTx};

use crate::problem::{Code, FieldError, Problem, Result};

/// Days that are told when nothing is said.
const DEFAULT: u64 = 30;
/// Days that are told at most: two years, one of which may be a leap year.
const MOST: i64 = 731;
/// Years that may be asked for.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// Something to compare with.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Compare {
    /// As many days just before.
    Previous,
}

/// What every query of analytics may say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    pub(super) list: Option<i64>,
    pub(super) owner: Option<i64>,
    pub(super) compare: Option<Compare>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) days: Days,
    pub(super) scope: Scope,
    /// As many days just before, to compare with.
    pub(super) previous: Option<Days>,
    pub(super) zone: Tz,
    pub(super) now: DateTime<Utc>,
    pub(super) as_of: DateTime<Utc>,
}

impl Wanted {
    /// Reads what is asked for at `now`.
    pub(super) fn read(self, tx: &mut TenantTx<'_>, now: DateTime<Utc>) -> Result<Asked> {
        let kept = analytics::kept(tx)?;
        let zone: Tz = kept
            .time_zone
            .parse()
            .map_err(|_| StorageError::Corrupt(format!("{:?} is no time zone", kept.time_zone)))?;
        let days = self.days(now.with_timezone(&zone).date_naive())?;
        let scope = match (self.list, self.owner) {
            (Some(list), _) => Scope::List(ListId(list)),
            (None, Some(owner)) => Scope::Owner(UserId(owner)),
            (None, None) => Scope::All,
        };
        analytics::known(tx, scope)?;
        Ok(Asked {
            previous: self.compare.and_then(|Compare::Previous| before(days)),
            days,
            scope,
            zone,
            now,
            as_of: kept.stale_since.map_or(now, |since| since.min(now)),
        })
    }

    fn days(self, today: NaiveDate) -> Result<Days> {
        let to = self.to.unwrap_or(today);
        let from = self
            .from
            .or_else(|| to.checked_sub_days(Count::new(DEFAULT - 1)))
            .unwrap_or(to);
        let mut wrong = Vec::new();
        for (name, day) in [("from", self.from), ("to", self.to)] {
            if day.is_some_and(|day| !YEARS.contains(&day.year())) {
                let (first, last) = (YEARS.start(), YEARS.end());
                let message = format!("must be a day of the years {first} to {last}");
                wrong.push(FieldError::new(name, message));
            }
        }
        if wrong.is_empty() && from > to {
            let name = if self.from.is_some() { "from" } else { "to" };
            wrong.push(FieldError::new(name, "from must not be after to"));
        } else if wrong.is_empty() && (to - from).num_days() >= MOST {
            let message = format!("from and to must be at most {MOST} days apart (two years)");
            wrong.push(FieldError::new("from", message));
        }
        if self.list.is_some() && self.owner.is_some() {
            let message = "cannot be asked for together with list_id; choose one of the two";
            wrong.push(FieldError::new("owner", message));
        }
        if wrong.is_empty() {
            Ok(Days { from, to })
        } else {
            Err(Problem::fields(Code::ValidationFailed, wrong))
        }
    }
}

/// As many days just before.
fn before(days: Days) -> Option<Days> {
    let to = days.from.pred_opt()?;
    let from = to.checked_sub_signed(days.to - days.from)?;
    Some(Days { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn the_days_before_are_as_many() {
        let days = Days {
            from: day("2026-03-01"),
            to: day("2026-03-31"),
        };
        let previous = Days {
            from: day("2026-01-29"),
            to: day("2026-02-28"),
        };
        assert_eq!(before(days), Some(previous));
    }
}
