use chrono::{DateTime, Utc};
use serde::Serialize;
use storage::analytics::{Results, Run, Totals};
use utoipa::ToSchema;

use super::days::Asked;
use super::{DaysView, ratio, share};
use crate::page::Page;

/// What runs came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunAnalyticsView {
    #[serde(flatten)]
    days: DaysView,
    /// All runs of the days together.
    totals: RunTotalsView,
    /// Of as many days just before, where that is asked for.
    previous: Option<RunTotalsView>,
    #[serde(flatten)]
    page: Page<RunResultsView>,
}

/// All runs together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunTotalsView {
    /// Runs that were asked for.
    runs: i64,
    /// Those of them that are over.
    over: i64,
    total_leads: i64,
    queued: i64,
    in_progress: i64,
    completed: i64,
    failed: i64,
    cancelled: i64,
    #[serde(flatten)]
    results: ResultsView,
}

/// One run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunResultsView {
    run_id: i64,
    status: String,
    list_id: Option<i64>,
    list_name: Option<String>,
    concurrency: i16,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    total_leads: i32,
    queued: i32,
    in_progress: i32,
    completed: i32,
    failed: i32,
    cancelled: i32,
    #[serde(flatten)]
    results: ResultsView,
}

/// What its calls came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResultsView {
    /// Ended calls that the carrier took.
    calls: i64,
    /// Calls that it did not take.
    not_placed: i64,
    /// Picked up, by a person or a machine.
    answered: i64,
    /// Picked up, and not known to be by a machine.
    reached: i64,
    /// Answered of calls, 0 to 1; null without calls.
    answer_rate: Option<f64>,
    reach_rate: Option<f64>,
    talk_seconds: i64,
    /// From the beginning to the end, or until now; pauses are in it.
    duration_seconds: f64,
    /// Calls per hour of that; null before it began.
    calls_per_hour: Option<f64>,
    /// The part of its lines' time in which they carried no call, 0 to 1; pauses, closed hours and lines that were taken by
    /// others are in it. Null before it began.
    idle_share: Option<f64>,
    /// Statuses that its calls moved leads to, the most frequent first.
    statuses: Vec<StatusReachedView>,
}

/// A status that calls moved leads to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusReachedView {
    status: String,
    changes: i64,
}

impl RunAnalyticsView {
    pub(super) fn of(
        asked: &Asked,
        totals: Totals,
        previous: Option<RunTotalsView>,
        runs: Vec<Run>,
        most: i64,
    ) -> Self {
        Self {
            days: DaysView::of(asked),
            totals: totals.into(),
            previous,
            page: Page::by_id(runs, most, |run| run.run_id),
        }
    }
}

impl From<Totals> for RunTotalsView {
    fn from(row: Totals) -> Self {
        Self {
            runs: row.runs,
            over: row.over,
            total_leads: row.total_leads,
            queued: row.queued,
            in_progress: row.in_progress,
            completed: row.completed,
            failed: row.failed,
            cancelled: row.cancelled,
            results: row.results.into(),
        }
    }
}

impl From<Run> for RunResultsView {
    fn from(row: Run) -> Self {
        Self {
            run_id: row.run_id,
            status: row.status,
            list_id: row.list_id,
            list_name: row.list_name,
            concurrency: row.concurrency,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            total_leads: row.total_leads,
            queued: row.queued,
            in_progress: row.in_progress,
            completed: row.completed,
            failed: row.failed,
            cancelled: row.cancelled,
            results: row.results.into(),
        }
    }
}

impl From<Results> for ResultsView {
    fn from(row: Results) -> Self {
        let idle = ratio(row.line_seconds, row.capacity_seconds).map(|busy| 1.0 - busy);
        Self {
            calls: row.calls,
            not_placed: row.not_placed,
            answered: row.answered,
            reached: row.reached,
            answer_rate: share(row.answered, row.calls),
            reach_rate: share(row.reached, row.calls),
            talk_seconds: row.talk_seconds,
            duration_seconds: row.run_seconds,
            calls_per_hour: ratio(row.calls as f64 * 3600.0, row.run_seconds),
            idle_share: idle.map(|idle| idle.clamp(0.0, 1.0)),
            statuses: row
                .statuses
                .into_iter()
                .zip(row.moves)
                .map(|(status, changes)| StatusReachedView { status, changes })
                .collect(),
        }
    }
}
