//! Analytics: what the histories add up to, per day of the business's own calendar, and what is read from that.
//!
//! A day is computed anew from the history whenever something that counts on it has changed, and nothing is ever added to
//! it. What has changed is noted by triggers (`analytics_changes`) in the transaction of the change itself. Taking a note out
//! and marking its day are one transaction; taking the mark off and computing the day are another one, whose statements
//! see everything that the note stood for. So a crash between any two steps loses nothing, two who do the same do no harm,
//! and a transaction that commits late is seen when it does.

mod read;
mod rollup;

use chrono::NaiveDate;
use domain::ids::{ListId, RunId, UserId};

pub use read::calls::{
    CallCount, DayCalls, HourCalls, ListCalls, NumberCalls, Placed, attempts, by_day, by_hour,
    by_list, by_number, counts, talks,
};
pub use read::decisions::{Correction, DecisionCount, corrections, decisions};
pub use read::runs::{Results, Run, Totals, runs, totals};
pub use read::status::{DayMoves, Transition, by_day as moves_by_day, stays, transitions};
pub use read::{Kept, SpreadOf, kept, known};
pub(crate) use rollup::decided_at;
pub use rollup::{Computed, Haste, businesses_due, everything, refresh, stale_days};

/// Whose figures: of all of the business, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// The leads that are in this list now.
    List(ListId),
    /// The leads that this user owns now.
    Owner(UserId),
    /// The calls of this run, and what they moved.
    Run(RunId),
}

impl Scope {
    /// As the tables name it.
    const fn key(self) -> (&'static str, i64) {
        match self {
            Self::All => ("all", 0),
            Self::List(list) => ("list", list.0),
            Self::Owner(user) => ("owner", user.0),
            Self::Run(run) => ("run", run.0),
        }
    }
}

/// Days of the business's calendar, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}
