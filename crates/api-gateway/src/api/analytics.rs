//! What the histories add up to. Each figure is defined in `proto-docs/analytics.md`.

pub(crate) mod calls;
mod calls_view;
mod days;
mod query;
pub(crate) mod runs;
mod runs_view;
pub(crate) mod status;
mod status_figures;
mod status_view;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use storage::analytics::Days;
use utoipa::ToSchema;

/// Which days, on which clock.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DaysView {
    /// The first day.
    #[schema(example = "2026-11-01")]
    from: NaiveDate,
    /// The last day.
    #[schema(example = "2026-11-30")]
    to: NaiveDate,
    /// The clock that days and hours are told on: the business's (IANA).
    #[schema(example = "Asia/Jerusalem")]
    time_zone: String,
    /// What happened before this is counted; some seconds ago while things happen, now while nothing does.
    as_of: DateTime<Utc>,
}

/// How long something took; medians and the like are at most 5 % from the truth, or half a second.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct TookView {
    /// How many there are of it.
    count: u64,
    /// Half took no longer; null without any.
    median_seconds: Option<f64>,
    /// Nine in ten took no longer.
    p90_seconds: Option<f64>,
}

impl TookView {
    fn of(spread: &domain::spread::Spread) -> Self {
        Self {
            count: spread.count(),
            median_seconds: spread.seconds_at(50),
            p90_seconds: spread.seconds_at(90),
        }
    }
}

impl DaysView {
    fn of(asked: &days::Asked) -> Self {
        let Days { from, to } = asked.days;
        Self {
            from,
            to,
            time_zone: asked.zone.name().to_owned(),
            as_of: asked.as_of,
        }
    }
}

/// A part of a whole, 0 to 1; none while there is no whole.
fn share(part: i64, whole: i64) -> Option<f64> {
    ratio(part as f64, whole as f64)
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
